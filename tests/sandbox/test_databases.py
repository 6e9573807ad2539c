from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.sandbox import client_files, kept, lifecycle, processes
from longshore.sandbox.account import account
from longshore.sandbox.cloud.databases import Databases, Endpoint
from longshore.sandbox.databases import PostgresDatabases
from longshore.sandbox.layout import Layout
from longshore.sandbox.postgres import Place
from longshore.sandbox.status import status
from tests.sandbox import project

pytestmark = pytest.mark.integration

PASSWORD = "a:b@c/d' \"e%"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    layout = Layout(tmp_path / "state")
    yield Place.of(layout)
    processes.stop_all(layout, layout.data(account()))
    shutil.rmtree(layout.data(account()))


@pytest.fixture
def databases(place: Place) -> Iterator[PostgresDatabases]:
    databases = PostgresDatabases(place)
    yield databases
    databases.stop()


def login(
    endpoint: Endpoint, database: str = "bank", password: str = PASSWORD
) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=endpoint.host, port=endpoint.port, user="master", password=password, dbname=database)


def test_they_are_what_the_cloud_asks_for(databases: PostgresDatabases) -> None:
    asked: Databases = databases
    assert asked is databases


def test_the_master_user_is_rds_like(databases: PostgresDatabases) -> None:
    endpoint = databases.create("one", "master", PASSWORD, "bank")
    with login(endpoint) as connection:
        rights = "SELECT rolsuper, rolcreatedb, rolcreaterole, pg_has_role('rds_superuser', 'member') FROM pg_roles WHERE rolname = 'master'"
        assert connection.execute(rights).fetchone() == (False, True, True, True)
        connection.execute("CREATE ROLE app LOGIN")
        connection.execute("CREATE EXTENSION citext")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        login(endpoint, password="wrong")


def test_without_a_database_there_is_only_the_usual_one(databases: PostgresDatabases) -> None:
    endpoint = databases.create("one", "master", PASSWORD, "")
    with login(endpoint, "postgres") as connection:
        found = connection.execute("SELECT array_agg(datname ORDER BY datname) FROM pg_database").fetchone()
    assert found == (["postgres", "template0", "template1"],)


def test_a_snapshot_outlives_its_server_and_is_restored_with_its_passwords(databases: PostgresDatabases) -> None:
    endpoint = databases.create("one", "master", PASSWORD, "bank")
    with login(endpoint) as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
    databases.snapshot("one", "rds:before-1")
    with login(endpoint) as connection:
        connection.execute("DROP TABLE t")
    databases.set_password("one", "master", "another")
    databases.snapshot("one", "after")
    databases.delete("one")
    databases.delete("one")

    before = databases.restore("rds:before-1", "two")
    with login(before) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1000,)
    after = databases.restore("after", "three")
    with login(after, password="another") as connection:
        assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_a_snapshot_of_the_same_name_is_replaced(databases: PostgresDatabases) -> None:
    endpoint = databases.create("one", "master", PASSWORD, "bank")
    databases.snapshot("one", "s")
    with login(endpoint) as connection:
        connection.execute("CREATE TABLE later ()")
    databases.snapshot("one", "s")
    with login(databases.restore("s", "two")) as connection:
        assert connection.execute("SELECT to_regclass('later')::text").fetchone() == ("later",)


def test_delete_leaves_no_process_and_no_file(databases: PostgresDatabases, place: Place) -> None:
    endpoint = databases.create("one", "master", PASSWORD, "bank")
    connected = login(endpoint)
    databases.delete("one")
    assert processes.living(place.layout, place.data) == []
    assert list((place.data / "rds").iterdir()) == []
    with pytest.raises(psycopg.OperationalError):
        login(endpoint)
    connected.close()


def test_what_is_not_there(databases: PostgresDatabases) -> None:
    for ask in (lambda: databases.snapshot("none", "s"), lambda: databases.set_password("none", "master", "x")):
        with pytest.raises(Failed, match=r"there is no such database server \(none\)"):
            ask()
    with pytest.raises(Failed, match=r"there is no such snapshot \(s\)"):
        databases.restore("s", "one")


def test_no_password_is_in_a_log(databases: PostgresDatabases, place: Place) -> None:
    endpoint = databases.create("one", "master", PASSWORD, "bank")
    with login(endpoint) as connection, pytest.raises(psycopg.Error):
        connection.execute("CREATE ROLE postgres_like SUPERUSER PASSWORD 'canary-in-a-statement'")
    databases.set_password("one", "master", "another-canary")
    text = "".join(path.read_text() for path in place.layout.logs.iterdir())
    assert "permission denied" in text
    for secret in (PASSWORD, "canary-in-a-statement", "another-canary"):
        assert secret not in text


def until(answer: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not answer():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def test_rds_by_its_api(make_project: Callable[[str], Environment]) -> None:
    import boto3

    environment = make_project("p")
    project.run(environment, lifecycle.up)
    layout = Layout.of(environment)
    keep = kept.load(layout)
    assert keep is not None
    key = keep.keys["default"]
    rds = boto3.client(
        "rds", region_name=project.REGION, endpoint_url=client_files.endpoint(keep),
        aws_access_key_id=key.id, aws_secret_access_key=key.secret,
    )  # fmt: skip
    soon = {"Delay": 1, "MaxAttempts": 60}

    def made(identifier: str) -> Endpoint:
        rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=identifier, WaiterConfig=soon)
        found = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]["Endpoint"]
        return Endpoint(found["Address"], found["Port"])

    rds.create_db_instance(
        DBInstanceIdentifier="bank-prod", Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="master", MasterUserPassword="long-enough!", DBName="bank",
    )  # fmt: skip
    endpoint = made("bank-prod")
    with login(endpoint, password="long-enough!") as connection:
        connection.execute("CREATE TABLE t AS SELECT 42 AS n")
    assert [one["name"] for one in status(environment).data["servers"]] == ["aws", "postgres", "rds-bank-prod"]
    assert lifecycle.is_up(environment)

    rds.create_db_snapshot(DBInstanceIdentifier="bank-prod", DBSnapshotIdentifier="before")
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="before", WaiterConfig=soon)
    with login(endpoint, password="long-enough!") as connection:
        connection.execute("DROP TABLE t")

    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="restored", DBSnapshotIdentifier="before")
    with login(made("restored"), password="long-enough!") as connection:
        assert connection.execute("SELECT n FROM t").fetchone() == (42,)

    killed = next(one for one in processes.recorded(layout) if one.name == "rds-bank-prod")
    os.kill(killed.pid, signal.SIGKILL)
    until(lambda: "rds-bank-prod answers again" in layout.supervisor_log.read_text())
    login(endpoint, password="long-enough!").close()

    rds.delete_db_instance(DBInstanceIdentifier="bank-prod", FinalDBSnapshotIdentifier="last")
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="bank-prod", WaiterConfig=soon)
    assert [one["name"] for one in status(environment).data["servers"]] == ["aws", "postgres", "rds-restored"]
    assert rds.describe_db_snapshots(DBSnapshotIdentifier="last")["DBSnapshots"][0]["Status"] == "available"

    recorded = processes.recorded(layout)
    project.run(environment, lifecycle.down)
    assert not any(one.server.alive() for one in recorded)
    assert list(layout.data(account()).glob("rds/*")) == []
