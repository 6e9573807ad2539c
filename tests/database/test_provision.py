from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest
from botocore.exceptions import ClientError

from longshore.aws.session import open_session
from longshore.database.connect import explain
from longshore.database.master import Master, Unreachable, cannot_reach
from longshore.database.provision import provision
from longshore.database.provision_credential import Credential
from longshore.database.provision_database import Access
from longshore.database.rds import Rds
from longshore.database.url import parse
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused, UsageError
from longshore.secrets.secret import Secret
from longshore.secrets.store import Overtaken, Store, open_store
from longshore.steps.plan import Planned
from longshore.steps.step import Done, ToDo, Unknown
from tests.database import rds_sandbox
from tests.database.rds_sandbox import Told, a_run, client, killed, own, perform, remove, secret_values
from tests.database.servers import free_port
from tests.database.test_rds import ENVIRONMENT

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


def described(environment: Environment) -> dict[str, Any]:
    found = client(environment, "rds").describe_db_instances(DBInstanceIdentifier=environment.db_instance)
    assert len(found["DBInstances"]) == 1
    one: dict[str, Any] = found["DBInstances"][0]
    return one


def master(environment: Environment) -> psycopg.Connection[Any]:
    found = described(environment)
    login = json.loads(master_secret(environment))
    assert set(login) == {"username", "password"}
    where = found["Endpoint"]
    return psycopg.connect(
        host=where["Address"], port=where["Port"], user=login["username"], password=login["password"], dbname="postgres",
        sslmode="disable", autocommit=True,
    )  # fmt: skip


