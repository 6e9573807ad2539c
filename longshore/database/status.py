"""What db.status answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from longshore.answers import Answer, Table
from longshore.database.files.folder import Migrations, read_folder
from longshore.database.reach import Reach
from longshore.database.sight import folder
from longshore.database.state import DatabaseState, read_state
from longshore.database.version import shown
from longshore.environments.environment import Environment
from longshore.steps.looking import look
from longshore.steps.report import Reporter

MOST_LISTED = 30


def status(environment: Environment, report: Reporter) -> Answer:
    """Version, pending files, who is in the way, tables, and who applied what. Reads only."""
    reach = Reach(environment)
    look(reach.steps, report)
    connection = reach.connection
    migrations = read_folder(folder(environment))
    report.progress(f"asking {connection.address}")
    seen = read_state(connection, environment.db_ca_file, env=environment.name)
    pending = migrations.pending(seen.version)
    applied = seen.history.applied()
    changed = [
        item.up.name
        for item in migrations
        if item.up and item.version in applied and applied[item.version].sha256 != item.up.sha256
    ]
    tables = [
        Table(
            ("version", "file", "applied", "by", "commit", "sha256", "took"),
            [
                (
                    str(record.version),
                    record.name,
                    _time(record.applied_at),
                    record.by_whom,
                    record.commit,
                    record.sha256[:12],
                    f"{record.seconds:.3f} s" if record.seconds is not None else "?",
                )
                for record in sorted(applied.values(), key=lambda record: record.version)[-MOST_LISTED:]
            ],
            title="applied",
            empty="no history" + (f": {seen.history.note}" if seen.history.note else ""),
        ),
        Table(
            ("version", "file", "sha256"),
            [(str(item.version), item.up.name, item.up.sha256[:12]) for item in pending[:MOST_LISTED] if item.up],
            title=f"pending: {len(pending)}",
        ),
        Table(
            ("table", "rows (estimated)"), [(f"{t.schema}.{t.name}", str(t.rows)) for t in seen.tables], title="tables"
        ),
    ]
    summary = (
        f"{connection.address}: version {shown(seen.version)}{' (dirty)' if seen.dirty else ''}, {len(pending)} pending"
    )
    notes = [f"{summary}, PostgreSQL {seen.server_version}", *_remarks(environment, seen, migrations, changed)]
    return Answer(_data(environment, connection.address, seen, migrations, changed), tables, notes)


def _remarks(environment: Environment, seen: DatabaseState, migrations: Migrations, changed: list[str]) -> list[str]:
    lines = [f"changed after it was applied: {name}" for name in changed]
    lines += [f"lock of golang-migrate held by {session}" for session in seen.lock.holding]
    lines += [f"waits for the lock of golang-migrate: {session}" for session in seen.lock.waiting]
    lines += [f"long transaction: {session}" for session in seen.long_transactions]
    lines += [f"INVALID index {index.schema}.{index.name}" for index in seen.invalid_indexes if not index.building]
    lines += [f"{fault.level}: {fault.text}" for fault in migrations.faults]
    if seen.dirty:
        lines.append(f"dirty: inv db.repair --env {environment.name} explains it")
    elif seen.version is not None and migrations.get(seen.version) is None:
        lines.append(f"version {seen.version} is in no file: it was migrated from another branch or commit")
    return lines


def _data(
    environment: Environment, address: str, seen: DatabaseState, migrations: Migrations, changed: list[str]
) -> dict[str, Any]:
    return {
        "environment": environment.name,
        "database": address,
        "server_version": seen.server_version,
        "version": seen.version,
        "dirty": seen.dirty,
        "newest": migrations.last,
        "pending": [
            {
                "version": item.version,
                "file": item.up.name if item.up else None,
                "sha256": item.up.sha256 if item.up else None,
            }
            for item in migrations.pending(seen.version)
        ],
        "changed": changed,
        "faults": [{"level": fault.level, "kind": fault.kind, "text": fault.text} for fault in migrations.faults],
        "lock": {"holding": [str(s) for s in seen.lock.holding], "waiting": [str(s) for s in seen.lock.waiting]},
        "long_transactions": [str(session) for session in seen.long_transactions],
        "invalid_indexes": [f"{index.schema}.{index.name}" for index in seen.invalid_indexes],
        "history": [
            {
                "version": record.version,
                "direction": record.direction,
                "file": record.name,
                "sha256": record.sha256,
                "at": record.applied_at.isoformat(),
                "seconds": record.seconds,
                "by": record.by_whom,
                "commit": record.commit,
                "run": record.run,
            }
            for record in seen.history.records
        ],
        "tables": [{"schema": t.schema, "name": t.name, "rows": t.rows} for t in seen.tables],
    }


def _time(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
