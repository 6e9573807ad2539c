"""What a statement does to the catalogue: the objects that it creates, drops, alters or renames, read from its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longshore.database.sql.lexer import Kind, Token

TYPES = {
    ("table",): "table",
    ("foreign", "table"): "table",
    ("index",): "index",
    ("type",): "type",
    ("domain",): "type",
    ("view",): "view",
    ("materialized", "view"): "materialized view",
    ("sequence",): "sequence",
    ("function",): "function",
    ("procedure",): "function",
    ("aggregate",): "function",
    ("routine",): "function",
    ("schema",): "schema",
    ("extension",): "extension",
    ("trigger",): "trigger",
    ("event", "trigger"): "event trigger",
    ("policy",): "policy",
    ("rule",): "rule",
    ("role",): "role",
    ("user",): "role",
    ("group",): "role",
    ("database",): "database",
    ("publication",): "publication",
    ("subscription",): "subscription",
}
MODIFIERS = {
    "or",
    "replace",
    "global",
    "local",
    "temp",
    "temporary",
    "unlogged",
    "unique",
    "recursive",
    "constraint",
    "trusted",
    "procedural",
}
ON_TABLE = ("trigger", "policy", "rule")
TABLE_CONSTRAINTS = {"primary", "unique", "foreign", "check", "exclude", "not"}


@dataclass(frozen=True)
class Effect:
    """One change of one object. `table` is the table (or type, for an enum value) that a column, constraint, index, trigger belongs to."""

    action: str
    """`create`, `drop`, `alter`."""
    type: str
    """`table`, `index`, `type`, `view`, `materialized view`, `sequence`, `function`, `schema`, `extension`, `column`, `constraint`, ..."""
    name: str
    schema: str = ""
    """Empty: the first schema of the search_path."""
    table: str = ""
    concurrently: bool = False
    conditional: bool = False
    """IF (NOT) EXISTS, OR REPLACE: it also succeeds where nothing had to be done."""
    temporary: bool = False

    def __str__(self) -> str:
        label = f"{self.schema}.{self.name}" if self.schema and not self.table else self.name
        return f"{self.type} {label}" + (f" of {self.table}" if self.table else "")


class _Reader:
    """A position among a statement's tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        """The word there (small letters), a sign, or nothing for a quoted name, a string or the end."""
        index = self.at + ahead
        token = self.tokens[index] if index < len(self.tokens) else None
        return token.value if token and token.kind in (Kind.WORD, Kind.OTHER) else ""

    def take(self, *words: str) -> bool:
        """Go past these words if they stand here."""
        if all(self.peek(ahead) == word for ahead, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def condition(self) -> bool:
        return self.take("if", "not", "exists") or self.take("if", "exists")

    def name(self) -> tuple[str, str] | None:
        """A name with or without a schema."""
        parts: list[str] = []
        while self.at < len(self.tokens) and self.tokens[self.at].is_name:
            parts.append(self.tokens[self.at].value)
            self.at += 1
            if not self.take("."):
                break
        if not parts:
            return None
        return (parts[-2] if len(parts) > 1 else "", parts[-1])

    def string(self) -> str | None:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        return token.value if token and token.kind is Kind.STRING else None

    def type(self) -> str:
        """An object's type, as one of TYPES' values."""
        for length in (2, 1):
            words = tuple(self.peek(ahead) for ahead in range(length))
            if words in TYPES:
                self.at += length
                return TYPES[words]
        return ""

    def skip_to(self, *words: str) -> bool:
        """Go past the next of these words that is outside of parentheses."""
        depth = 0
        while self.at < len(self.tokens):
            word = self.peek()
            depth += (word == "(") - (word == ")")
            self.at += 1
            if depth == 0 and word in words:
                return True
        return False


def effects(tokens: Sequence[Token]) -> tuple[Effect, ...]:
    """The effects of one statement's tokens (without its semicolon)."""
    reader = _Reader(tokens)
    if reader.take("create"):
        return _create(reader)
    if reader.take("drop"):
        return _drop(reader)
    if reader.take("alter"):
        return _alter(reader)
    return ()


def _create(reader: _Reader) -> tuple[Effect, ...]:
    modifiers = set()
    while reader.peek() in MODIFIERS:
        modifiers.add(reader.peek())
        reader.at += 1
    kind = reader.type()
    concurrently = reader.take("concurrently")
    conditional = reader.condition() or "replace" in modifiers
    temporary = bool(modifiers & {"temp", "temporary"})
    if kind == "schema" and reader.take("authorization"):
        found = reader.name()
    elif kind == "index" and reader.peek() == "on":
        return ()  # PostgreSQL picks the name.
    else:
        found = reader.name()
    if not kind or found is None:
        return ()
    schema, name = found
    table = ""
    if kind == "index" or kind in ON_TABLE:
        reader.skip_to(*(("to",) if kind == "rule" else ("on",)))
        reader.take("only")
        schema, table = reader.name() or ("", "")
    return (Effect("create", kind, name, schema, table, concurrently, conditional, temporary),)


def _drop(reader: _Reader) -> tuple[Effect, ...]:
    if reader.take("owned"):
        return ()
    kind = reader.type()
    concurrently = reader.take("concurrently")
    conditional = reader.condition()
    found: list[Effect] = []
    while kind and (named := reader.name()):
        schema, name = named
        table = ""
        if kind in ON_TABLE and reader.take("on"):
            schema, table = reader.name() or ("", "")
        found.append(Effect("drop", kind, name, schema, table, concurrently, conditional))
        if not reader.skip_to(","):
            break
    return tuple(found)


def _alter(reader: _Reader) -> tuple[Effect, ...]:
    kind = reader.type()
    reader.condition()
    reader.take("only")
    named = reader.name()
    if not kind or named is None:
        return ()
    schema, name = named
    if kind in ON_TABLE and reader.take("on"):
        schema, table = reader.name() or ("", "")
        if reader.take("rename", "to") and (new := reader.name()):
            return (Effect("drop", kind, name, schema, table), Effect("create", kind, new[1], schema, table))
        return (Effect("alter", kind, name, schema, table),)
    reader.take("*")
    found: list[Effect] = []
    while reader.at < len(reader.tokens):
        found += _action(reader, kind, schema, name)
        if not reader.skip_to(","):
            break
    return tuple(found) or (Effect("alter", kind, name, schema),)


def _action(reader: _Reader, kind: str, schema: str, name: str) -> list[Effect]:
    """One action of an ALTER."""
    if reader.take("rename"):
        return _rename(reader, kind, schema, name)
    if reader.take("set", "schema") and (new := reader.name()):
        return [Effect("drop", kind, name, schema), Effect("create", kind, name, new[1])]
    if reader.take("add", "value"):
        conditional = reader.condition()
        value = reader.string()
        return (
            [Effect("create", "enum value", value, schema, name, conditional=conditional)] if value is not None else []
        )
    if kind not in ("table", "view", "materialized view"):
        return [Effect("alter", kind, name, schema)]
    if reader.take("add"):
        if reader.take("constraint") and (new := reader.name()):
            return [Effect("create", "constraint", new[1], schema, name)]
        if not reader.take("column") and reader.peek() in TABLE_CONSTRAINTS:
            return [Effect("alter", kind, name, schema)]
        conditional = reader.condition()
        if new := reader.name():
            return [Effect("create", "column", new[1], schema, name, conditional=conditional)]
    if reader.take("drop"):
        part = "constraint" if reader.take("constraint") else "column"
        reader.take("column")
        conditional = reader.condition()
        if old := reader.name():
            return [Effect("drop", part, old[1], schema, name, conditional=conditional)]
    return [Effect("alter", kind, name, schema)]


def _rename(reader: _Reader, kind: str, schema: str, name: str) -> list[Effect]:
    if reader.take("to") and (new := reader.name()):
        return [Effect("drop", kind, name, schema), Effect("create", kind, new[1], schema)]
    if reader.take("value"):
        old_value = reader.string()
        reader.at += 1
        reader.take("to")
        new_value = reader.string()
        if old_value is not None and new_value is not None:
            return [
                Effect("drop", "enum value", old_value, schema, name),
                Effect("create", "enum value", new_value, schema, name),
            ]
        return []
    part = "constraint" if reader.take("constraint") else "column"
    reader.take("column")
    old = reader.name()
    reader.take("to")
    new = reader.name()
    if old is None or new is None:
        return []
    return [Effect("drop", part, old[1], schema, name), Effect("create", part, new[1], schema, name)]
