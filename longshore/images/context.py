"""The step before a build: nothing secret may be sent to the builder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from longshore.errors import Refused
from longshore.images.build import BuildImage
from longshore.images.files import files
from longshore.images.needles import ReadNeedles
from longshore.images.search import Found, Searcher
from longshore.secrets.app_env_file import APP_ENV
from longshore.secrets.check.dockerignore import left_out
from longshore.steps.step import Context, Done, Look, Status
from longshore.words import counted

EVERY = 200
"""Files between two words of progress."""


class CheckContext(Look):
    """Refuses an env file, and any file that holds a value of the secret, where the builder would get it."""

    name = "image-context"

    def __init__(self, build: BuildImage, secret: ReadNeedles) -> None:
        self.title = f"Search what the builder gets: {build.dockerfile.context}"
        self._build = build
        self._dockerfile = build.dockerfile
        self._secret = secret

    def check(self, run: Context) -> Status:
        """Raises Refused."""
        if self._build.pushed is not None:
            return Done("nothing is built: ECR has the image")
        # The builder gets another one in its place.
        allowed = (APP_ENV,) if self._build.replaces_app_env else ()
        searcher = Searcher(self._secret.needles, self._secret.names, allowed)
        count, found = 0, list[Found]()
        for path, whole in files(self._dockerfile):
            if count and count % EVERY == 0:
                run.report.progress(f"searching what the builder gets: {counted(count, 'file')}")
            found += searcher.file(whole, path)
            count += 1
        if self._dockerfile.path.name not in {one.where for one in found}:
            # Also where it is left out of the context: what stands in it is in the image's history.
            found += searcher.file(self._dockerfile.path, self._dockerfile.path.name)
        for name, value in self._build.arguments.items():
            found += searcher.text(value, f"--build-arg {name}")
        if found:
            raise self._refused(list(dict.fromkeys(found)))
        # Its own .git holds all that ever was committed.
        if (self._dockerfile.context / ".git").is_dir() and not left_out(".git", self._dockerfile.left_out()):
            run.report.warn(f"the builder gets .git with all its history: add .git to {self._dockerfile.ignore.name}")
        return Done(f"{counted(count, 'file')}, no env file and no value of the secret")

    def facts(self) -> Mapping[str, str]:
        return {"commit": self._build.tag}

    def _refused(self, found: list[Found]) -> Refused:
        ignore = self._dockerfile.ignore
        names = list(dict.fromkeys(one.where for one in found))
        more = f" and {counted(len(names) - 3, 'more file')}" if len(names) > 3 else ""
        return Refused(
            "secrets would be sent to the builder, nothing was built",
            on=str(self._dockerfile.context),
            why="; ".join(str(one) for one in found[:3]) + more,
            do=[_mend(name, ignore) for name in names[:2]],
        )


def _mend(name: str, ignore: Path) -> str:
    if name.startswith("--build-arg"):
        return "the image's history shows each argument: read the value at run time"
    return f"take it out of that file, or add a line to {ignore}: /{name}"
