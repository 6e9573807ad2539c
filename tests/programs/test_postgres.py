"""Which of several psql is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.errors import UsageError
from longshore.programs import postgres


def program(folder: Path, script: str) -> Path:
    folder.mkdir()
    path = folder / "psql"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_one_that_cannot_run_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = program(tmp_path / "wrapper", "echo 'Error: install postgresql-client' >&2; exit 1")
    good = program(tmp_path / "good", "echo 'psql (PostgreSQL) 16.2'")
    monkeypatch.setattr(postgres, "_candidates", lambda name: [broken, good])
    assert postgres.find("psql", 0) == good
    assert postgres.find("psql", 16) == good
    with pytest.raises(UsageError) as told:
        postgres.find("psql", 17)
    assert told.value.why == "versions on this machine: 16"
