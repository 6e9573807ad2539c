"""git, as far as what it keeps is searched: the tracked files, and every object that a branch, tag, stash or the index reaches."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from longshore.errors import Failed
from longshore.process.run import Completed, ProgramMissing, run
from longshore.process.stream import reading


@dataclass(frozen=True)
class GitObject:
    """An object of the history: `content` must be read to its end, `size` bytes of it, before the next one comes."""

    id: str
    kind: str
    """blob, tree, commit or tag."""
    size: int
    path: str
    """One path at which a blob is, or was."""
    content: BinaryIO


@dataclass(frozen=True)
class Repository:
    """A work tree with its repository. `top` is its folder."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository | None:
        """The work tree that a folder is in; None outside of one, and without git."""
        try:
            found = _git(folder, "rev-parse", "--show-toplevel")
        except ProgramMissing:
            return None
        return cls(Path(found.stdout.rstrip("\n"))) if found.code == 0 else None

    @property
    def shallow(self) -> bool:
        """Whether older history was left out when it was cloned."""
        return _git(self.top, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"

    @property
    def partial(self) -> bool:
        """Whether objects were left out when it was cloned (`--filter`): git would fetch each when it is asked for it."""
        marks = r"^(remote\..*\.promisor|extensions\.partialclone)$"
        return bool(_git(self.top, "config", "--get-regexp", marks).stdout.strip())

    def tracked(self) -> list[Path]:
        """Every file that git keeps, as it is in the work tree (some may be gone there), and those that it would take: absolute."""
        with tempfile.TemporaryDirectory() as folder:
            names = Path(folder) / "names"
            run(["git", "ls-files", "-z", "--cached"], cwd=self.top, env=_environment(), stdout_to=names)
            return [self.top / os.fsdecode(name) for name in names.read_bytes().split(b"\0") if name]

    def objects(self) -> Iterator[tuple[GitObject, int]]:
        """Every object that is reached, each with how many there are in all. Objects go by in one stream: nothing is kept."""
        with tempfile.TemporaryDirectory() as folder:
            listed = Path(folder) / "objects"
            words = ["git", "rev-list", "--objects", "--all", "--indexed-objects"]
            run(words, cwd=self.top, env=_environment(), stdout_to=listed)
            with listed.open("rb") as lines:
                total = sum(1 for _ in lines)
            # As in a loop over a pipe of git's own: what is asked for comes back in the same order.
            form = "--batch=%(objectname) %(objecttype) %(objectsize) %(rest)"
            with reading(
                ["git", "cat-file", "--buffer", form], cwd=self.top, env=_environment(), stdin_from=listed
            ) as output:
                for _ in range(total):
                    yield self._next(output), total
                    output.read(1)  # the line's end after the content

    def first_commit(self, id: str) -> str:
        """The oldest commit (abbreviated) that brought a blob in, or took it out; empty where there is none (it is only in the index)."""
        answer = _git(self.top, "log", "--all", "--reverse", "--format=%h", f"--find-object={id}")
        return answer.stdout.split("\n", 1)[0]

    def _next(self, output: BinaryIO) -> GitObject:
        id, kind, size, *path = output.readline().decode(errors="replace").rstrip("\n").split(" ", 3)
        if not size.isdigit():
            raise Failed("git lacks an object of its own history", on=id, why=f"{kind} {size}", do="git fsck")
        return GitObject(id, kind, int(size), path[0] if path else "", output)


def _git(folder: Path, *words: str) -> Completed:
    return run(["git", *words], cwd=folder, env=_environment(), ok=(0, 1, 128))


def _environment() -> dict[str, str]:
    # The language of its messages; no repository that a hook's variables name; and no object is fetched that isn't here.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return ours | {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
