"""git, as far as a run tells which commit it worked from."""

from __future__ import annotations

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
