from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from longshore.answers import Answer
from longshore.database.files.folder import read_folder
from longshore.database.files.lint import lint
from longshore.database.history import History, Record
from tests.database.servers import write

SOUND = {
    "1_a.up.sql": "CREATE TABLE a (id bigint PRIMARY KEY);\n", "1_a.down.sql": "DROP TABLE a;\n",
    "2_b.up.sql": "ALTER TABLE a ADD COLUMN note text;\n", "2_b.down.sql": "ALTER TABLE a DROP COLUMN note;\n",
}  # fmt: skip
pytestmark = pytest.mark.integration


def found(answer: Answer) -> list[tuple[str, str, int, str]]:
    return [(p["level"], p["file"], p["line"], p["rule"]) for p in answer.data["problems"]]


def judge(path: Path, files: dict[str, str], version: int | None = None, history: History | None = None) -> Answer:
    return lint(read_folder(write(path / "m", files)), version, history or History())


def record(path: Path, version: int) -> Record:
    item = read_folder(path / "m").get(version)
    assert item is not None and item.up is not None
    return Record(
        version,
        "up",
        item.up.name,
        item.up.sha256,
        datetime(2026, 1, 2, tzinfo=UTC),
        0.1,
        "anna",
        "c0ffee",
        "0.1",
        f"run{version}",
    )


def test_sound_files(tmp_path: Path) -> None:
    answer = judge(tmp_path, SOUND)
    assert (answer.ok, found(answer), answer.faults) == (True, [], [])
    assert answer.notes == ["4 files judged (all files): 0 errors, 0 warnings"]
    assert judge(tmp_path, SOUND, 1).notes == ["2 files judged (what is pending at version 1): 0 errors, 0 warnings"]
    assert judge(tmp_path, SOUND, 2).notes == ["0 files judged (what is pending at version 2): 0 errors, 0 warnings"]


def test_what_squawk_finds_is_a_warning(tmp_path: Path) -> None:
    answer = judge(
        tmp_path,
        {
            **SOUND,
            "3_c.up.sql": "\nCREATE INDEX i ON a (note);\nALTER TABLE a ADD COLUMN x bigint NOT NULL;\n",
            "3_c.down.sql": ";--",
        },
        2,
    )
    assert answer.ok
    assert found(answer) == [
        ("warning", "3_c.up.sql", 2, "require-concurrent-index-creation"),
        ("warning", "3_c.up.sql", 3, "adding-required-field"),
    ]
    assert answer.tables[0].rows[0] == (
        "warning", "3_c.up.sql:2", "require-concurrent-index-creation",
        "During normal index creation, table updates are blocked, but reads are still allowed. (Use `concurrently` to avoid blocking writes.)",
    )  # fmt: skip


def test_a_syntax_error_is_an_error(tmp_path: Path) -> None:
    answer = judge(tmp_path, {"1_a.up.sql": "CREATE TABEL a ();", "1_a.down.sql": "DROP TABLE a;"})
    assert not answer.ok
    assert ("error", "1_a.up.sql", 1, "syntax-error") in found(answer)
    assert answer.faults[0].startswith("1_a.up.sql:1: ")


def test_concurrently_alone_is_fine_and_beside_others_is_not(tmp_path: Path) -> None:
    alone = {**SOUND, "3_c.up.sql": "CREATE INDEX CONCURRENTLY i ON a (note);", "3_c.down.sql": "DROP INDEX i;"}
    assert found(judge(tmp_path, alone, 2)) == []
    answer = judge(
        tmp_path, {**alone, "3_c.up.sql": "SET lock_timeout = 1;\nCREATE INDEX CONCURRENTLY i ON a (note);"}, 2
    )
    assert ("error", "3_c.up.sql", 2, "not-alone") in found(answer)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1;\nSELECT 'x;\n", ("error", "3_c.up.sql", 2, "unterminated")),
        ("\\connect x\n", ("error", "3_c.up.sql", 1, "psql-only")),
        ("COPY a FROM STDIN;\n", ("error", "3_c.up.sql", 1, "psql-only")),
        ("BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;\n", ("warning", "3_c.up.sql", 4, "after-commit")),
        ("ALTER TYPE m ADD VALUE 'z';\nUPDATE a SET note = 'z';\n", ("warning", "3_c.up.sql", 2, "new-enum-value")),
        ("\ufeffSELECT 1;", ("error", "3_c.up.sql", 0, "bom")),
        (" ", ("warning", "3_c.up.sql", 0, "empty")),
    ],
)
def test_what_golang_migrates_way_makes_of_a_file(
    tmp_path: Path, text: str, expected: tuple[str, str, int, str]
) -> None:
    assert expected in found(judge(tmp_path, {**SOUND, "3_c.up.sql": text, "3_c.down.sql": "SELECT 1;"}, 2))


def test_begin_and_commit_around_all_is_fine(tmp_path: Path) -> None:
    files = {**SOUND, "3_c.up.sql": "BEGIN;\nALTER TABLE a ADD COLUMN x text;\nCOMMIT;\n", "3_c.down.sql": "SELECT 1;"}
    assert [problem for problem in found(judge(tmp_path, files, 2)) if problem[3] == "after-commit"] == []


def test_files_against_the_history(tmp_path: Path) -> None:
    judge(tmp_path, SOUND)
    history = History((record(tmp_path, 1), record(tmp_path, 2)), exists=True)
    assert judge(tmp_path, SOUND, 2, history).ok
    answer = judge(tmp_path, {**SOUND, "1_a.up.sql": "CREATE TABLE a (id int);"}, 2, history)
    assert not answer.ok
    assert answer.faults == ["1_a.up.sql was changed after it was applied on 2026-01-02 by anna"]
    (tmp_path / "m" / "1_a.up.sql").unlink()
    (tmp_path / "m" / "1_a.down.sql").unlink()
    assert found(lint(read_folder(tmp_path / "m"), 2, history)) == [("warning", "1_a.up.sql", 0, "gone")]


def test_a_number_that_is_skipped_in_silence(tmp_path: Path) -> None:
    judge(tmp_path, {**SOUND, "4_d.up.sql": "SELECT 1;", "4_d.down.sql": "SELECT 1;"})
    history = History((record(tmp_path, 1), record(tmp_path, 2), record(tmp_path, 4)), exists=True)
    answer = judge(tmp_path, {"3_late.up.sql": "SELECT 1;", "3_late.down.sql": "SELECT 1;"}, 4, history)
    assert answer.faults == [
        "3_late.up.sql is lower than the database's version 4 and was never applied: golang-migrate skips it in silence"
    ]
    # Before our history began nobody knows.
    assert lint(read_folder(tmp_path / "m"), 4, History((replace(record(tmp_path, 4)),), exists=True)).ok


def test_duplicates_missing_files_and_an_unknown_version(tmp_path: Path) -> None:
    answer = judge(tmp_path, {**SOUND, "02_x.up.sql": "SELECT 1;", "3_c.up.sql": "SELECT 1;"}, 9)
    assert not answer.ok
    assert [(level, rule) for level, _, _, rule in found(answer)] == [
        ("error", "unknown-version"), ("error", "duplicate"), ("warning", "down-missing"),
    ]  # fmt: skip
