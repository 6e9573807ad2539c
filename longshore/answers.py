"""What a reading task answers: one value that is a table to a person and JSON to a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Table:
    """Rows for a person. `columns` are the headings; every cell is text already."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    empty: str = "none"


@dataclass(frozen=True)
class Answer:
    """`data` is what `--json` prints, beside its `schema` number; `tables` and `notes` are the same for a person.

    `notes` come after the tables, a line each. `ok` false makes the task exit 1 after it has printed (a check that found a fault).
    """

    data: Mapping[str, Any]
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    schema: int = 1
    ok: bool = True
    faults: Sequence[str] = field(default=())
