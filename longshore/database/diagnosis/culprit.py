"""Which statement of a file failed: from golang-migrate's error text, else from the names in PostgreSQL's message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from longshore.database.sql.split import Script, Statement

FAILED = re.compile(
    r"migration failed(?:: (?P<message>.*?))?(?: \(column (?P<column>\d+)\))?(?:, (?P<detail>[^\n]*?))? in line (?P<line>\d+): (?P<sql>.*)",
    re.S,
)
DETAILS = re.compile(r" \(details: (?P<text>.*?)\)\s*$", re.S)
QUOTED = re.compile(r'"([^"]+)"|\(([A-Za-z_][\w$]*)\)=')
ROWS = re.compile(
    r"duplicate key value violates|^null value in column|out of range|invalid input (syntax|value)|value too long"
)
"""Messages about a row: a statement that only defines something doesn't cause them."""

DEFINING = ("CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE", "CREATE TYPE", "CREATE VIEW", "DROP", "COMMENT", "GRANT")
SUFFIX = re.compile(r"_(pkey|fkey|key|check|idx|seq|excl)\d*$")
"""What PostgreSQL puts after a table's name to make a constraint's."""

LEAST = 12
"""A piece of SQL shorter than this proves nothing about which file it is from."""


@dataclass(frozen=True)
class Reason:
    """golang-migrate's complaint, taken apart."""

    message: str
    """PostgreSQL's own words."""
    line: int
    """In the text that was sent; 0: not told."""
    column: int
    sql: str
    """The text that was sent, its blanks folded; it may be cut short."""

    @property
    def is_servers(self) -> bool:
        """Whether PostgreSQL itself reported the error, and so ended the transaction."""
        return bool(self.message) and not re.search(
            r"bad connection|connection reset|broken pipe|EOF|context deadline", self.message
        )


def read_reason(text: str | None) -> Reason | None:
    """Take a complaint apart; None where there is none, or it isn't about a statement."""
    match = FAILED.search(text or "")
    if match is None:
        return None
    rest = match["sql"]
    details = DETAILS.search(rest)
    message = (match["message"] or (details["text"] if details else "")).removeprefix("pq: ")
    body = rest[: details.start()] if details else rest
    if match["detail"]:
        message = f"{message}, {match['detail']}"
    return Reason(message.strip(), int(match["line"]), int(match["column"] or 0), _folded(body).removesuffix("…"))


def is_from(reason: Reason, text: str) -> bool:
    """Whether the complaint is about this file: it repeats the text that it sent."""
    return len(reason.sql) >= min(LEAST, len(_folded(text))) and reason.sql in _folded(text)


def culprits(script: Script, reason: Reason | None, undone_from: int = 0) -> tuple[Statement, ...]:
    """The statement that failed; several where it is one of them; none where nothing tells.

    `undone_from` is the line of the first statement whose work isn't there, in a file whose earlier work is (0: not known).
    """
    statements = [statement for statement in script.statements if not statement.control]
    if len(statements) == 1:
        return (statements[0],)
    if reason is None:
        return tuple(statement for statement in statements if undone_from and statement.line == undone_from)
    if reason.line and (at := _at_line(statements, reason)):
        return (at,)
    return _by_names(statements, reason.message) or tuple(
        s for s in statements if undone_from and s.line == undone_from
    )


def _at_line(statements: Sequence[Statement], reason: Reason) -> Statement | None:
    """By line; where several stand on it, by what the message names."""
    there = [statement for statement in statements if statement.line <= reason.line <= statement.end_line]
    if len(there) > 1:
        return (
            next(iter(_by_names(there, reason.message)), there[0])
            if len(_by_names(there, reason.message)) == 1
            else _at_column(there, reason)
        )
    return there[0] if there else None


def _at_column(there: Sequence[Statement], reason: Reason) -> Statement:
    """golang-migrate's column counts from 1 within the line, or from the file's start in its first line (it subtracts no newline there)."""
    passed = [
        statement for statement in there if statement.line < reason.line or statement.column <= max(reason.column, 1)
    ]
    return passed[-1] if passed else there[0]


def _by_names(statements: Sequence[Statement], message: str) -> tuple[Statement, ...]:
    if "cannot run inside a transaction block" in message:
        return tuple(statement for statement in statements if statement.outside_transaction)
    names = {name for pair in QUOTED.findall(message) for name in pair if name}
    names |= {part for name in names for part in name.split(".")}
    if not names:
        return ()
    action = "create" if re.search("already exists|could not create", message) else ""
    if ROWS.search(message):
        statements = [s for s in statements if not s.kind.startswith(DEFINING)] or statements
    scores = [(_score(statement, names, action), statement) for statement in statements]
    best = max((score for score, _ in scores), default=0)
    return tuple(statement for score, statement in scores if score == best) if best else ()


def _score(statement: Statement, names: set[str], action: str) -> int:
    mentioned = 2 * len(names & statement.names)
    # accounts_owner_key is a constraint of accounts: its statement names the table.
    stems = {SUFFIX.sub("", name) for name in names if SUFFIX.search(name)}
    mentioned += any(stem == name or stem.startswith(f"{name}_") for stem in stems for name in statement.names)
    made = any(effect.action == action and effect.name in names for effect in statement.effects)
    return mentioned + (1 if made else 0)


def _folded(text: str) -> str:
    return " ".join(text.lstrip("\ufeff").split())
