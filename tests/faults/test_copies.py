"""A copy that is whole or not there: the same data after a restore, and nothing half done when something fails."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest

from tests.live import DATABASE, Live, told

pytestmark = pytest.mark.integration

YES = ("--confirm", "sandbox")
ROWS = "INSERT INTO marks SELECT i, md5(i::text) || md5((i + 1)::text) FROM generate_series(1, 20000) i"


def checksums(bank: Live) -> dict[str, tuple[int, str]]:
    """Rows and digest of each table."""
    found = {}
    for table in bank.tables:
        rows = bank.ask(f"SELECT count(*), coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM {table} t")
        found[table] = rows[0]
    return found  # type: ignore[return-value]


@pytest.fixture
def full(bank: Live) -> Live:
    """A database with something in it."""
    bank.inv("db.migrate").check()
    with bank.connect() as database:
        database.execute("SET ROLE bank")
        database.execute("CREATE TABLE marks (i bigint, text text)")
        database.execute(ROWS)
    return bank


def test_there_and_back(full: Live, tmp_path: Path) -> None:
    path = tmp_path / "bank.dump"
    before = checksums(full)
    assert before["marks"][0] == 20000
    full.inv("db.dump", "--out", str(path)).check()
    assert path.stat().st_mode & 0o777 == 0o600
    told(full.inv("db.dump", "--out", str(path)), 3, "the file is there already", "--out")

    lines = told(full.inv("db.restore", "--file", str(path), *YES), 3, "the database is not empty")
    assert lines[2:] == [
        "  next: inv db.dump --env sandbox --out FILE first, to keep it",
        "  next: inv db.drop --env sandbox, inv db.create --env sandbox, then again",
    ]
    assert checksums(full) == before

    with full.connect():
        told(full.inv("db.drop", *YES), 3, "1 sessions are connected", "stop the application first")
    full.inv("db.drop", *YES).check()
    assert full.inv("db.drop", *YES).check().stderr.splitlines()[-1] == "nothing to do"
    told(full.inv("db.status"), 1, "there is no database bank", "inv db.create --env sandbox")
    full.inv("db.create").check()
    assert full.inv("db.create").check().stderr.splitlines()[-1] == "nothing to do"

    # A copy that was cut off: nothing of it is kept.
    whole = path.read_bytes()
    for length in (len(whole) * 3 // 4, len(whole) // 2, 200):
        cut = tmp_path / "cut.dump"
        cut.write_bytes(whole[:length])
        told(full.inv("db.restore", "--file", str(cut), *YES), 1, "the database is as empty as before", "inv db.status")
        assert full.tables == set()
    (tmp_path / "no.dump").write_text("no dump at all")
    told(full.inv("db.restore", "--file", str(tmp_path / "no.dump"), *YES), 2, "this is no dump", "inv db.dump")

    full.inv("db.restore", "--file", str(path), *YES).check()
    assert checksums(full) == before
    assert full.version == (5, False)
    assert full.inv("db.migrate").check().stderr.splitlines()[-1] == "nothing to do"
    owners = full.ask("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert owners == [(DATABASE,)]


def test_a_full_disk(full: Live, tmp_path: Path) -> None:
    """No file may grow beyond 200 kB: the dump's write fails as it does on a full disk."""
    folder = tmp_path / "small"
    folder.mkdir()
    ended = subprocess.run(
        full.inv.argv("db.dump", "--out", str(folder / "bank.dump")),
        cwd=full.project, env=full.inv.env(), capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    lines = ended.stderr[ended.stderr.index("error: ") :].splitlines()
    assert len(lines) <= 5
    assert any(line.startswith("  go on: inv runs.resume --id ") for line in lines)
    assert list(folder.iterdir()) == []
    full.inv("db.dump", "--out", str(folder / "bank.dump")).check()


def test_not_where_git_would_commit_it(full: Live) -> None:
    told(
        full.inv("db.dump", "--out", "bank.dump"),
        3,
        "git would commit this dump",
        "add this line to .gitignore: /bank.dump",
    )
    assert not (full.project / "bank.dump").exists()
