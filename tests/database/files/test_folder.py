from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from longshore.database.files.folder import content_faults, read_folder
from longshore.errors import UsageError
from tests.database.servers import MigrateProgram, TestServer, write


def folder(path: Path, *names: str) -> Path:
    return write(path / "migrations", dict.fromkeys(names, "SELECT 1;"))


def kinds(path: Path, *names: str) -> list[tuple[str, str]]:
    return [(fault.level, fault.kind) for fault in read_folder(folder(path, *names)).faults]


def test_versions_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    found = read_folder(
        folder(tmp_path, "10_c.up.sql", "10_c.down.sql", "9_b.up.sql", "9_b.down.sql", "08_a.up.sql", "08_a.down.sql")
    )
    assert found.versions == (8, 9, 10)
    assert [item.title for item in found] == ["a", "b", "c"]
    assert found.faults == ()
    assert (found.last, found.previous(9), found.previous(8), found.following(None), found.following(9), found.following(10)) == (
        10, 8, None, 8, 10, None,
    )  # fmt: skip
    assert [item.version for item in found.pending(None)] == [8, 9, 10]
    assert [item.version for item in found.pending(8)] == [9, 10]
    assert found.pending(10) == ()
    nine = found.get(9)
    assert nine is not None and nine.up is not None and nine.down is not None
    assert nine.up.sha256 == hashlib.sha256(b"SELECT 1;").hexdigest()
    assert (nine.up.name, nine.down.name, nine.file("down")) == ("9_b.up.sql", "9_b.down.sql", nine.down)
    assert found.get(7) is None and found.get(None) is None


def test_a_sound_folder_has_no_fault(tmp_path: Path) -> None:
    assert kinds(tmp_path, "000001_a.up.sql", "000001_a.down.sql", "README.md", ".keep", "notes.txt") == []


PAIR = ("1_a.up.sql", "1_a.down.sql")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), [("error", "no-files")]),
        ((*PAIR, "2_e.up.sql", "02_f.up.sql"), [("error", "duplicate"), ("warning", "down-missing")]),
        ((*PAIR, "1_b.up.sql"), [("error", "duplicate")]),
        ((*PAIR, "1_a.up.sql.orig"), [("error", "duplicate")]),
        (("1_a.up.sql", "1_b.down.sql"), [("warning", "names-differ")]),
        (("1_a.up.sql",), [("warning", "down-missing")]),
        (("1_a.down.sql",), [("error", "up-missing")]),
        ((*PAIR, "2_b.sql"), [("warning", "ignored")]),
        ((*PAIR, "V3__c.sql"), [("warning", "ignored")]),
        ((*PAIR, "2-b.up.sql"), [("warning", "ignored")]),
        ((*PAIR, "2_b.UP.sql"), [("error", "case")]),
        ((*PAIR, "2_b.Up.SQL"), [("error", "case")]),
        ((*PAIR, "9223372036854775808_x.up.sql"), [("error", "too-large")]),
        ((*PAIR, "99999999999999999999999_x.up.sql"), [("error", "too-large")]),
        ((*PAIR, "20240102030405_x.up.sql", "20240102030405_x.down.sql"), [("warning", "mixed-numbers")]),
        ((*PAIR, "2_b.up.psql", "2_b.down.sql"), [("warning", "extension")]),
        ((*PAIR, "2_b.up.sql", "2_b.down.sql", "4_d.up.sql", "4_d.down.sql"), [("warning", "gap")]),
    ],
)
def test_faults_of_names(tmp_path: Path, names: tuple[str, ...], expected: list[tuple[str, str]]) -> None:
    assert kinds(tmp_path, *names) == expected


def test_numbers_in_steps_are_no_gaps(tmp_path: Path) -> None:
    assert kinds(tmp_path, *(f"{number}_x.{way}.sql" for number in range(10, 100, 10) for way in ("up", "down"))) == []


