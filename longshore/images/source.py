"""What an image is built from: a commit, or a commit and what differs from it. From that comes the image's tag."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.images.dockerfile import Dockerfile
from longshore.programs import git
from longshore.programs.git import Head
from longshore.secrets.check.dockerignore import left_out
from longshore.words import counted

LABEL = "org.opencontainers.image."
"""https://github.com/opencontainers/image-spec/blob/main/annotations.md"""

REVISION = LABEL + "revision"


@dataclass(frozen=True)
class Source:
    """`changed` are the files of the build that differ from the commit, relative to the repository; `tag` names the image for good."""

    head: Head
    changed: tuple[Path, ...]
    tag: str

    @property
    def words(self) -> str:
        """For a person."""
        short = self.head.commit[:12]
        return f"{short} with {counted(len(self.changed), 'changed file')}" if self.changed else f"commit {short}"

    def labels(self, environment: Environment) -> dict[str, str]:
        """The image's labels; `created` is now."""
        found = {
            "revision": self.head.commit + ("-dirty" if self.changed else ""),
            "source": self.head.remote,
            "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "version": self.head.version or self.tag,
            "title": environment.app,
        }
        return {LABEL + name: value for name, value in found.items() if value}


def read(environment: Environment, dockerfile: Dockerfile) -> Source:
    """What would be built now.

    Raises UsageError outside of a repository, Refused for a changed tree in a protected environment.
    """
    head = git.head(dockerfile.context)
    if head is None:
        raise UsageError(
            "an image is known by its commit, and there is none",
            on=str(dockerfile.context),
            why="no git work tree here, no commit in it, or no git",
            do="git init && git add . && git commit",
        )
    changed = tuple(_changed(head.top, dockerfile))
    if changed and environment.protected:
        shown = ", ".join(str(path) for path in changed[:3]) + (" ..." if len(changed) > 3 else "")
        raise Refused(
            f"the image would not be the commit's ({counted(len(changed), 'changed file')}), nothing was built",
            on=f"{shown} in {head.top}",
            why=f"{environment.name} is protected: what runs there must be a commit",
            do="commit or discard them: git status",
        )
    tag = f"{head.commit}-dirty-{_fingerprint(head.top, changed)}" if changed else head.commit
    return Source(head, changed, tag)


def _changed(top: Path, dockerfile: Dockerfile) -> list[Path]:
    """Without what the builder doesn't get. (A Dockerfile counts even where it is left out.)"""
    ignored, context = dockerfile.left_out(), dockerfile.context.resolve()
    top = top.resolve()
    found = []
    for path in git.changed(top, [context, dockerfile.path]):
        whole = top / path
        inside = whole.relative_to(context).as_posix() if whole.is_relative_to(context) else ""
        if whole == dockerfile.path.resolve() or not inside or not left_out(inside, ignored):
            found.append(path)
    return found


def _fingerprint(top: Path, changed: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for path in changed:
        whole = top / path
        digest.update(f"{path}\0".encode())
        if whole.is_symlink():
            digest.update(str(whole.readlink()).encode())
        elif whole.is_file():
            digest.update(f"{whole.stat().st_mode & 0o111:o}\0".encode() + whole.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()[:12]
