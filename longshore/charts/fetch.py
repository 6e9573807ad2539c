"""A chart brought to this machine, once for a run."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from longshore.charts import objects, source
from longshore.charts.catalogue import Pinned
from longshore.charts.source import About, Source
from longshore.environments.environment import Environment
from longshore.errors import Failed, LongshoreError, UsageError
from longshore.programs.helm import ChartNotPulled, Helm
from longshore.programs.kubernetes import Object


@dataclass(frozen=True)
class Fetched:
    """`words` name it for a person: chart, version, where it is from."""

    path: Path
    version: str
    mark: str
    words: str

    @cached_property
    def kinds(self) -> list[Object]:
        """Its CRDs that Helm never upgrades."""
        return objects.of(source.kinds(self.path), "")


class Fetch:
    """The chart of a source."""

    def __init__(self, pinned: Pinned, wanted: Source, environment: Environment) -> None:
        self.source = wanted
        self._pinned = pinned
        self._environment = environment
        self._fetched: Fetched | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def by(self, helm: Helm) -> Fetched:
        """Pulled where it isn't here. Raises Failed where that can't be, UsageError where there is no such chart or it is another one."""
        if self._fetched is None:
            path = self.source.path or self._pulled(helm)
            about = source.read(path)
            source.refuse_another(about, self._pinned, self.source)
            self._fetched = Fetched(path, about.version, source.mark(path), self._words(about))
        return self._fetched

    def mark(self, helm: Helm) -> str:
        """What tells the chart from others. A chart that was asked for is had for it, and so proven to be there."""
        return self.source.mark or self.by(helm).mark

    def _pulled(self, helm: Helm) -> Path:
        self._folder = tempfile.TemporaryDirectory(prefix="longshore-chart-")
        folder = Path(self._folder.name)
        try:
            helm.pull(self.source.reference, self.source.version, folder, repository=self.source.repository)
        except ChartNotPulled as error:
            raise self._explained(error.said) from None
        return next(folder.glob("*.tgz"))

    def _words(self, about: About) -> str:
        stand_in = f", {about.stand_in}" if about.stand_in else ""
        other = "" if about.version == self._pinned.version else f", not {self._pinned.version}, which is pinned"
        return f"{about.name} {about.version} ({self.source.words}{stand_in}{other})"

    def _explained(self, said: str) -> LongshoreError:
        what, on = "the chart can't be pulled", self.source.words
        if said.endswith("not found"):
            return UsageError(
                "there is no such chart", on=on, why=said, do="another one: --chart PATH or oci://HOST/NAME:VERSION"
            )
        if any(word in said for word in ("401", "403", "unauthorized", "denied")):
            host = self.source.reference.removeprefix(source.OCI).partition("/")[0]
            return Failed(what, on=on, why=said, do=f"log in to the registry: docker login {host}")
        if self._environment.is_sandbox:
            return Failed(what, on=on, why=said, do=("inv sandbox.up", "or one that is here: --chart PATH"))
        return Failed(
            what, on=on, why=said, do=("check the network", "or a mirror: --chart oci://HOST/NAME, CHARTS in env/")
        )
