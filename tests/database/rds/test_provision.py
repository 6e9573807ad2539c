from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from longshore.aws.session import open_session
from longshore.database.connection.connect import explain
from longshore.database.connection.url import parse
from longshore.database.rds.api import Rds
from longshore.database.rds.master import Master, Unreachable, cannot_reach
from longshore.database.rds.provision import provision
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused, UsageError
from longshore.steps.plan import Planned
from longshore.steps.step import Done, ToDo, Unknown
from tests.database.rds import rds_sandbox
from tests.database.rds.rds_sandbox import (
    Told,
    a_run,
    assert_unseen,
    by_hand,
    client,
    described,
    killed,
    own,
    perform,
    prove,
    remove,
    secret_values,
)
from tests.database.rds.test_api import ENVIRONMENT
from tests.database.servers import free_port

RECORDS = 14
"""Of the journal of a whole db.provision: run.start, two for each of five steps that act, one for each of two that look, run.end."""
QUICK = (7, 11)
"""The acts of which it matters most that they are not done twice: the instance, the password."""


@pytest.mark.parametrize(
    ("fields", "storage", "text"),
    [
        (
            {"db_instance": ""},
            20,
            "error: DB_INSTANCE is not set (env/prod.env)\n  why: db.provision needs it\n  next: put DB_INSTANCE=bank-prod into env/prod.env",
        ),
        (
            {"app": "pg-bank"},
            20,
            "error: the application's database can't have this name (APP=pg-bank)\n  why: PostgreSQL or RDS uses it itself\n"
            "  next: set another APP in env/base.env",
        ),
        ({}, 19, "error: RDS has no such storage (--storage 19)\n  why: it is 20 to 65536 gigabytes"),
        (
            {},
            20,
            "error: DB_CA_FILE is not set, nothing was made (env/prod.env)\n"
            "  why: the database is connected to with sslmode=verify-full, and no system knows the CA of RDS\n"
            "  next: curl -o env/rds.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem\n"
            "  next: put DB_CA_FILE=env/rds.pem into env/prod.env",
        ),
    ],
)
def test_settings_with_which_it_could_not_succeed(fields: dict[str, Any], storage: int, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        provision(dataclasses.replace(ENVIRONMENT, **fields), storage=storage)
    assert str(caught.value) == text


def test_an_instance_out_of_reach_says_from_where_to_go_on() -> None:
    connection = parse("postgresql://bank:x@bank-prod.abc.eu-west-1.rds.amazonaws.com:5432/bank?sslmode=verify-full")
    assert str(cannot_reach(explain("connection timeout expired", connection), ENVIRONMENT)) == (
        "error: the instance can't be reached from this machine (bank on bank-prod.abc.eu-west-1.rds.amazonaws.com:5432)\n"
        "  why: the database did not answer within 10 s: it lets its VPC in only. What was made stays\n"
        "  next: from a machine in that VPC, or through its VPN or a tunnel (docs/rds.md): inv db.provision --env prod"
    )


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with rds_sandbox.running(tmp_path_factory.mktemp("rds") / "project") as environment:
        yield environment


@pytest.fixture
def instance(sandbox: Environment, request: pytest.FixtureRequest) -> Iterator[Environment]:
    """An environment whose instance and secret are the test's own, and aren't there yet."""
    environment = own(sandbox, rds_sandbox.named_after(request.node.name))
    yield environment
    remove(environment)


@pytest.fixture(scope="module")
def provisioned(sandbox: Environment) -> tuple[Environment, Told]:
    """One that is there, for the tests that leave it as it is."""
    environment, told = own(sandbox, "bank-there"), Told()
    perform(environment, provision(environment), told)
    return environment, told


@pytest.mark.integration
def test_the_end_state(provisioned: tuple[Environment, Told]) -> None:
    environment, told = provisioned
    prove(environment)
    assert_unseen(environment, *told.lines)
    url = secret_values(environment)["DB_SOURCE"]
    assert re.fullmatch(r"postgresql://bank:[A-Za-z0-9_-]{43}@127\.0\.0\.1:\d+/bank\?sslmode=disable", url)


@pytest.mark.integration
def test_the_instance_is_encrypted_private_and_backed_up(provisioned: tuple[Environment, Told]) -> None:
    environment, _ = provisioned
    found = described(environment)
    assert (found["StorageEncrypted"], found["PubliclyAccessible"], found["DeletionProtection"]) == (True, False, True)
    assert (found["BackupRetentionPeriod"], found["AutoMinorVersionUpgrade"]) == (7, True)
    assert {(tag["Key"], tag["Value"]) for tag in found["TagList"]} == {
        ("managed-by", "longshore"),
        ("longshore:environment", "sandbox"),
        ("app", "bank"),
    }


@pytest.mark.integration
def test_a_plan_names_the_cost_and_makes_nothing(instance: Environment) -> None:
    plan = a_run(instance).plan(provision(instance))
    found = {planned.step.name: planned.status for planned in plan.steps}
    assert found["instance"] == ToDo(
        "make it: PostgreSQL of RDS's own choice, db.t4g.micro, 20 GB, encrypted, not public, backups of 7 days, deletion protection",
        "it is billed by the hour from then on, until: inv db.deprovision --env sandbox",
    )
    assert found["database"] == ToDo(
        "make the role bank: it may log in, and is no superuser", "make the database bank, owned by bank"
    )
    assert found["proof"] == Unknown("known after DB_SOURCE is written")
    assert Rds(open_session(instance)).instance(instance.db_instance) is None
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secret_values(instance)


@pytest.mark.integration
def test_the_other_keys_of_the_secret_stay(instance: Environment) -> None:
    before = {"TOKEN_SYMMETRIC_KEY": "k" * 32, "DB_SOURCE": "postgresql://bank:local-one@localhost:5432/bank"}
    client(instance, "secretsmanager").create_secret(
        Name=instance.secrets.removeprefix("aws:"), SecretString=json.dumps(before)
    )
    plan = {planned.step.name: planned for planned in a_run(instance).plan(provision(instance)).steps}
    assert_changes(
        plan["credential"],
        "give the role bank a password",
        f"write DB_SOURCE: bank on {instance.db_instance}; it is now bank on localhost:5432",
    )
    perform(instance, provision(instance))
    after = secret_values(instance)
    assert list(after) == list(before)
    assert after["TOKEN_SYMMETRIC_KEY"] == before["TOKEN_SYMMETRIC_KEY"]
    prove(instance)


def assert_changes(planned: Planned, *changes: str) -> None:
    assert planned.status == ToDo(*changes)


@pytest.mark.integration
@pytest.mark.parametrize(
    "when",
    [
        *(pytest.param(str(n), marks=[] if n in QUICK else pytest.mark.exhaustive) for n in range(1, RECORDS + 1)),
        "secret",
    ],
)
def test_a_killed_run_is_gone_on_with(instance: Environment, when: str) -> None:
    """At each record of the journal, and when the role has its password but the secret doesn't."""
    said = killed(instance, "provision", when)
    told = Told()
    perform(instance, provision(instance), told)
    prove(instance)
    assert_unseen(instance, said, *told.lines)


@pytest.mark.integration
def test_an_instance_of_others_is_used_as_it_is(instance: Environment) -> None:
    by_hand(instance, ManageMasterUserPassword=True)
    told = Told()
    perform(instance, provision(instance), told)
    assert told.details["instance"].endswith(", not made by longshore: used as it is")
    assert told.details["subnet-group"] == f"{instance.db_instance} is there and has one"
    prove(instance)


@pytest.mark.integration
def test_a_master_password_that_rds_does_not_manage(instance: Environment) -> None:
    by_hand(instance, MasterUserPassword="made-by-hand")
    with pytest.raises(Failed) as caught:
        perform(instance, provision(instance))
    secret = f"aws:bank/{instance.db_instance}"
    assert caught.value.lines() == [
        f"error: RDS does not manage the master password of this instance ({instance.db_instance})",
        "  why: it was made by other means, so longshore has no way in",
        f"  next: aws rds modify-db-instance --db-instance-identifier {instance.db_instance} --manage-master-user-password --apply-immediately",
        f"  done: RDS instance {instance.db_instance}; not done: Database bank and role bank, DB_SOURCE in {secret}, Connection as bank",
        f"  go on: {caught.value.resume}",
    ]


@pytest.mark.integration
def test_a_database_of_anothers_is_refused(instance: Environment) -> None:
    by_hand(instance, ManageMasterUserPassword=True, DBName="bank")
    with pytest.raises(Refused, match="the database bank belongs to someone, nothing was touched"):
        perform(instance, provision(instance))


@pytest.mark.integration
def test_an_instance_that_nobody_reaches(provisioned: tuple[Environment, Told]) -> None:
    environment, _ = provisioned
    rds = Rds(open_session(environment))
    found = rds.instance(environment.db_instance)
    assert found is not None
    away = dataclasses.replace(found, port=free_port())
    with pytest.raises(Unreachable, match="nothing answers there"):
        Master(environment, rds.session, away, "disable").connect(a_run(environment)).__enter__()


@pytest.mark.integration
def test_a_right_that_is_missing_is_named(instance: Environment) -> None:
    someone = dataclasses.replace(instance, profile="github")
    with pytest.raises(Failed, match="secretsmanager:GetSecretValue"):
        perform(someone, provision(someone))
    assert Rds(open_session(instance)).instance(instance.db_instance) is None


@pytest.mark.integration
def test_a_throttled_api_is_asked_again(instance: Environment) -> None:
    rds_sandbox.fault(instance, "throttling", "DescribeDBInstances", 2)
    perform(instance, provision(instance))
    prove(instance)


@pytest.mark.integration
def test_a_look_at_what_is_there_acts_on_nothing(provisioned: tuple[Environment, Told]) -> None:
    environment, _ = provisioned
    plan = a_run(environment).plan(provision(environment))
    assert not plan.to_do
    assert all(isinstance(planned.status, Done) for planned in plan.steps)
