"""db.dump, db.restore, db.shell: a copy of the database in a file, back again, and psql at the right place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from longshore.database.connection.connection import Connection
from longshore.database.reach import Reach
from longshore.database.state import DatabaseState, read_state
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused, UsageError
from longshore.process.run import ProgramFailed, run
from longshore.programs import postgres
from longshore.secrets.ignored import refuse_if_committed
from longshore.steps.looking import look
from longshore.steps.report import Reporter
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

MAGIC = b"PGDMP"
"""How a dump in PostgreSQL's custom format begins."""


class _Copying(Step):
    def __init__(self, reach: Reach, path: Path) -> None:
        self.reach = reach
        self.path = path

    @property
    def connection(self) -> Connection:
        return self.reach.connection

    @property
    def _env(self) -> str:
        return self.reach.environment.name

    def read(self) -> DatabaseState:
        return read_state(self.connection, self.reach.environment.db_ca_file, env=self.reach.environment.name)

    def variables(self) -> Mapping[str, str]:
        return self.connection.child_environment(os.environ, self.reach.environment.db_ca_file)


class Dump(_Copying):
    """Write the database into a file, 0600, beside and renamed; a file that is there is not overwritten."""

    name = "dump"

    def __init__(self, reach: Reach, path: Path) -> None:
        super().__init__(reach, path)
        self.title = f"Dump into {path}"
        self._wrote = False

    def check(self, run: Context) -> Status:
        if self._wrote and self.path.exists():
            return Done(f"{self.path.stat().st_size} bytes")
        if self.path.exists():
            raise Refused("the file is there already", on=str(self.path), do="name another one with --out")
        if not self.path.parent.is_dir():
            raise UsageError("there is no such folder", on=str(self.path.parent))
        refuse_if_committed(self.path, "dump")
        return ToDo(f"write {self.connection.address} into {self.path}")

    def apply(self, run_: Context) -> None:
        program = postgres.find("pg_dump", self.read().server_version_num // 10_000)
        part = self.path.with_name(self.path.name + ".part")
        try:
            run_.report.progress(f"dumping {self.connection.address}")
            # pg_dump writes into what is there, which nobody else may read.
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            run(
                postgres.dump_argv(program, part),
                env=self.variables(),
                on_line=run_.report.line,
                keep_open=run_.keep_open(),
            )
            os.link(part, self.path)
        except FileExistsError:
            raise Refused("the file is there already", on=str(self.path)) from None
        except OSError as error:
            raise Failed("can't write the dump", on=str(self.path), why=str(error.strerror)) from None
        finally:
            part.unlink(missing_ok=True)
        self._wrote = True


class Restore(_Copying):
    """Fill an empty database from a dump, in one transaction."""

    name = "restore"

    def __init__(self, reach: Reach, path: Path) -> None:
        super().__init__(reach, path)
        self.title = f"Restore from {path}"
        self._restored = False

    def check(self, run: Context) -> Status:
        try:
            with self.path.open("rb") as file:
                begins = file.read(len(MAGIC))
        except OSError as error:
            raise UsageError("can't read the dump", on=str(self.path), why=str(error.strerror)) from None
        if begins != MAGIC:
            raise UsageError(
                "this is no dump in PostgreSQL's custom format", on=str(self.path), do="make one by inv db.dump"
            )
        if self._restored:
            return Done(counted(len(self.read().tables), "table"))
        tables = self.read().tables
        if tables:
            raise Refused(
                f"the database is not empty: it has {counted(len(tables), 'table')}",
                on=self.connection.address,
                why="a restore over what is there would mix the two",
                do=(
                    f"inv db.dump --env {self._env} --out FILE first, to keep it",
                    f"inv db.drop --env {self._env}, inv db.create --env {self._env}, then again",
                ),
            )
        return ToDo(f"fill {self.connection.address} from {self.path} ({self.path.stat().st_size} bytes)")

    def apply(self, run_: Context) -> None:
        program = postgres.find("pg_restore", self.read().server_version_num // 10_000)
        run_.report.progress(f"restoring {self.connection.address}")
        try:
            run(
                postgres.restore_argv(program, self.connection.database),
                env=self.variables(),
                stdin_from=self.path,
                on_line=run_.report.line,
                keep_open=run_.keep_open(),
            )
        except ProgramFailed as error:
            raise Failed(
                "the dump could not be restored; the database is as empty as before",
                on=self.connection.address,
                why=error.why,
                do=f"inv db.status --env {self._env}",
            ) from None
        self._restored = True


def dump(environment: Environment, out: Path) -> list[Step]:
    """Write the environment's database into a file."""
    reach = Reach(environment)
    return [*reach.steps, Dump(reach, Path.cwd() / out.expanduser())]


def restore(environment: Environment, file: Path) -> list[Step]:
    """Fill the environment's database, which must be empty, from a file."""
    reach = Reach(environment)
    return [*reach.steps, Restore(reach, Path.cwd() / file.expanduser())]


def shell(environment: Environment, report: Reporter) -> int:
    """psql on the environment's database; its exit code."""
    reach = Reach(environment)
    look(reach.steps, report)
    variables = reach.connection.child_environment(os.environ, environment.db_ca_file)
    return postgres.shell(postgres.find("psql", 0), variables)
