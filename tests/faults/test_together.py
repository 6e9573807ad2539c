"""Two at once on one database: nothing is applied twice, and who waits says for whom."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from longshore.database.connection.url import parse
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.toolchain import programs
from tests.gate import AT_THE_GATE, closed
from tests.live import Checkout, Live, told, until

pytestmark = pytest.mark.integration

TABLE = "CREATE TABLE marks (version int);\nINSERT INTO marks VALUES (1);\n"
FILES = {
    "1_table.up.sql": TABLE,
    "2_gate.up.sql": AT_THE_GATE + "INSERT INTO marks VALUES (2);\n",
    "3_index.up.sql": "CREATE INDEX CONCURRENTLY marks_version_idx ON marks (version);\n",
    "4_more.up.sql": "INSERT INTO marks VALUES (4);\n",
}
PLAIN = {name: text for name, text in FILES.items() if "gate" not in name} | {
    "2_plain.up.sql": "INSERT INTO marks VALUES (2);\n"
}


@pytest.fixture
def other(bank: Live, tmp_path: Path) -> Checkout:
    """A second checkout, as on another machine."""
    bank.write(FILES)
    return bank.clone(tmp_path / "other")


def assert_whole(bank: Live) -> None:
    assert bank.version == (4, False)
    assert bank.ask("SELECT version FROM marks ORDER BY version") == [(1,), (2,), (4,)]
    assert bank.ask("SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE NOT indisvalid") == []
    assert bank.ask("SELECT to_regclass('marks_version_idx')::text") == [("marks_version_idx",)]


@contextmanager
def by_hand(bank: Live, *words: str) -> Iterator[subprocess.Popen[str]]:
    """golang-migrate itself, as somebody's terminal would run it."""
    connection = parse(bank.secret["DB_SOURCE"])
    process = subprocess.Popen(
        [programs.ensure("migrate", Looking(Silent())), "-path", bank.migrations, "-database", connection.migrate_url(), *words],
        env=connection.child_environment({"PATH": os.environ["PATH"]}, settings={"application_name": "somebody"}),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_two_from_one_checkout(bank: Live) -> None:
    bank.write(FILES)
    with closed(bank) as gate:
        first = bank.inv.begin("db.migrate")
        gate.reached(first)
        second = bank.inv.begin("db.migrate")
        second.says("waiting up to 60 s for db.migrate of ")
        assert f"(process {first.pid}, " in second.said
        gate.open()
    first.end().check()
    assert second.end().check().stderr.splitlines()[-1] == "nothing to do"
    assert_whole(bank)
    assert bank.history == [(n, "up") for n in range(1, 5)]
    assert len(bank.runs()) == 1


def test_two_from_two_checkouts(bank: Live, other: Checkout) -> None:
    with closed(bank) as gate:
        first = bank.inv.begin("db.migrate")
        gate.reached(first)
        second = other.inv.begin("db.migrate")
        second.says(f"waiting for longshore {os.uname().nodename} {first.pid} of bank (pid ")
        gate.open()
    first.end().check()
    second.end().check()
    assert_whole(bank)
    assert bank.history == [(n, "up") for n in range(1, 5)]
    (run,) = bank.runs()
    assert bank.ask("SELECT DISTINCT run FROM longshore_migrations") == [(run.id,)]


@pytest.mark.parametrize("number", [1, 2, *(pytest.param(n, marks=pytest.mark.exhaustive) for n in range(3, 20))])
def test_two_from_two_checkouts_at_the_same_instant(bank: Live, tmp_path: Path, number: int) -> None:
    bank.write(PLAIN)
    other = bank.clone(tmp_path / "other")
    both = [checkout.inv.begin("db.migrate") for checkout in (bank, other)]
    for one in both:
        one.end().check()
    assert_whole(bank)
    assert bank.history == [(n, "up") for n in range(1, 5)]


def test_no_longer_than_was_said(bank: Live, other: Checkout) -> None:
    with closed(bank) as gate:
        first = bank.inv.begin("db.migrate")
        gate.reached(first)
        here = told(bank.inv("db.migrate", "--wait", "1"), 3, "another run works on sandbox-database", "--wait SECONDS")
        assert here[1] == "  why: waited 1 s for it"
        there = told(
            other.inv("db.migrate", "--wait", "1"), 3, "another migration works on the database", "inv db.status"
        )
        assert there[1].startswith(f"  why: waited 1 s for longshore {os.uname().nodename} {first.pid} of bank (pid ")
        assert bank.version == (2, True)
        gate.open()
    first.end().check()
    assert_whole(bank)


def test_behind_a_migrate_by_hand(bank: Live) -> None:
    bank.write(FILES)
    with closed(bank) as gate, by_hand(bank, "up") as raw:
        gate.reached()
        ours = bank.inv.begin("db.migrate")
        ours.says("waiting for somebody of bank (pid ")
        gate.open()
        assert raw.wait(60) == 0
        ours.end().check()
    assert_whole(bank)
    # What somebody else applied is not written down as ours.
    assert bank.history == []


def test_a_migrate_by_hand_behind_ours(bank: Live) -> None:
    bank.write({name: text for name, text in FILES.items() if "CONCURRENTLY" not in text})
    with closed(bank) as gate:
        ours = bank.inv.begin("db.migrate")
        gate.reached(ours)
        with by_hand(bank, "up") as raw:
            until(lambda: bank.backends("%pg_advisory_lock($1)%"))
            gate.open()
            ours.end().check()
            assert (raw.wait(60), raw.communicate()[0]) == (0, "no change\n")
    assert bank.version == (4, False)
    assert bank.history == [(n, "up") for n in (1, 2, 4)]


def test_one_fails_and_the_other_does_not_begin(bank: Live, other: Checkout) -> None:
    for checkout in (bank, other):
        (checkout.migrations / "2_gate.up.sql").write_text(AT_THE_GATE + "INSERT INTO nowhere VALUES (2);\n")
    with closed(bank) as gate:
        first = bank.inv.begin("db.migrate")
        gate.reached(first)
        second = other.inv.begin("db.migrate")
        second.says("waiting for longshore ")
        gate.open()
    told(first.end(), 1, "2_gate.up.sql did not finish: version 2 is dirty", "inv db.repair --env sandbox")
    told(second.end(), 3, "the database is dirty at version 2", "inv db.repair --env sandbox")
    assert bank.version == (2, True)


def test_two_rollbacks_go_to_one_version(bank: Live, tmp_path: Path) -> None:
    down: Mapping[str, str] = {
        "1_table.up.sql": TABLE,
        "1_table.down.sql": "DROP TABLE marks;\n",
        "2_a.up.sql": "INSERT INTO marks VALUES (2);\n",
        "2_a.down.sql": "DELETE FROM marks WHERE version = 2;\n",
        "3_b.up.sql": "INSERT INTO marks VALUES (3);\n",
        "3_b.down.sql": AT_THE_GATE + "DELETE FROM marks WHERE version = 3;\n",
    }
    bank.write(down)
    bank.inv("db.migrate").check()
    shutil.rmtree(tmp_path / "other", ignore_errors=True)
    with closed(bank) as gate:
        first = bank.inv.begin("db.rollback", "--confirm", "sandbox")
        gate.reached(first)
        second = bank.inv.begin("db.rollback", "--confirm", "sandbox", "--wait", "0")
        told(second.end(), 3, "another run works on sandbox-database")
        gate.open()
    first.end().check()
    assert bank.version == (2, False)
    assert bank.ask("SELECT version FROM marks ORDER BY 1") == [(1,), (2,)]
    assert bank.history[-1] == (3, "down")
