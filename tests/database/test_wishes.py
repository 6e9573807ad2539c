"""From the wish to the absolute version."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from longshore.database.files.folder import Migrations, read_folder
from longshore.database.wishes import back, exactly, forced, newest
from longshore.errors import Refused, UsageError
from longshore.steps.looking import Looking
from longshore.steps.report import Silent


@dataclass
class At:
    """The part of a database's state that a wish looks at."""

    version: int | None


@pytest.fixture
def five(tmp_path: Path) -> Migrations:
    for number in range(1, 6):
        (tmp_path / f"{number}_m.up.sql").write_text("SELECT 1;")
        (tmp_path / f"{number}_m.down.sql").write_text("SELECT 1;")
    return read_folder(tmp_path)


def version(wish: Any, at: int | None, migrations: Migrations) -> int:
    return wish(Looking(Silent()), At(at), migrations)


@pytest.mark.parametrize(("to", "at", "expected"), [(None, None, 5), (None, 5, 5), (3, None, 3), (3, 3, 3), (5, 3, 5)])
def test_newest(five: Migrations, to: int | None, at: int | None, expected: int) -> None:
    assert version(newest(to), at, five) == expected


def test_newest_never_goes_below_a_database_that_is_ahead(five: Migrations) -> None:
    assert version(newest(None), 9, five) == 9


def test_down_is_not_migrates_business(five: Migrations) -> None:
    with pytest.raises(UsageError) as told:
        version(newest(2), 4, five)
    assert told.value.lines() == [
        "error: --to 2 is below the current version 4",
        "  why: db.migrate only goes up",
        "  next: inv db.goto --to 2",
    ]


@pytest.mark.parametrize(("steps", "at", "expected"), [(1, 5, 4), (2, 5, 3), (5, 5, -1), (1, 1, -1)])
def test_back(five: Migrations, steps: int, at: int, expected: int) -> None:
    assert version(back(steps), at, five) == expected


@pytest.mark.parametrize(("steps", "at"), [(6, 5), (1, None), (0, 5), (-1, 5)])
def test_too_far_back(five: Migrations, steps: int, at: int | None) -> None:
    with pytest.raises(UsageError):
        version(back(steps), at, five)


def test_a_rollback_that_was_overtaken_does_not_undo_what_others_did(five: Migrations) -> None:
    class Begun(Looking):
        """A run that began at version 3 and was going to 2."""

        def target(self, name: str, compute: Any, *, relative: bool = False) -> Any:
            return {"from": 3, "version": 2}[name]

    wish = back(1, "prod")
    assert wish(Begun(Silent()), At(3), five) == 2
    assert wish(Begun(Silent()), At(2), five) == 2
    with pytest.raises(Refused) as told:
        wish(Begun(Silent()), At(5), five)
    assert told.value.lines() == [
        "error: the database is at version 5, and this rollback began at 3: nothing was done",
        "  why: somebody migrated it meanwhile, and that would be undone too",
        "  next: inv db.goto --to 4 --env prod, where that is what you want now",
    ]


def test_an_unknown_version_names_the_newest(five: Migrations) -> None:
    with pytest.raises(UsageError) as told:
        version(exactly(77), 5, five)
    assert told.value.why == "the newest is 5"
    assert version(exactly(0), 5, five) == -1
    assert version(forced(0), 5, five) == -1


def test_a_missing_down_file_is_not_passed_over(five: Migrations, tmp_path: Path) -> None:
    # golang-migrate would lower the version and change nothing.
    (tmp_path / "4_m.down.sql").unlink()
    again = read_folder(tmp_path)
    with pytest.raises(Refused) as told:
        version(exactly(2), 5, again)
    assert told.value.what == "version 4 (m) has no down file"
    assert version(exactly(4), 5, again) == 4