def master_secret(environment: Environment) -> str:
    arn = described(environment)["MasterUserSecret"]["SecretArn"]
    text: str = client(environment, "secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return text


def prove(environment: Environment) -> None:
    """The end state: one instance, one role, one database of its own, and a secret that opens it."""
    assert described(environment)["DBInstanceStatus"] == "available"
    url = secret_values(environment)["DB_SOURCE"]
    with psycopg.connect(url) as database:
        row = database.execute("SELECT current_user, current_database()").fetchone()
        assert row == ("bank", "bank")
        database.execute("CREATE TABLE proof (id int)")
        database.rollback()
    with master(environment) as connection:
        role = connection.execute("SELECT rolsuper, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = 'bank'")
        assert role.fetchall() == [(False, False, True)]
        owner = connection.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'bank'")
        assert owner.fetchall() == [("bank",)]
    assert perform(environment, provision(environment)).acted == ()


def assert_unseen(environment: Environment, *texts: str) -> None:
    """No password is in what was said, nor in any journal."""
    login = json.loads(master_secret(environment))
    passwords = [parse(secret_values(environment)["DB_SOURCE"]).password, login["password"]]
    journals = [path.read_text() for path in (environment.state / "runs").glob("*.jsonl")]
    assert journals
    for password in passwords:
        assert len(password) >= 20
        assert not [text for text in (*texts, *journals) if password in text or json.dumps(password)[1:-1] in text]


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
def test_only_the_vpc_may_come_in(provisioned: tuple[Environment, Told]) -> None:
    environment, _ = provisioned
    ids = [group["VpcSecurityGroupId"] for group in described(environment)["VpcSecurityGroups"]]
    (group,) = client(environment, "ec2").describe_security_groups(GroupIds=ids)["SecurityGroups"]
    (rule,) = group["IpPermissions"]
    assert (rule["FromPort"], rule["ToPort"], [one["CidrIp"] for one in rule["IpRanges"]]) == (
        5432,
        5432,
        ["172.31.0.0/16"],
    )


@pytest.mark.integration
def test_the_subnets_are_in_several_zones(provisioned: tuple[Environment, Told]) -> None:
    environment, _ = provisioned
    found = client(environment, "rds").describe_db_subnet_groups(DBSubnetGroupName="longshore-bank-there")
    zones = {subnet["SubnetAvailabilityZone"]["Name"] for subnet in found["DBSubnetGroups"][0]["Subnets"]}
    assert len(zones) >= 2


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


class Contested:
    """A store into which somebody else writes between our reading and our writing, once."""

    def __init__(self, store: Store, other: Store, key: str) -> None:
        self.where = store.where
        self._store, self._other, self._key = store, other, key
        self.refuse_unfit = store.refuse_unfit
        self.read = store.read
        self._calm = False

    def write(self, values: Mapping[str, str], base: Secret | None) -> Secret:
        if not self._calm:
            self._calm = True
            now = self._other.read()
            self._other.write({**now.values, self._key: "somebody-else's"}, now)
        return self._store.write(values, base)


def contest(environment: Environment, key: str) -> None:
    session = open_session(environment)
    store, other = (open_store(environment, session) for _ in range(2))
    present = store.read()
    store.write({**present.values, "DB_SOURCE": "postgresql://bank:x@localhost/bank"}, present)
    credential = Credential(Access(environment, Rds(session)), Contested(store, other, key))
    perform(environment, [credential], task=f"contest.{key}")


@pytest.mark.integration
def test_a_key_that_is_written_meanwhile_is_kept(instance: Environment) -> None:
    perform(instance, provision(instance))
    contest(instance, "OTHER")
    assert secret_values(instance)["OTHER"] == "somebody-else's"
    prove(instance)


@pytest.mark.integration
def test_our_own_key_written_meanwhile_is_not_overwritten(instance: Environment) -> None:
    perform(instance, provision(instance))
    with pytest.raises(Overtaken, match="keys that changed meanwhile: DB_SOURCE"):
        contest(instance, "DB_SOURCE")
    assert secret_values(instance)["DB_SOURCE"] == "somebody-else's"
    perform(instance, provision(instance))
    prove(instance)


@pytest.mark.integration
def test_a_role_whose_password_was_changed_gets_another(instance: Environment) -> None:
    perform(instance, provision(instance))
    client(instance, "rds").modify_db_instance(
        DBInstanceIdentifier=instance.db_instance, RotateMasterUserPassword=True, ApplyImmediately=True
    )
    rds_sandbox.until(lambda: described(instance)["DBInstanceStatus"] == "available")
    with master(instance) as connection:
        connection.execute("ALTER ROLE bank PASSWORD 'by hand'")
    assert perform(instance, provision(instance)).acted == ("credential",)
    prove(instance)


@pytest.mark.integration
def test_what_works_already_is_left_as_it_is(instance: Environment) -> None:
    perform(instance, provision(instance))
    with master(instance) as connection:
        connection.execute("CREATE ROLE service LOGIN PASSWORD 'made by hand'")
    text = json.dumps(
        {"DB_SOURCE": secret_values(instance)["DB_SOURCE"].replace("//bank:", "//service:made%20by%20hand@", 1)}
    )
    url = re.sub(r"hand@.*?@", "hand@", text)
    client(instance, "secretsmanager").put_secret_value(
        SecretId=instance.secrets.removeprefix("aws:"), SecretString=url
    )
    told = Told()
    assert perform(instance, provision(instance), told).acted == ()
    assert told.details["credential"].endswith(" as service")


def by_hand(environment: Environment, **settings: Any) -> None:
    client(environment, "rds").create_db_instance(
        DBInstanceIdentifier=environment.db_instance, Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="someone", **settings,
    )  # fmt: skip


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
    assert caught.value.lines()[:4] == [
        f"error: RDS does not manage the master password of this instance ({instance.db_instance})",
        "  why: it was made by other means, so longshore has no way in",
        f"  next: aws rds modify-db-instance --db-instance-identifier {instance.db_instance} --manage-master-user-password --apply-immediately",
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
def test_subnets_in_one_zone_won_t_do(instance: Environment) -> None:
    subnet = client(instance, "ec2").describe_subnets()["Subnets"][0]
    alone = dataclasses.replace(instance, subnets=(subnet["SubnetId"],))
    with pytest.raises(UsageError) as caught:
        perform(alone, provision(alone))
    assert str(caught.value) == (
        f"error: RDS needs subnets in two availability zones or more ({subnet['SubnetId']})\n"
        f"  why: these are in {subnet['AvailabilityZone']} only\n"
        "  next: set SUBNETS in env/sandbox.env (aws ec2 describe-subnets lists them)"
    )


@pytest.mark.integration
def test_a_subnet_that_is_not_there(instance: Environment) -> None:
    wrong = dataclasses.replace(instance, subnets=("subnet-0123456789abcdef0",))
    with pytest.raises(UsageError, match=r"could not look at SUBNETS \(subnet-0123456789abcdef0\)"):
        perform(wrong, provision(wrong))


@pytest.mark.integration
def test_no_default_vpc(instance: Environment) -> None:
    elsewhere = dataclasses.replace(instance, region="eu-west-3")
    ec2 = client(elsewhere, "ec2")
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=vpc["VpcId"])
    with pytest.raises(UsageError) as caught:
        perform(elsewhere, provision(elsewhere))
    assert str(caught.value) == (
        "error: there is no default VPC to put the database in (eu-west-3)\n"
        "  why: SUBNETS is not set, and the account's default VPC was deleted\n"
        "  next: set SUBNETS in env/sandbox.env (aws ec2 describe-subnets lists them)"
    )


@pytest.mark.integration
def test_a_security_group_of_anothers_is_refused(instance: Environment) -> None:
    ec2 = client(instance, "ec2")
    vpc = next(one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if one["IsDefault"])
    ec2.create_security_group(GroupName=f"longshore-{instance.db_instance}", Description="by hand", VpcId=vpc)
    with pytest.raises(Refused, match="there is a security group of that name, and it isn't longshore's for sandbox"):
        perform(instance, provision(instance))


@pytest.mark.integration
def test_security_groups_of_the_environment_are_taken(instance: Environment) -> None:
    ec2 = client(instance, "ec2")
    vpc = next(one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if one["IsDefault"])
    group = ec2.create_security_group(GroupName="wide-open", Description="by hand", VpcId=vpc)["GroupId"]
    world = [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=world)
    environment, told = dataclasses.replace(instance, security_groups=(group,)), Told()
    perform(environment, provision(environment), told)
    assert [one["VpcSecurityGroupId"] for one in described(environment)["VpcSecurityGroups"]] == [group]
    assert f"{group} lets every address in to port 5432; the instance itself gets no public address" in told.lines


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
def test_two_instances_do_not_share_a_role_or_a_password(
    instance: Environment, provisioned: tuple[Environment, Told], tmp_path: Path
) -> None:
    perform(instance, provision(instance))
    passwords = {parse(secret_values(one)["DB_SOURCE"]).password for one in (instance, provisioned[0])}
    assert len(passwords) == 2


@pytest.mark.integration
def test_a_look_at_what_is_there_acts_on_nothing(provisioned: tuple[Environment, Told]) -> None:
    environment, _ = provisioned
    plan = a_run(environment).plan(provision(environment))
    assert not plan.to_do
    assert all(isinstance(planned.status, Done) for planned in plan.steps)
