"""What a .dockerignore leaves out of the build context: the rules of Docker and BuildKit, which are not git's.

A port of github.com/moby/patternmatcher (v0.6: `ignorefile.ReadAll`, `PatternMatcher.MatchesOrParentMatches`). A pattern counts from the context's
root, so `app.env` speaks of that one file only, and `**/app.env` of all; the last line that matches decides.
"""

from __future__ import annotations

import posixpath
import re
import warnings
from collections.abc import Sequence


def patterns(text: str) -> list[str]:
    """The patterns of a file, cleaned; `!` stays in front of an exception."""
    found = []
    for line in text.removeprefix("\ufeff").splitlines():
        if line.startswith("#"):
            continue
        pattern = line.strip()
        if not pattern:
            continue
        exception = pattern.startswith("!")
        pattern = pattern[1:].strip() if exception else pattern
        if pattern:
            pattern = _clean(pattern)
            pattern = pattern[1:] if len(pattern) > 1 and pattern.startswith("/") else pattern
        found.append(("!" if exception else "") + pattern)
    return found


def left_out(path: str, patterns: Sequence[str]) -> bool:
    """Whether a file (relative to the context, with `/`) stays out of the build. Raises ValueError for a pattern that Docker refuses."""
    parts = path.split("/")
    parents = ["/".join(parts[:end]) for end in range(1, len(parts))]
    out = False
    cleaned = [_clean(line.strip()) for line in patterns if line.strip()]
    if refused := [line for line in cleaned if line == "!" or not _well_formed(line.removeprefix("!"))]:
        raise ValueError(refused[0])
    for line in cleaned:
        exception, pattern = line.startswith("!"), line.removeprefix("!")
        # Nothing to learn from a line that says what is so already.
        if exception == out and any(_matches(pattern, name) for name in (path, *parents)):
            out = not exception
    return out


_CLASS = r"\[\^?(?:(?:\\.|[^\]\\-])(?:-(?:\\.|[^\]\\-]))?)+\]"
_WELL_FORMED = re.compile(rf"(?:[^\\\[]|\\.|{_CLASS})*", re.S)


def _well_formed(pattern: str) -> bool:
    """Go's filepath.Match: no open bracket, no backslash at the end."""
    return _WELL_FORMED.fullmatch(pattern) is not None


def _clean(pattern: str) -> str:
    """Go's filepath.Clean."""
    cleaned = posixpath.normpath(pattern)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _matches(pattern: str, path: str) -> bool:
    text, simple = _expression(pattern)
    if simple == "exact":
        return path == pattern
    if simple == "prefix":
        return path.startswith(pattern[:-2])
    if simple == "suffix":
        suffix = pattern[2:]
        return path.endswith(suffix) or (suffix.startswith("/") and path == suffix[1:])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `[[a]` is a set to Go
            return re.search(text, path) is not None
    except re.error as error:
        raise ValueError(pattern) from error


def _expression(pattern: str) -> tuple[str, str]:
    """The regular expression that moby makes of a pattern, and how it compares where none is needed."""
    text, kind, at = "^", "exact", 0
    while at < len(pattern):
        first, mark = at == 0, pattern[at]
        at += 1
        if mark == "*" and pattern[at : at + 1] == "*":
            at += 1
            at += pattern[at : at + 1] == "/"
            if at == len(pattern):
                kind, text = ("prefix", text) if kind == "exact" else ("expression", text + ".*")
            else:
                kind, text = "expression", text + "(.*/)?"
            kind = "suffix" if first else kind
        elif mark == "*":
            kind, text = "expression", text + "[^/]*"
        elif mark == "?":
            kind, text = "expression", text + "[^/]"
        elif mark in ".+()|{}$":
            text += "\\" + mark
        elif mark == "\\":
            kind, text = "expression", text + "\\" + pattern[at : at + 1]
            at += 1
        else:
            kind, text = ("expression" if mark in "[]" else kind), text + mark
    return text + r"\Z", kind
