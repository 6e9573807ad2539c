"""db.new: the next numbered pair of files."""

from __future__ import annotations

import re
import time
from pathlib import Path

from longshore.database.files.folder import Migrations, read_folder
from longshore.database.sight import folder
from longshore.environments.environment import Environment
from longshore.errors import Failed, UsageError
from longshore.steps.step import Context, Done, Status, Step, ToDo

TIMESTAMP = "%Y%m%d%H%M%S"
DIGITS = 6
TITLE = re.compile(r"[a-z0-9][a-z0-9_]*")
TEXTS = {
    "up": "-- {name}: what it changes, and why.\n-- A file without BEGIN/COMMIT is one transaction: it is applied whole or not at all.\n\n",
    "down": "-- Undoes {name}.\n\n",
}


class NewPair(Step):
    """Write NUMBER_TITLE.up.sql and .down.sql; the number follows the folder's own style (digits, or a timestamp)."""

    name = "files"

    def __init__(self, environment: Environment, title: str) -> None:
        self.root = environment.root
        self.folder = folder(environment)
        self.words = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
        if not TITLE.fullmatch(self.words):
            raise UsageError(f"--name can't be {title!r}", why="it has no letter or digit")
        self.title = f"New migration {self.words}"
        self.pair: list[Path] = []

    def check(self, run: Context) -> Status:
        number = run.target("number", self._next, relative=True)
        self.pair = [self.folder / f"{number}_{self.words}.{direction}.sql" for direction in ("up", "down")]
        if all(path.exists() for path in self.pair):
            return Done(" and ".join(self._shown(path) for path in self.pair))
        return ToDo(*(f"write {self._shown(path)}" for path in self.pair if not path.exists()))

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def _next(self) -> str:
        migrations = read_folder(self.folder) if self.folder.exists() else Migrations(self.folder, ())
        if migrations.last is None:
            return str(1).zfill(DIGITS)
        newest = migrations.items[-1]
        written = (newest.up or newest.down or next(migrations.files())).name.split("_")[0]
        if len(written) == len(time.strftime(TIMESTAMP)) and written.startswith(("19", "20")):
            return str(max(int(time.strftime(TIMESTAMP, time.gmtime())), migrations.last + 1))
        return str(migrations.last + 1).zfill(len(written))

    def apply(self, run: Context) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for path, direction in zip(self.pair, ("up", "down"), strict=True):
                if not path.exists():
                    with path.open("x", encoding="utf-8") as file:
                        file.write(TEXTS[direction].format(name=self.words))
        except OSError as error:
            raise Failed("can't write the migration", on=str(self.folder), why=str(error.strerror)) from None


def new(environment: Environment, title: str) -> list[Step]:
    """Write the next pair."""
    return [NewPair(environment, title)]
