from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.errors import Interrupted, LongshoreError, Refused, UsageError
from longshore.secrets.dialects.dialect import CannotCarry
from longshore.secrets.push import WriteSecret
from longshore.secrets.recipes import pull, push, set_key
from longshore.secrets.secrets_manager import SecretsManager
from longshore.secrets.store import Overtaken
from longshore.secrets.wish import Wish
from longshore.steps import journal
from longshore.steps.run import Outcome, Run, Task
from longshore.steps.step import Done, ToDo
from tests.secrets.helpers import CANARY, Readers, Told, all_labels, secrets_client, stored

Perform = Callable[..., Outcome]


def create(values: dict[str, Any]) -> None:
    secrets_client().create_secret(Name="bank/prod", SecretString=json.dumps(values))


def changes(outcome: Outcome) -> tuple[str, ...]:
    status = outcome.plan.steps[-1].status
    assert isinstance(status, ToDo)
    return status.changes


def test_pull_writes_the_file_once(aws: Environment, perform: Perform) -> None:
    create({"DB_SOURCE": "postgresql://u:p@h/db?a=1&x=1", "NAME": CANARY})
    path = aws.root / "app.env"
    outcome = perform(pull(aws))
    assert outcome.acted == ("app-env",)
    assert changes(outcome) == (f"write {path} (2 keys, readable by its owner only)",)
    assert path.read_text() == (
        "# Written by longshore for viper from aws:bank/prod: do not edit, do not commit\n"
        f"DB_SOURCE='postgresql://u:p@h/db?a=1&x=1'\nNAME='{CANARY}'\n"
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert perform(pull(aws)).acted == ()
    path.chmod(0o644)
    assert changes(perform(pull(aws))) == (f"replace {path} (2 keys, readable by its owner only)",)


def test_pull_to_another_file(
    aws: Environment, perform: Perform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create({"A": "1"})
    monkeypatch.chdir(tmp_path)
    perform(pull(aws, Path("other.env")))
    assert (tmp_path / "other.env").read_text().endswith("\nA=1\n")


@pytest.mark.integration
def test_what_was_pulled_is_what_viper_reads(aws: Environment, perform: Perform, readers: Readers) -> None:
    create({"PLAIN": "1.10", "HARD": CANARY, "QUOTE": 'it\'s "x" $HOME #\\', "LINES": "a\nb"})
    perform(pull(aws))
    values = {"PLAIN": "1.10", "HARD": CANARY, "QUOTE": 'it\'s "x" $HOME #\\', "LINES": "a\nb"}
    for _, program, read in readers.read([(aws.root / "app.env").read_text()], "gotenv1.2", "gotenv1.6", "viper"):
        assert read == ({key.lower(): value for key, value in values.items()} if program == "viper" else values)


@pytest.mark.parametrize(
    "value", [None, "plain text", "[]", "{}", '{"A": 1, "A": 2}', '{"PEM": "x=\\ny", "A": "1"}', '{"a": "1", "A": "2"}']
)
def test_the_old_file_stays_on_any_failure(aws: Environment, perform: Perform, value: str | None) -> None:
    if value is not None:
        secrets_client().create_secret(Name="bank/prod", SecretString=value)
    path = aws.root / "app.env"
    path.write_text("OLD=1\n")
    with pytest.raises(UsageError) as caught:
        perform(pull(aws))
    assert len(caught.value.lines()) <= 5
    assert path.read_text() == "OLD=1\n"


def test_what_the_reader_can_t_take_is_named_with_the_next_command(aws: Environment, perform: Perform) -> None:
    create({"PEM": f"{CANARY}=\nx", "A": "1"})
    with pytest.raises(CannotCarry) as caught:
        perform(pull(aws))
    assert caught.value.lines() == [
        "error: viper would not read back exactly what is stored (PEM)",
        "  why: gotenv 1.2 takes what follows a line break for more of the file where the value holds =",
        "  next: inv secrets.set --env prod --key PEM",
    ]


def test_pull_of_the_developer_s_own_file_changes_nothing(
    environment: Callable[..., Environment], perform: Perform
) -> None:
    own = environment(secrets="file:app.env")
    (own.root / "app.env").write_text("# mine\nA=1\n")
    assert perform(pull(own)).acted == ()
    assert (own.root / "app.env").read_text() == "# mine\nA=1\n"
    assert perform(pull(own, own.root / "copy.env")).acted == ("app-env",)
    assert (own.root / "copy.env").read_text().endswith("\nA=1\n")


def test_push_creates_adds_changes_and_removes_nothing(aws: Environment, perform: Perform) -> None:
    file = aws.root / "my.env"
    file.write_text(f"A='{CANARY}'\n")
    assert changes(perform(push(aws, file))) == ("create aws:bank/prod", "add A")
    file.write_text("C=3\nB=2\n")
    assert changes(perform(push(aws, file))) == ("add B", "add C")
    file.write_text("B=4\nC=3\nD=\n")
    assert changes(perform(push(aws, file))) == ("add D", "change B")
    assert json.loads(stored()) == {"A": CANARY, "C": "3", "B": "4", "D": ""}
    outcome = perform(push(aws, file))
    assert outcome.acted == ()
    status = outcome.plan.steps[-1].status
    assert isinstance(status, Done)
    assert status.found.startswith("3 keys as given, 4 in all, version ")


def test_a_round_trip_through_the_file_changes_nothing(aws: Environment, perform: Perform) -> None:
    create({"A": "a'b\"c$d\\", "B": CANARY, "C": "\\n", "D": " x ", "E": "${HOME}"})
    perform(pull(aws))
    assert perform(push(aws, aws.root / "app.env")).acted == ()


def test_set_changes_one_key(aws: Environment, perform: Perform) -> None:
    create({"PORT": 5432, "A": "1"})
    assert changes(perform(set_key(aws, "A", CANARY))) == ("change A",)
    assert stored() == json.dumps({"PORT": 5432, "A": CANARY})


def test_set_and_push_for_the_developer_s_own_file(environment: Callable[..., Environment], perform: Perform) -> None:
    own = environment(secrets="file:app.env")
    assert changes(perform(set_key(own, "A", "1"))) == ("create file:app.env", "add A")
    assert changes(perform(set_key(own, "B", "2"))) == ("add B",)
    assert (own.root / "app.env").read_text() == "A=1\nB=2\n"


def test_a_key_that_differs_only_in_case_is_refused(aws: Environment, perform: Perform) -> None:
    create({"Key": "1"})
    with pytest.raises(UsageError) as caught:
        perform(set_key(aws, "KEY", "2"))
    assert caught.value.lines()[0] == "error: keys that differ only in case (KEY, Key)"


@pytest.mark.parametrize("key", ["", "a-b", "1A", "A B"])
def test_a_key_that_is_no_name_is_refused(aws: Environment, key: str) -> None:
    with pytest.raises(UsageError, match="a key is no name of a variable"):
        set_key(aws, key, "2")


def test_a_value_that_pull_will_refuse_is_warned_of(aws: Environment, perform: Perform) -> None:
    told = Told()
    perform(set_key(aws, "PEM", f"{CANARY}=\n"), told)
    assert told.warnings == ["PEM: viper would not read back exactly what is stored, so secrets.pull will refuse it"]


def test_a_secret_too_large_is_refused_while_it_is_planned(aws: Environment, tmp_path: Path) -> None:
    run = Run(Task("secrets.set", {}, "prod", "secret"), tmp_path / "state", Told())
    with pytest.raises(UsageError, match="more than a secret can hold"):
        run.plan(set_key(aws, "A", "x" * 65_536))


def test_another_account_is_refused_before_anything_is_read(
    aws: Environment, environment: Callable[..., Environment], perform: Perform
) -> None:
    create({"A": CANARY})
    with pytest.raises(Refused, match="wrong account"):
        perform(pull(environment(account_id="999999999999")))


def test_two_pushes_at_once_the_second_is_refused(aws: Environment, tmp_path: Path) -> None:
    create({"A": "1", "B": "1"})
    first, second = (
        WriteSecret(aws, SecretsManager("bank/prod", aws, open_session(aws)), Wish(values))
        for values in ({"A": "2"}, {"A": "3", "B": "3"})
    )
    run = Run(Task("secrets.push", {}, "prod", "secret"), tmp_path / "state", Told())
    for step in (first, second):
        assert isinstance(step.check(run), ToDo)
    first.apply(run)
    assert isinstance(first.check(run), Done)
    for late in (lambda: second.check(run), lambda: second.apply(run)):
        with pytest.raises(Overtaken) as caught:
            late()
        assert caught.value.changed == ("A",)
    assert json.loads(stored()) == {"A": "2", "B": "1"}


@pytest.mark.parametrize("operation", ["PutSecretValue", "UpdateSecretVersionStage", "DescribeSecret"])
def test_a_push_that_was_cut_off_converges_when_it_is_run_again(
    aws: Environment, perform: Perform, operation: str
) -> None:
    create({"A": "1", "B": "1"})
    steps = set_key(aws, "A", CANARY)
    guard = steps[0]
    assert isinstance(guard, IdentityGuard)

    def cut(**_: object) -> None:
        raise Interrupted("interrupted")

    guard.session.core.register(f"before-call.secretsmanager.{operation}", cut)
    with pytest.raises(Interrupted):
        perform(steps)
    perform(set_key(aws, "A", CANARY))
    assert json.loads(stored()) == {"A": CANARY, "B": "1"}
    perform(set_key(aws, "B", "2"))
    assert all_labels() == ["AWSCURRENT", "AWSPREVIOUS"]


def test_a_setting_that_is_named_like_the_environment_leaves_the_journal_true(
    aws: Environment, perform: Perform, tmp_path: Path
) -> None:
    create({"ENVIRONMENT": "prod-eu", "DB_SOURCE": CANARY})
    run = perform(set_key(aws, "ENVIRONMENT", "prod"))
    record = journal.find(tmp_path / "state" / "runs", run.id)
    assert (record.environment, record.task, record.outcome) == ("prod", "secrets.push", "ok")


def test_no_value_is_in_the_journal_the_plan_or_an_error(aws: Environment, perform: Perform, tmp_path: Path) -> None:
    told = Told()
    create({"A": "1"})
    perform(set_key(aws, "A", CANARY), told)
    perform(pull(aws), told)
    create_fault = f"{CANARY}=\n{CANARY}"
    perform(set_key(aws, "B", create_fault), told)
    with pytest.raises(LongshoreError) as caught:
        perform(pull(aws), told)
    seen = [*told.ends, *told.notes, *told.warnings, str(caught.value), repr(caught.value.__dict__)]
    seen += [path.read_text() for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert not [text for text in seen if CANARY in text]
