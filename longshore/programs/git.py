"""git, as far as a run tells which commit it worked from, and an image which one it was built from."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from longshore.process.run import ProgramFailed, ProgramMissing, run


def commit_of(folder: Path) -> str:
    """The commit that is checked out around a folder, with `+` where files in that folder differ from it; empty where git can't tell."""
    try:
        head = run(["git", "-C", folder, "rev-parse", "--short=12", "HEAD"], timeout=10).stdout.strip()
        changed = run(["git", "-C", folder, "status", "--porcelain", "--", "."], timeout=10).stdout.strip()
    except (ProgramFailed, ProgramMissing):
        return ""
    return head + ("+" if changed else "")


@dataclass(frozen=True)
class Head:
    """What is checked out. `version` is a tag on the commit, `remote` the address that it came from without anybody's name and password."""

    top: Path
    commit: str
    version: str
    remote: str


def head(folder: Path) -> Head | None:
    """What is checked out around a folder; None where there is no commit, or no git."""
    try:
        top = _git(folder, "rev-parse", "--show-toplevel")
        commit = _git(folder, "rev-parse", "--verify", "HEAD")
    except (ProgramFailed, ProgramMissing):
        return None
    version = _git(folder, "tag", "--points-at", "HEAD", "--sort=-version:refname").partition("\n")[0]
    return Head(Path(top), commit, version, _public(_git(folder, "config", "--get", "remote.origin.url")))


def changed(top: Path, paths: Sequence[Path]) -> list[Path]:
    """Files at these paths that differ from the commit, or that it hasn't (those that git ignores are not told), relative to `top`."""
    words = ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--", *map(str, paths)]
    entries = _git(top, *words, strip=False).split("\0")
    return sorted({Path(entry[3:]) for entry in entries if entry})


def _git(folder: Path, *words: str, strip: bool = True) -> str:
    # No repository that a hook's variables name.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    argv = ["git", "-C", str(folder), *words]
    said = run(argv, env={**ours, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}, timeout=60, ok=(0, 1)).stdout
    return said.strip() if strip else said


def _public(address: str) -> str:
    """An address as a browser takes it: `git@github.com:a/b.git` is `https://github.com/a/b`."""
    found = (
        re.fullmatch(r"(?:ssh://)?(?:[^@/]+@)([^:/]+)(?::\d+(?=/))?[:/](.+)", address)
        if "http" not in address[:4]
        else None
    )
    if found:
        address = f"https://{found[1]}/{found[2]}"
    address = re.sub(r"^(https?://)[^@/]*@", r"\1", address)
    return address.removesuffix("/").removesuffix(".git") if address.startswith("http") else ""