def test_faults_say_what_happens(tmp_path: Path) -> None:
    found = read_folder(folder(tmp_path, *PAIR, "2_b.up.sql", "02_b.up.sql", "2_b.down.sql", "3_c.UP.sql", "2024.sql"))
    assert [fault.text for fault in found.faults] == [
        "2024.sql is ignored by golang-migrate: no underscore follows its number",
        "3_c.UP.sql is ignored by golang-migrate: up and down are written in small letters",
        "version 2 has more than one file: 02_b.up.sql, 2_b.down.sql, 2_b.up.sql; golang-migrate refuses the folder",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [("warning", "empty")]),
        (b" \n\t", [("warning", "empty")]),
        (b"\xef\xbb\xbfSELECT 1;", [("error", "bom")]),
        (b"SELECT '\xff';", [("error", "encoding")]),
        (b"SELECT 1;\0", [("error", "encoding")]),
        ("SELECT 'ü';".encode(), []),
    ],
)
def test_faults_of_contents(tmp_path: Path, content: bytes, expected: list[tuple[str, str]]) -> None:
    (tmp_path / "1_a.up.sql").write_bytes(content)
    assert [(fault.level, fault.kind) for fault in content_faults(read_folder(tmp_path).files())] == expected


def test_links(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.txt").write_text("SELECT 1;")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "1_a.up.sql").symlink_to(tmp_path / "elsewhere.txt")
    (tmp_path / "m" / "1_a.down.sql").symlink_to(tmp_path / "gone")
    (tmp_path / "m" / "2_dir.up.sql").mkdir()
    found = read_folder(tmp_path / "m")
    assert found.versions == (1,)
    assert [(fault.kind, fault.files) for fault in found.faults] == [("broken-link", ("1_a.down.sql",))]
    item = found.get(1)
    assert item is not None and item.down is not None
    with pytest.raises(UsageError, match=r"a migration can't be read \(.*1_a.down.sql\)"):
        _ = item.down.sha256


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the folder of migrations is not there"):
        read_folder(tmp_path / "missing")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="MIGRATIONS is not a folder"):
        read_folder(tmp_path / "file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UsageError, match="the folder of migrations can't be read"):
        read_folder(tmp_path / "loop")


def test_no_file_is_opened_for_the_names(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "1_a.up.sql")
    assert read_folder(tmp_path).versions == (1,)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("files", "code", "said"),
    [
        ({"5_e.up.sql": "SELECT 1;", "05_f.up.sql": "SELECT 1;"}, 1, "duplicate migration file: 5_e.up.sql"),
        ({"1_a.up.sql": "\ufeffCREATE TABLE t ();"}, 1, "syntax error"),
        ({"1_a.UP.sql": "SELECT 1;"}, 1, "first .: file does not exist"),
        ({"1_a.up.sql": ""}, 0, "1/u a"),
        ({"1_a.down.sql": ""}, 0, "1/u "),
        ({"1_a.up.sql.orig": "SELECT 1;"}, 0, "1/u a"),
        ({"9223372036854775808_a.up.sql": "SELECT 1;"}, 2, "panic"),
    ],
)
def test_golang_migrate_does_what_the_faults_say(
    postgres: TestServer,
    database: str,
    migrate: MigrateProgram,
    tmp_path: Path,
    files: dict[str, str],
    code: int,
    said: str,
) -> None:
    ended = migrate(postgres.connection(database), write(tmp_path / "m", files), "up")
    assert (ended.returncode, ended.stdout) == (code, "")
    assert said in ended.stderr


@pytest.mark.integration
def test_a_number_below_the_current_one_is_skipped_in_silence(
    postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path
) -> None:
    connection = postgres.connection(database)
    files = write(tmp_path / "m", {"1_a.up.sql": "CREATE TABLE a ();", "3_c.up.sql": "CREATE TABLE c ();"})
    assert migrate(connection, files, "up").returncode == 0
    write(files, {"2_b.up.sql": "CREATE TABLE b ();"})
    ended = migrate(connection, files, "up")
    assert (ended.returncode, ended.stderr) == (0, "no change\n")


@pytest.mark.integration
def test_a_missing_down_file_lowers_the_version_and_changes_nothing(
    postgres: TestServer, database: str, migrate: MigrateProgram, tmp_path: Path
) -> None:
    from longshore.database.state import read_state

    connection = postgres.connection(database)
    migrate(connection, write(tmp_path / "m", {"1_a.up.sql": "CREATE TABLE a ();"}), "up")
    assert migrate(connection, tmp_path / "m", "down", "-all").returncode == 0
    seen = read_state(connection)
    assert (seen.version, [table.name for table in seen.tables]) == (None, ["a", "schema_migrations"])
