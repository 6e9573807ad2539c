"""Has the secret the keys that the example names? The application would start without one, and find out later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from longshore.programs.repository import Repository
from longshore.secrets import dotenv_file
from longshore.secrets.check.finding import FAULT, NOT_CHECKED, OK, Finding

CHECK = "has the keys of the example"
NAME = "app.env.example"


def findings(
    root: Path, repository: Repository | None, values: Mapping[str, str], environment: str
) -> Iterator[Finding]:
    """Missing keys are faults; further ones are told. Raises UsageError for an example that can't be read."""
    path = find(root, repository)
    if path is None:
        yield Finding(CHECK, NAME, NOT_CHECKED, "there is no such file, or several")
        return
    shown = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    named = dotenv_file.parse(dotenv_file.read_text(path), shown)
    missing = [key for key in named if key not in values]
    for key in missing:
        yield Finding(CHECK, shown, FAULT, f"{key} is missing", f"inv secrets.set --env {environment} --key {key}")
    if not missing:
        further = sorted(key for key in values if key not in named)
        more = f"; not in the example: {', '.join(further)}" if further else ""
        yield Finding(CHECK, shown, OK, f"{len(named)} keys{more}")


def find(root: Path, repository: Repository | None) -> Path | None:
    """The one of the project's folder, else the only tracked one under it."""
    if (own := root / NAME).is_file():
        return own
    tracked = repository.tracked() if repository else []
    found = [path for path in tracked if path.name == NAME and path.is_relative_to(root) and path.is_file()]
    return found[0] if len(found) == 1 else None
