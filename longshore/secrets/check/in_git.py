"""Is a value of the secret in a tracked file, or anywhere in git's history?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from longshore.process import signals
from longshore.programs.repository import Repository
from longshore.secrets.check.finding import FAULT, NOT_CHECKED, OK, Finding
from longshore.secrets.check.search import Search, skip
from longshore.steps.report import Reporter

FILES, HISTORY = "no value in a tracked file", "no value in git's history"
EVERY = 500
"""Objects between two words of progress."""

MOST_COMMITS = 20
"""For so many finds the commit is looked up: each takes a walk through the whole history."""


def findings(repository: Repository, search: Search, mend: str, report: Reporter) -> Iterator[Finding]:
    """`mend` is the command that makes a value useless to whoever found it; `KEY` in it stands for the key."""
    yield from _in_files(repository, search, mend, report)
    yield from _in_history(repository, search, mend, report)


def _in_files(repository: Repository, search: Search, mend: str, report: Reporter) -> Iterator[Finding]:
    paths = repository.tracked()
    found = False
    for number, path in enumerate(paths):
        if number % EVERY == 0:
            report.progress("searching the tracked files", number, len(paths))
        for key in sorted(_keys_in(path, search)):
            found = True
            shown = str(path.relative_to(repository.top))
            take_out = f"take it out of {shown}, then: {mend.replace('KEY', key)}"
            yield Finding(FILES, shown, FAULT, f"holds the value of {key}", take_out)
    if not found:
        yield Finding(FILES, str(repository.top), OK, f"{len(paths)} files")


def _keys_in(path: Path, search: Search) -> set[str]:
    signals.check()
    # A link's target is searched where it is tracked itself; a submodule is a folder.
    if path.is_symlink() or not path.is_file():
        return set()
    try:
        with path.open("rb") as content:
            return search.keys_in(content)
    except OSError:
        return set()


def _in_history(repository: Repository, search: Search, mend: str, report: Reporter) -> Iterator[Finding]:
    if repository.partial:
        why = "this clone leaves objects out (--filter): git would fetch each of them"
        yield Finding(HISTORY, str(repository.top), NOT_CHECKED, why, "search a full clone")
        return
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    total = 0
    for number, (item, total) in enumerate(repository.objects()):
        if number % EVERY == 0:
            signals.check()
            report.progress("searching git's history", number, total)
        if item.kind == "tree":
            skip(item.content, item.size)
            continue
        where = item.path or f"the message of {item.kind} {item.id[:12]}"
        for key in search.keys_in(item.content, item.size):
            places[key, where].append(item.id)
    for number, ((key, where), ids) in enumerate(sorted(places.items())):
        commit = repository.first_commit(ids[-1]) if number < MOST_COMMITS and "message of" not in where else ""
        since = f", since commit {commit}" if commit else ""
        more = f", in {len(ids)} versions of it" if len(ids) > 1 else ""
        yield Finding(HISTORY, where, FAULT, f"holds the value of {key}{since}{more}", mend.replace("KEY", key))
    if not places:
        yield Finding(HISTORY, str(repository.top), OK, f"{total} objects")
    if repository.shallow:
        why = "this clone is shallow: what is older than it has can't be seen"
        yield Finding(HISTORY, str(repository.top), NOT_CHECKED, why, "git fetch --unshallow")
