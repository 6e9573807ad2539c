"""What of a file's work is in the catalogue: for each object that it makes or removes, whether that has happened, and in this run or before.

golang-migrate writes the dirty version down in a transaction of its own before it runs the file. So a catalogue row with a later transaction
id (xmin) than that row is this file's work, and an earlier one was there before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from longshore.database.sql.effects import Effect
from longshore.database.sql.split import Script
from longshore.database.table import Place

if TYPE_CHECKING:
    import psycopg

TYPES = frozenset(
    {
        *("table", "view", "materialized view", "sequence", "index", "type", "function", "schema", "extension"),
        *("column", "constraint", "trigger", "policy", "rule", "enum value"),
    }
)
"""What can be looked for in this database's catalogue (roles and databases are the whole server's)."""

AGES = """
WITH q AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS u (type, schema, name, tbl, n)
), s AS (
    SELECT q.*, array(SELECT oid FROM pg_namespace WHERE nspname = q.schema OR (q.schema = '' AND nspname = ANY (current_schemas(false)))) AS spaces
    FROM q
), w AS (
    SELECT s.*, array(SELECT oid FROM pg_class WHERE relname = s.tbl AND relnamespace = ANY (s.spaces)) AS tables FROM s
)
SELECT CASE w.type
    WHEN 'table' THEN
        (SELECT min(age(xmin)) FROM pg_class WHERE relname = w.name AND relnamespace = ANY (spaces) AND relkind IN ('r', 'p', 'f'))
    WHEN 'view' THEN (SELECT min(age(xmin)) FROM pg_class WHERE relname = w.name AND relnamespace = ANY (spaces) AND relkind = 'v')
    WHEN 'materialized view' THEN
        (SELECT min(age(xmin)) FROM pg_class WHERE relname = w.name AND relnamespace = ANY (spaces) AND relkind = 'm')
    WHEN 'sequence' THEN (SELECT min(age(xmin)) FROM pg_class WHERE relname = w.name AND relnamespace = ANY (spaces) AND relkind = 'S')
    WHEN 'index' THEN
        (SELECT min(age(c.xmin)) FROM pg_class c JOIN pg_index x ON x.indexrelid = c.oid
         WHERE c.relname = w.name AND c.relnamespace = ANY (spaces) AND (x.indisvalid OR c.relkind = 'I'))
    WHEN 'type' THEN
        (SELECT min(age(t.xmin)) FROM pg_type t LEFT JOIN pg_class r ON r.oid = t.typrelid
         WHERE t.typname = w.name AND t.typnamespace = ANY (spaces) AND coalesce(r.relkind, 'c') = 'c')
    WHEN 'function' THEN (SELECT min(age(xmin)) FROM pg_proc WHERE proname = w.name AND pronamespace = ANY (spaces))
    WHEN 'schema' THEN (SELECT age(xmin) FROM pg_namespace WHERE nspname = w.name)
    WHEN 'extension' THEN (SELECT age(xmin) FROM pg_extension WHERE extname = w.name)
    WHEN 'column' THEN
        (SELECT min(age(xmin)) FROM pg_attribute WHERE attname = w.name AND attrelid = ANY (tables) AND NOT attisdropped)
    WHEN 'constraint' THEN (SELECT min(age(xmin)) FROM pg_constraint WHERE conname = w.name AND conrelid = ANY (tables))
    WHEN 'trigger' THEN (SELECT min(age(xmin)) FROM pg_trigger WHERE tgname = w.name AND tgrelid = ANY (tables))
    WHEN 'policy' THEN (SELECT min(age(xmin)) FROM pg_policy WHERE polname = w.name AND polrelid = ANY (tables))
    WHEN 'rule' THEN (SELECT min(age(xmin)) FROM pg_rewrite WHERE rulename = w.name AND ev_class = ANY (tables))
    WHEN 'enum value' THEN
        (SELECT min(age(v.xmin)) FROM pg_enum v JOIN pg_type t ON t.oid = v.enumtypid
         WHERE t.typname = w.tbl AND v.enumlabel = w.name AND t.typnamespace = ANY (spaces))
    END
FROM w ORDER BY w.n
"""
"""For each object the age of its newest catalogue row in transactions; NULL where there is none. An INVALID index counts as none."""

CHILDREN = ("column", "constraint", "index", "trigger", "policy", "rule", "enum value")


class Fate(Enum):
    """What became of one effect of a file."""

    DONE = "done"
    """Made after the version was written down as dirty, or removed."""
    UNDONE = "not done"
    BEFORE = "there before"
    """It was there before the file ran: a CREATE of it fails."""
    UNCLEAR = "unclear"
    """It may have been so before: IF NOT EXISTS on what is there."""


@dataclass(frozen=True)
class Finding:
    """An effect, the line of its statement, and what became of it."""

    effect: Effect
    line: int
    fate: Fate


def net(script: Script) -> list[tuple[Effect, int]]:
    """What a file changes in the end: the last effect on each object, without what it makes and removes itself."""
    last: dict[tuple[str, str, str, str], tuple[Effect, int, str]] = {}
    for statement in script.statements:
        for effect in statement.effects:
            if effect.temporary or effect.action == "alter" or effect.type not in TYPES:
                continue
            # An index is found by its own name: DROP INDEX names no table.
            key = (effect.type, effect.schema, "" if effect.type == "index" else effect.table, effect.name)
            first = last[key][2] if key in last else effect.action
            last[key] = (effect, statement.line, first)
            if effect.action == "drop":
                # A table takes along what is its own.
                whole = effect.type in ("table", "type")
                for other in [k for k in last if whole and k[0] in CHILDREN and last[k][0].table == effect.name]:
                    del last[other]
    return [
        (effect, line) for effect, line, first in last.values() if not (first == "create" and effect.action == "drop")
    ]


def collect(
    database: psycopg.Connection[Any], place: Place, script: Script, existed: Callable[[str], bool] = lambda name: True
) -> list[Finding]:
    """Hold a file's net effects against the catalogue.

    `place` is golang-migrate's table, whose row tells when the file began. `existed` tells whether an earlier file made an object of this name:
    what never was proves nothing by not being there (a DROP of a misspelt name fails).
    """
    changes = net(script)
    if not changes:
        return []
    began = database.execute(place.statement("SELECT age(xmin) FROM {} WHERE dirty LIMIT 1")).fetchone()
    ages = _ages(database, [effect for effect, _ in changes])
    return [
        Finding(effect, line, _fate(effect, age, began[0] if began else None, existed))
        for (effect, line), age in zip(changes, ages, strict=True)
    ]


def _fate(effect: Effect, age: int | None, began: int | None, existed: Callable[[str], bool]) -> Fate:
    if effect.action == "drop":
        if age is not None:
            return Fate.UNDONE
        return Fate.DONE if existed(effect.name) else Fate.UNCLEAR
    if age is None:
        return Fate.UNDONE
    if began is None:
        return Fate.UNCLEAR
    if age < began:
        return Fate.DONE
    return Fate.UNCLEAR if effect.conditional and effect.type not in ("function", "view") else Fate.BEFORE


def _ages(database: psycopg.Connection[Any], effects: Sequence[Effect]) -> list[int | None]:
    """For each object the age of its newest row in transactions; None where there is none."""
    columns = [[getattr(effect, field) for effect in effects] for field in ("type", "schema", "name", "table")]
    return [row[0] for row in database.execute(AGES, columns)]
