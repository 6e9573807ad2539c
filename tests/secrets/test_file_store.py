from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable

import pytest

from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused, UsageError
from longshore.secrets.dialects.dialect import CannotCarry
from longshore.secrets.file_store import FileStore
from longshore.secrets.store import Absent, Overtaken, open_store

TEXT = "# the developer's own\nDB_SOURCE=postgresql://root:secret@localhost:5432/bank\n\nexport NAME='Simple Bank' # shown\nOLD=1\n"


@pytest.fixture
def store(environment: Callable[..., Environment]) -> FileStore:
    found = open_store(environment(secrets="file:app.env"), None)
    assert isinstance(found, FileStore)
    found.path.write_text(TEXT)
    return found


def test_the_values_are_those_that_the_application_reads(store: FileStore) -> None:
    secret = store.read()
    assert secret.where == "file:app.env"
    assert secret.values == {
        "DB_SOURCE": "postgresql://root:secret@localhost:5432/bank",
        "NAME": "Simple Bank",
        "OLD": "1",
    }
    store.path.write_text("K=a#b\n")
    assert store.read().values == {"K": "a"}


def test_a_change_keeps_the_other_lines(store: FileStore) -> None:
    base = store.read()
    values = {key: value for key, value in base.values.items() if key != "OLD"}
    store.write({**values, "DB_SOURCE": "it's new", "ADDED": ""}, base)
    assert store.path.read_text() == (
        "# the developer's own\nDB_SOURCE='it's new'\n\nexport NAME='Simple Bank' # shown\nADDED=\n"
    )
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_a_file_that_is_not_there_is_absent_and_is_made(store: FileStore) -> None:
    store.path.unlink()
    with pytest.raises(Absent, match="there is no secret"):
        store.read()
    store.write({"A": "1"}, None)
    assert store.path.read_text() == "A=1\n"


def test_a_file_that_changed_since_it_was_read_is_left_alone(store: FileStore) -> None:
    base = store.read()
    store.path.write_text(TEXT + "NEW=1\n")
    with pytest.raises(Overtaken) as caught:
        store.write({**base.values, "A": "1"}, base)
    assert caught.value.changed == ("NEW",)
    assert store.path.read_text() == TEXT + "NEW=1\n"


def test_a_value_that_the_reader_can_t_take_is_refused(store: FileStore) -> None:
    base = store.read()
    with pytest.raises(CannotCarry) as caught:
        store.write({**base.values, "PEM": "canary=\n"}, base)
    assert caught.value.keys == ("PEM",)
    assert store.path.read_text() == TEXT


def test_a_file_that_git_would_commit_is_not_written(store: FileStore) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=store.path.parent, check=True)
    with pytest.raises(Refused, match="git would commit"):
        store.refuse_unfit({"A": "1"})


def test_an_environment_without_a_secret(environment: Callable[..., Environment]) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(environment(secrets=""), None)
    assert caught.value.lines() == [
        "error: prod names no secret (SECRETS)",
        "  why: it is aws:NAME (Secrets Manager) or file:PATH",
        "  next: put SECRETS=aws:NAME into env/prod.env",
    ]


def test_a_line_that_can_t_be_told_from_the_others_is_never_left_with_an_old_value(
    environment: Callable[..., Environment],
) -> None:
    store = FileStore("app.env", environment(secrets="file:app.env", app_env_dialect="bash"))
    text = "# mine\nA='it'\\''s'\nB=1\n"
    store.path.write_text(text)
    base = store.read()
    assert base.values == {"A": "it's", "B": "1"}
    with pytest.raises(Failed, match="can't change this file and keep its other lines"):
        store.write({"A": "new", "B": "1"}, base)
    assert store.path.read_text() == text
    store.write({"A": "it's", "B": "2"}, base)
    assert store.path.read_text() == "# mine\nA='it'\\''s'\nB=2\n"
