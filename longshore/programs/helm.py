"""Helm 4: charts pulled, releases looked at, installed, rolled back and removed.

It is always given a kubeconfig of ours and folders of its own: no repository, plugin or setting of the user's takes part. Only a login to a
registry of images is the user's (Helm itself looks for Docker's), since a mirror of charts may want one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from longshore.errors import Failed
from longshore.process.run import Completed, ProgramFailed, run
from longshore.programs.kubernetes import KubernetesError, reason_of

HOOKS = 300
"""Seconds that a chart's hooks (Jobs before or after an upgrade) have, each."""
LIMIT = 120
"""Seconds for what waits for no hook."""
PENDING = ("pending-install", "pending-upgrade", "pending-rollback", "uninstalling")
"""What a release is while a Helm is at work on it, and stays when that one was killed."""
GONE = "uninstalled"


@dataclass(frozen=True)
class Release:
    """The newest revision of a release. `values` are those that were given, without the chart's own."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    version: str
    updated: datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    manifest: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    """The chart's own."""


@dataclass(frozen=True)
class Revision:
    """One of a release's history."""

    number: int
    status: str


class ChartNotPulled(Failed):
    """A chart can't be had; `said` is Helm's own word on it."""

    def __init__(self, reference: str, said: str) -> None:
        super().__init__("the chart can't be pulled", on=reference, why=said)
        self.said = said


@dataclass(frozen=True)
class Helm:
    """The program at `path` for the cluster and identity of `kubeconfig`. `home` is where it keeps what it fetches and learns."""

    path: str | Path
    kubeconfig: Path
    home: Path
    keep_open: Collection[int] = ()

    def pull(self, reference: str, version: str, into: Path, *, repository: str = "") -> None:
        """Fetch a chart's archive: of an OCI address, or of that name in a repository's index. An address on this machine is asked without TLS.

        Raises ChartNotPulled.
        """
        words = ["pull", reference, "--destination", str(into)]
        if version:
            words += ["--version", version]
        if repository:
            words += ["--repo", repository]
        if reference.startswith("oci://127.0.0.1:"):
            words.append("--plain-http")
        try:
            run([self.path, *words], env=environment(os.environ, self.home), timeout=LIMIT, keep_open=self.keep_open)
        except ProgramFailed as error:
            raise ChartNotPulled(reference, complaint(error.completed.stderr)) from None

    def find(self, name: str, namespace: str) -> Release | None:
        """A release, or None where there is none. Raises KubernetesError, as all that follow."""
        try:
            about = json.loads(self._call("status", namespace, name, "--output", "json").stdout)
            more = json.loads(self._call("get", namespace, "metadata", name, "--output", "json").stdout)
        except KubernetesError as error:
            if "release: not found" in error.said:
                return None
            raise
        status = str(more["status"])
        if status == GONE:
            return None
        return Release(
            name=name,
            namespace=namespace,
            revision=int(more["revision"]),
            status=status,
            chart=str(more["chart"]),
            version=str(more["version"]),
            updated=_time(about["info"].get("last_deployed", "")),
            values=about.get("config") or {},
            manifest=str(about.get("manifest", "")),
            labels=more.get("labels") or {},
            annotations=more.get("annotations") or {},
        )

    def history(self, name: str, namespace: str) -> list[Revision]:
        """A release's revisions, the oldest first."""
        said = json.loads(self._call("history", namespace, name, "--output", "json").stdout)
        return [Revision(int(one["revision"]), str(one["status"])) for one in said]

    def render(self, name: str, chart: Path, namespace: str, values: Mapping[str, Any]) -> str:
        """The objects of a chart with these values, as YAML; what is in the cluster already is taken into account, and whom it belongs to."""
        words = ["--install", name, str(chart), "--values", "-", "--dry-run=server", "--output", "json"]
        said = self._call("upgrade", namespace, *words, input=json.dumps(values)).stdout
        return str(json.loads(said).get("manifest", ""))

    def template(self, name: str, chart: Path, namespace: str, values: Mapping[str, Any]) -> str:
        """The objects of a chart with these values, as YAML, whatever is in the cluster: also of kinds that the chart itself brings."""
        return self._call("template", namespace, name, str(chart), "--values", "-", input=json.dumps(values)).stdout

    def upgrade(
        self, name: str, chart: Path, namespace: str, values: Mapping[str, Any], labels: Mapping[str, str]
    ) -> None:
        """Install a chart, or bring its release to it. `labels` are for the record of the release. Its hooks are waited for, its pods aren't.

        Fields that somebody else has set since are taken over.
        """
        marks = ",".join(f"{key}={value}" for key, value in labels.items())
        words = ["--install", name, str(chart), "--values", "-", "--labels", marks]
        # Through stdin: values may be secret.
        self._call(
            "upgrade", namespace, *words, "--server-side=true", "--force-conflicts", f"--timeout={HOOKS}s",
            input=json.dumps(values), waits=True,
        )  # fmt: skip

    def rollback(self, name: str, namespace: str, revision: int) -> None:
        """Have an older revision's objects again, as a new revision."""
        words = (name, str(revision), "--server-side=true", "--force-conflicts", f"--timeout={HOOKS}s")
        self._call("rollback", namespace, *words, waits=True)

    def uninstall(self, name: str, namespace: str) -> None:
        """Take a release away with its objects; those that its chart says to keep stay. Gone already is fine."""
        self._call("uninstall", namespace, name, "--ignore-not-found", f"--timeout={HOOKS}s", waits=True)

    def _call(self, word: str, namespace: str, *words: str, input: str | None = None, waits: bool = False) -> Completed:
        try:
            return run(
                self.argv(word, namespace, *words), env=environment(os.environ, self.home), input=input,
                timeout=None if waits else LIMIT, keep_open=self.keep_open,
            )  # fmt: skip
        except ProgramFailed as error:
            said = error.completed.stderr
            raise KubernetesError(f"helm {word} failed", reason_of(said), complaint(said)) from None

    def argv(self, word: str, namespace: str, *words: str) -> list[str]:
        """The command line: the cluster and the identity are in the kubeconfig, never in the user's settings."""
        where = ["--namespace", namespace] if namespace else []
        return [str(self.path), word, *words, *where, "--kubeconfig", str(self.kubeconfig)]


def version(path: str | Path) -> tuple[int, ...]:
    """The version of a Helm, (4, 2, 4); empty where it doesn't tell."""
    try:
        said = run([path, "version", "--template", "{{.Version}}"], timeout=10).stdout
    except Failed:
        return ()
    found = re.match(r"v(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else ()


def environment(outer: Mapping[str, str], home: Path) -> dict[str, str]:
    """Ours without what leads Helm or its Kubernetes client elsewhere, and with folders of its own."""
    kept = {name: value for name, value in outer.items() if not name.startswith(("HELM_", "KUBECONFIG"))}
    own = {name: str(home / name.rpartition("_")[0].lower()) for name in ("CACHE_HOME", "CONFIG_HOME", "DATA_HOME")}
    return kept | {f"HELM_{name}": path for name, path in own.items()} | {"KUBECACHEDIR": str(home / "kubernetes")}


def complaint(said: str) -> str:
    """What Helm complained of, on one line: without its log, and without advice on its own flags."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    told = [line for line in lines if not re.match(r"level=|time=|WARNING|[EWI]\d{4} |Use --debug", line)]
    return re.sub(r"^Error: (?:UPGRADE FAILED: |INSTALLATION FAILED: )?", "", " ".join(told or lines[-1:]))


def _time(text: str) -> datetime | None:
    # Go writes nanoseconds, which Python up to 3.10 can't read and later ones cut.
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return None
