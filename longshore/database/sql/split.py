"""Splits SQL text into statements as PostgreSQL sees them, and tells of each what it is and where it stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from longshore.database.sql.effects import Effect, effects
from longshore.database.sql.lexer import Kind, Token, Unterminated, tokens

TWO_WORDS = {
    "create",
    "drop",
    "alter",
    "start",
    "comment",
    "refresh",
    "grant",
    "insert",
    "delete",
    "set",
    "reset",
    "lock",
    "prepare",
    "security",
}
ROUTINES = {"function", "procedure"}
OUTSIDE = (
    *(
        ("create", "database"),
        ("drop", "database"),
        ("create", "tablespace"),
        ("drop", "tablespace"),
        ("alter", "system"),
    ),
    *(
        ("create", "subscription"),
        ("drop", "subscription"),
        ("vacuum",),
        ("reindex", "database"),
        ("reindex", "system"),
    ),
)
"""Statements that PostgreSQL refuses in a transaction block, whatever else they say."""


@dataclass(frozen=True)
class Statement:
    """One statement. Lines count from 1; `line` is that of its first word, comments before it aside."""

    text: str = field(repr=False)
    start: int
    """Where its first word begins in the file's text, in characters; `end` is past its last."""
    end: int
    line: int
    end_line: int
    column: int
    """Of its first character in its line, from 1."""
    kind: str
    """Its first words: `CREATE UNIQUE INDEX`, `ALTER TABLE`, `INSERT INTO`."""
    control: str
    """`begin`, `commit`, `rollback` where it begins or ends a transaction; else empty."""
    outside_transaction: bool
    """PostgreSQL refuses it in a transaction block, and so beside other statements of a file."""
    adds_enum_value: bool
    """ALTER TYPE ... ADD VALUE: refused in a transaction before version 12; later, the value can't be used in the same one."""
    psql_only: bool
    """A `\\command` or COPY ... FROM STDIN: only psql can run it, golang-migrate can't."""
    effects: tuple[Effect, ...]
    names: frozenset[str] = field(repr=False, default=frozenset())
    """Every name and string in it, to find it by what an error says."""

    @property
    def title(self) -> str:
        """Its beginning on one line, for a person."""
        flat = " ".join(self.text.split())
        return flat if len(flat) <= 72 else flat[:71] + "…"


@dataclass(frozen=True)
class Script:
    """A file's statements. Where `error` isn't empty the text ends inside a quote or comment that begins in `error_line`."""

    statements: tuple[Statement, ...]
    error: str = ""
    error_line: int = 0

    @property
    def has_control(self) -> bool:
        """Whether the file begins or ends transactions by itself."""
        return any(statement.control for statement in self.statements)


def split(text: str) -> Script:
    """Split a text. Nothing raises: a broken text gives the statements before the break, and `error`."""
    lines = [0]
    for position, character in enumerate(text):
        if character == "\n":
            lines.append(position + 1)
    found: list[Token] = []
    error, error_line = "", 0
    try:
        found.extend(tokens(text))
    except Unterminated as fault:
        # The generator ended where the fault is: what it gave before is kept below.
        found = list(_before(text, fault.position))
        error, error_line = fault.what, bisect_right(lines, fault.position)
    groups = _groups(found, True)
    statements = tuple(
        _statement(text, group, lines, len(text) if error and group is groups[-1] else 0) for group in groups
    )
    return Script(statements, error, error_line)


def _before(text: str, position: int) -> Sequence[Token]:
    return list(tokens(text[:position]))


def _groups(found: Sequence[Token], count_parentheses: bool) -> list[list[Token]]:
    """The tokens of each statement. A semicolon in parentheses (CREATE RULE) or in BEGIN ATOMIC ... END ends none (as in psql)."""
    groups: list[list[Token]] = []
    current: list[Token] = []
    parentheses = blocks = 0
    for token in found:
        word = token.value if token.kind in (Kind.WORD, Kind.OTHER) else ""
        if token.kind is Kind.META and not current:
            groups.append([token])
            continue
        if word == ";" and parentheses == 0 and blocks == 0:
            if current:
                groups.append(current)
            current = []
            continue
        if count_parentheses and word in ("(", ")"):
            parentheses = max(0, parentheses + (1 if word == "(" else -1))
        elif word in ("begin", "case", "end") and _is_routine(current) and (word == "begin" or blocks):
            blocks = max(0, blocks + (-1 if word == "end" else 1))
        current.append(token)
    if current:
        groups.append(current)
    if parentheses and count_parentheses:
        # A parenthesis that nothing closes would swallow the rest of a broken file.
        return _groups(found, False)
    return groups


def _is_routine(current: Sequence[Token]) -> bool:
    words = [token.value for token in current[:4]]
    return words[:1] == ["create"] and bool(
        ROUTINES & {*words[1:2], *(words[3:4] if words[1:3] == ["or", "replace"] else [])}
    )


def _statement(text: str, group: Sequence[Token], lines: Sequence[int], cut: int) -> Statement:
    start, end = group[0].start, max(group[-1].end, cut)
    words = [token.value if token.kind in (Kind.WORD, Kind.OTHER) else "" for token in group]
    changed = effects(group)
    return Statement(
        text=text[start:end],
        start=start,
        end=end,
        line=bisect_right(lines, start),
        end_line=bisect_right(lines, max(start, end - 1)),
        column=start - lines[bisect_right(lines, start) - 1] + 1,
        kind=_kind(words),
        control=_control(words),
        outside_transaction=_outside(words),
        adds_enum_value=any(effect.type == "enum value" and effect.action == "create" for effect in changed),
        psql_only=group[0].kind is Kind.META or (words[0] == "copy" and _holds(words, "from", "stdin")),
        effects=changed,
        names=frozenset(
            token.value
            for token in group
            if token.kind in (Kind.WORD, Kind.QUOTED, Kind.STRING) and len(token.value) < 64
        ),
    )


def _kind(words: Sequence[str]) -> str:
    if words[0] not in TWO_WORDS:
        return words[0].upper()
    kept = [words[0]]
    for word in words[1:6]:
        if word in ("or", "replace", "temp", "temporary", "unlogged", "recursive", "global", "local", "constraint"):
            continue
        if not word.isalpha():
            break
        kept.append(word)
        if word not in ("unique", "materialized", "event", "foreign"):
            break
    return " ".join(kept).upper()


def _control(words: Sequence[str]) -> str:
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first == "begin" or (first == "start" and second == "transaction"):
        return "begin"
    if first in ("commit", "end") or (first == "prepare" and second == "transaction"):
        return "commit"
    if first in ("rollback", "abort"):
        return "" if "to" in words[1:3] else "rollback"
    return ""


def _outside(words: Sequence[str]) -> bool:
    if any(tuple(words[: len(start)]) == start for start in OUTSIDE):
        return True
    if words[0] == "cluster":
        return len(words) == 1 or words[1:] == ["verbose"]
    if words[:2] == ["alter", "database"]:
        return _holds(words, "set", "tablespace")
    if words[0] == "reindex":
        return "concurrently" in words[1:8]
    if words[0] in ("create", "drop"):
        return "index" in words[1:3] and "concurrently" in words[2:4]
    return words[:2] == ["alter", "table"] and _holds(words, "detach", "partition") and words[-1] == "concurrently"


def _holds(words: Sequence[str], *run: str) -> bool:
    return any(tuple(words[at : at + len(run)]) == run for at in range(len(words)))
