"""From what is wished (newest, to N, one step back) to the version to reach."""

from __future__ import annotations

from longshore.database.files.folder import Migrations
from longshore.database.sight import Wish
from longshore.database.state import DatabaseState
from longshore.database.version import EMPTY, number, shown, wished
from longshore.errors import Refused, UsageError, nearest
from longshore.steps.step import Context


def newest(to: int | None, env: str = "") -> Wish:
    """The newest file, or `to`, which must not be below where the database is. `env` is the environment, for the next command."""

    def wish(run: Context, seen: DatabaseState, migrations: Migrations) -> int:
        if to is None:
            current = number(seen.version)
            # A run that is gone on with may have been overtaken: it never goes down.
            return max(run.target("version", lambda: max(number(migrations.last), current)), current)
        known(to, migrations, env)
        if wished(to, migrations) < number(seen.version):
            raise UsageError(
                f"--to {to} is below the current version {seen.version}",
                why="db.migrate only goes up",
                do=f"inv db.goto --to {to}{_flag(env)}",
            )
        return wished(to, migrations)

    return wish


def exactly(to: int, env: str = "") -> Wish:
    """Version `to`; 0 is the empty one."""

    def wish(run: Context, seen: DatabaseState, migrations: Migrations) -> int:
        known(to, migrations, env)
        refuse_missing_down(migrations, number(seen.version), wished(to, migrations), env)
        return wished(to, migrations)

    return wish


def back(steps: int, env: str = "") -> Wish:
    """So many versions below where the database is when the plan is made."""

    def wish(run: Context, seen: DatabaseState, migrations: Migrations) -> int:
        if steps < 1:
            raise UsageError(f"--steps can't be {steps}", why="it is at least 1")
        current = number(seen.version)

        def compute() -> int:
            applied = [version for version in migrations.versions if version <= current]
            if len(applied) < steps:
                raise UsageError(
                    f"--steps {steps} is too far",
                    why=f"only {len(applied)} migrations are applied",
                    do=f"inv db.status{_flag(env)}",
                )
            return applied[-steps - 1] if len(applied) > steps else EMPTY

        if current > (start := run.target("from", lambda: current, relative=True)):
            applied = [version for version in migrations.versions if version <= current]
            again = applied[-steps - 1] if len(applied) > steps else 0
            raise Refused(
                f"the database is at version {current}, and this rollback began at {shown(start)}: nothing was done",
                why="somebody migrated it meanwhile, and that would be undone too",
                do=f"inv db.goto --to {again}{_flag(env)}, where that is what you want now",
            )
        # Another rollback may have gone further meanwhile: this one never goes up.
        target = min(run.target("version", compute, relative=True), current)
        refuse_missing_down(migrations, current, target, env)
        return target

    return wish


def forced(to: int, env: str = "") -> Wish:
    """Version `to`, whatever lies between: nothing is run."""

    def wish(run: Context, seen: DatabaseState, migrations: Migrations) -> int:
        known(to, migrations, env)
        return wished(to, migrations)

    return wish


def as_it_is(run: Context, seen: DatabaseState, migrations: Migrations) -> int:
    """Where the database is."""
    return number(seen.version)


def _flag(env: str) -> str:
    return f" --env {env}" if env else ""


def known(to: int, migrations: Migrations, env: str = "") -> None:
    """Raises UsageError for a version that no file has."""
    if wished(to, migrations) != EMPTY and migrations.get(to) is None:
        versions = [str(version) for version in migrations.versions]
        raise UsageError(
            f"no migration has version {to}{nearest(str(to), versions)}",
            on=str(migrations.path),
            why=f"the newest is {migrations.last}" if versions else "there are none",
            do=f"inv db.status{_flag(env)}",
        )


def refuse_missing_down(migrations: Migrations, current: int, target: int, env: str = "") -> None:
    """Raises Refused where a migration on the way down has no down file: golang-migrate would lower the number and change nothing."""
    for migration in migrations:
        if target < migration.version <= current and migration.down is None:
            raise Refused(
                f"version {migration.version} ({migration.title}) has no down file",
                on=str(migrations.path),
                why="golang-migrate would lower the version and change nothing",
                do=f"write the down file, or undo by hand and then inv db.force --to {migrations.previous(migration.version) or 0}{_flag(env)}",
            )
