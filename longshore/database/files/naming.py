"""The faults of migration files' names: what golang-migrate refuses, and what it passes over without a word."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence

from longshore.database.files.migration import HIGHEST, NAME, Fault, File, Migration

FIRST_TIMESTAMP = 10**9
"""From here a number is taken for a time: seconds since 1970, or YYYYMMDDhhmmss."""

MOST_GAPS = 5


def faults(
    items: Sequence[Migration], found: Mapping[int, Mapping[str, Sequence[File]]], ignored: Sequence[str]
) -> list[Fault]:
    """All faults of a folder's names; `ignored` are names that golang-migrate's rule doesn't take."""
    return [
        *_none(items),
        *(fault for name in ignored for fault in _ignored(name)),
        *_duplicates(found),
        *(fault for item in items for fault in _missing(item)),
        *_order(items),
        *_extensions(items),
    ]


def _none(items: Sequence[Migration]) -> list[Fault]:
    return [] if items else [Fault("error", "no-files", "the folder holds no migration", (), "inv db.new --name NAME")]


def _ignored(name: str) -> list[Fault]:
    """Why a name is passed over; nothing to say about a README or a hidden file."""
    match = NAME.fullmatch(name)
    if match:
        # Above 2^64 golang-migrate passes it over; between, its own arithmetic overflows.
        return [
            Fault(
                "error",
                "too-large",
                f"{name}: its number is above {HIGHEST}, which PostgreSQL's bigint can't hold",
                (name,),
                "rename it",
            )
        ]
    if NAME.fullmatch(name.lower()) or re.fullmatch(r"[0-9]+_.*\.(up|down)\..*", name, re.I):
        return [
            Fault(
                "error",
                "case",
                f"{name} is ignored by golang-migrate: up and down are written in small letters",
                (name,),
                "rename it",
            )
        ]
    if name.startswith(".") or not name.lower().endswith(".sql"):
        return []
    reason = _reason(name)
    return [
        Fault(
            "warning",
            "ignored",
            f"{name} is ignored by golang-migrate: {reason}",
            (name,),
            "rename it to NUMBER_name.up.sql",
        )
    ]


def _reason(name: str) -> str:
    if not re.match(r"[0-9]", name):
        return "its name doesn't begin with a number"
    if not re.match(r"[0-9]+_", name):
        return "no underscore follows its number"
    return "its name lacks .up or .down before .sql"


def _duplicates(found: Mapping[int, Mapping[str, Sequence[File]]]) -> list[Fault]:
    clashes = []
    for version in sorted(found):
        names = [file.name for files in found[version].values() for file in files]
        titles = {file.title for files in found[version].values() for file in files}
        if any(len(files) > 1 for files in found[version].values()):
            text = f"version {version} has more than one file: {', '.join(sorted(names))}; golang-migrate refuses the folder"
            clashes.append(Fault("error", "duplicate", text, tuple(sorted(names)), "renumber the newer one"))
        elif len(titles) > 1:
            # An up of one pair and a down of another: golang-migrate pairs them by number alone.
            text = f"version {version} pairs files of different names: {', '.join(sorted(names))}"
            clashes.append(Fault("warning", "names-differ", text, tuple(sorted(names)), "give both files one name"))
    return clashes


def _missing(item: Migration) -> list[Fault]:
    if item.up is None and item.down is not None:
        text = f"version {item.version} has no up file: going up only raises the number"
        return [Fault("error", "up-missing", text, (item.down.name,), "add the .up.sql file")]
    if item.down is None and item.up is not None:
        text = f"version {item.version} has no down file: a rollback only lowers the number and changes nothing"
        return [Fault("warning", "down-missing", text, (item.up.name,), "add the .down.sql file")]
    return []


def _order(items: Sequence[Migration]) -> list[Fault]:
    sequence = [item.version for item in items if item.version < FIRST_TIMESTAMP]
    stamps = [item.version for item in items if item.version >= FIRST_TIMESTAMP]
    found = []
    if sequence and stamps:
        text = f"sequence numbers (up to {sequence[-1]}) stand beside timestamps: a new sequence number would be skipped in silence"
        found.append(Fault("warning", "mixed-numbers", text, (), "go on with timestamps"))
    gaps = [(low + 1, high - 1) for low, high in itertools.pairwise(sequence) if high - low > 1]
    # Numbers in steps (10, 20, 30) leave gaps by intent.
    if gaps and len(gaps) <= max(1, len(sequence) // 3):
        shown = ", ".join(str(low) if low == high else f"{low} to {high}" for low, high in gaps[:MOST_GAPS])
        more = f" and {len(gaps) - MOST_GAPS} more" if len(gaps) > MOST_GAPS else ""
        found.append(Fault("warning", "gap", f"no migration has the number {shown}{more}"))
    return found


def _extensions(items: Sequence[Migration]) -> list[Fault]:
    odd = [file.name for item in items for file in (item.up, item.down) if file and not file.name.endswith(".sql")]
    return [
        Fault("warning", "extension", f"{name} is run by golang-migrate although it doesn't end in .sql", (name,))
        for name in odd
    ]
