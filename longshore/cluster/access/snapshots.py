"""Who had what before a change: kept in the project's state, a file per run, so that it can be put back (cluster.undo)."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from longshore import person
from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Association, Entries, Entry
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.errors import Failed, UsageError, nearest
from longshore.steps.step import Context, Done, Status, Step, ToDo

SCHEMA = 1


@dataclass(frozen=True)
class Snapshot:
    """`id` is the run's that took it. `data` is that of aws-auth; None: there was no such ConfigMap, or the cluster didn't read it."""

    id: str
    at: float
    by: str
    cluster: str
    """The cluster's ARN."""
    mode: str
    """Its authentication mode."""
    data: Mapping[str, str] | None
    entries: tuple[Entry, ...] | None
    """None: the cluster had no access entries."""
    unread: bool = False
    """Whether aws-auth could not be read: who is locked out of Kubernetes gets in again by an entry."""


def folder(environment: Environment) -> Path:
    """Where an environment's snapshots are."""
    return environment.state / "access" / environment.name


def save(environment: Environment, snapshot: Snapshot) -> Path:
    """Keep it, 0600; never half."""
    path = folder(environment) / f"{snapshot.id}.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps({"schema": SCHEMA, **asdict(snapshot)}, indent=1, default=str)
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".new.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    finally:
        Path(beside).unlink(missing_ok=True)
    return path


def load(environment: Environment, id: str) -> Snapshot:
    """The snapshot of that run. Raises UsageError, naming the nearest."""
    path = folder(environment) / f"{id}.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        if found.pop("schema") != SCHEMA:
            raise ValueError("another version's")
        entries = found["entries"]
        if entries is not None:
            found["entries"] = tuple(_entry(one) for one in entries)
        return Snapshot(**found)
    except FileNotFoundError:
        known = [one.id for one in all_of(environment)]
        raise UsageError(
            f"there is no snapshot {id}{nearest(id, known)}",
            on=str(path.parent),
            why=f"there are {', '.join(known[:5])}" if known else "none was taken on this machine",
            do=f"inv cluster.access --env {environment.name}",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        do = f"inv cluster.access --env {environment.name}"
        raise UsageError("the snapshot can't be read", on=str(path), why=str(error), do=do) from None


def all_of(environment: Environment) -> list[Snapshot]:
    """The newest first; unreadable ones are left out."""
    found = []
    place = folder(environment)
    for path in sorted(place.glob("*.json"), reverse=True) if place.is_dir() else []:
        try:
            found.append(load(environment, path.stem))
        except UsageError:
            continue
    return found


def taken(snapshot: Snapshot) -> str:
    """When, by this machine's clock."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(snapshot.at))


def _entry(found: dict[str, Any]) -> Entry:
    policies = tuple(Association(one["policy"], tuple(one["namespaces"])) for one in found["policies"])
    return Entry(
        arn=found["arn"],
        groups=tuple(found["groups"]),
        policies=policies,
        username=found["username"],
        type=found["type"],
        tags=found["tags"],
    )


class TakeSnapshot(Step):
    """What is there before this run changes it. `pending` says whether anything will be changed."""

    name = "snapshot"
    title = "Snapshot of who has access"

    def __init__(
        self, guard: ClusterGuard, aws_auth: AwsAuth, entries: Entries, pending: Callable[[Context], bool]
    ) -> None:
        self._guard = guard
        self._aws_auth = aws_auth
        self._entries = entries
        self._pending = pending

    def check(self, run: Context) -> Status:
        # Killed and given again, a run goes on: what was there before it began is what counts.
        id = run.target("snapshot", lambda: run.id, relative=True)
        if (folder(self._guard.environment) / f"{id}.json").exists():
            return Done(f"snapshot {id}")
        if not self._pending(run):
            return Done("nothing changes")
        return ToDo(f"keep it as {id}: inv cluster.undo --env {self._guard.environment.name} --to {id} puts it back")

    def apply(self, run: Context) -> None:
        id = run.target("snapshot", lambda: run.id, relative=True)
        cluster = self._guard.cluster
        data: Mapping[str, str] | None = None
        unread = False
        try:
            found = self._aws_auth.read(run).object if cluster.has_config_map else None
            data = None if found is None else dict(found.get("data") or {})
        except Failed:
            # What comes next needs it where it is to change it. A grant by an entry doesn't.
            unread = True
        entries = tuple(self._entries.all()) if cluster.has_entries else None
        taken = Snapshot(id, time.time(), person.who(), cluster.arn, cluster.mode, data, entries, unread)
        save(self._guard.environment, taken)
