"""The versions of a secret: when, under which labels, and which keys changed from one to the next; never a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from longshore.answers import Answer, Table
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.secrets.secrets_manager import SecretsManager, Version
from longshore.secrets.store import is_in_aws, versioned
from longshore.secrets.wish import changes

MOST = 20
"""The newest ones, each of which is read: AWS keeps about 100."""


@dataclass(frozen=True)
class Entry:
    """A version, and what it changed against the one that was made before it (None: one of the two can't be read)."""

    version: Version
    changes: tuple[str, ...] | None


def history(environment: Environment) -> Answer:
    """The newest versions, the newest first. Raises UsageError for a secret in a file, and as Store.read does."""
    store = versioned(environment, open_session(environment) if is_in_aws(environment) else None)
    versions = store.versions()
    entries = _entries(store, versions[-MOST - 1 :])[-MOST:][::-1]
    notes = [
        "a version without a label is deprecated: AWS removes it when it likes, and what is gone can't be rolled back to"
    ]
    if len(versions) > MOST:
        notes.insert(0, f"the newest {MOST} of {len(versions)} versions")
    return Answer(
        {"secret": store.where, "total": len(versions), "versions": [_json(entry) for entry in entries]},
        [
            Table(
                ("version", "made", "labels", "changed"),
                [_row(entry) for entry in entries],
                title=f"Versions of {store.where}",
            )
        ],
        notes,
    )


def _entries(store: SecretsManager, versions: list[Version]) -> list[Entry]:
    entries: list[Entry] = []
    before: Mapping[str, str] | None = None
    for number, version in enumerate(versions):
        values = _values(store, version)
        changed = None if number == 0 or before is None or values is None else tuple(changes(before, values))
        entries.append(Entry(version, changed))
        before = values
    return entries


def _values(store: SecretsManager, version: Version) -> Mapping[str, str] | None:
    """None for what can't be read: it is gone, or holds no object of keys and texts."""
    try:
        read = store.read_version(version.id)
    except UsageError:
        return None
    return read.values if read else None


def _json(entry: Entry) -> dict[str, object]:
    return {
        "version": entry.version.id,
        "created": entry.version.created.astimezone(UTC).isoformat(timespec="seconds"),
        "labels": list(entry.version.stages),
        "changes": None if entry.changes is None else list(entry.changes),
    }


def _row(entry: Entry) -> tuple[str, str, str, str]:
    version = entry.version
    changed = "" if entry.changes is None else ", ".join(entry.changes) or "no key"
    return version.id, f"{version.created.astimezone():%Y-%m-%d %H:%M:%S}", ", ".join(version.stages), changed
