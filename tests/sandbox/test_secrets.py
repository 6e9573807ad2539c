from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import psycopg
import pytest
from botocore.exceptions import ClientError

from longshore.environments.environment import Environment
from longshore.sandbox import client_files, kept, secrets, settings
from longshore.sandbox.layout import Layout
from tests.sandbox import project

pytestmark = pytest.mark.integration


def client(environment: Environment, profile: str) -> Any:
    keep = kept.load(Layout.of(environment))
    assert keep is not None
    key = keep.keys[profile]
    return boto3.client(
        "secretsmanager", region_name=project.REGION, endpoint_url=client_files.endpoint(keep),
        aws_access_key_id=key.id, aws_secret_access_key=key.secret,
    )  # fmt: skip


def read(environment: Environment, profile: str, name: str) -> dict[str, str]:
    content: dict[str, str] = json.loads(client(environment, profile).get_secret_value(SecretId=name)["SecretString"])
    return content


def test_the_played_environments_secret_is_the_url_of_a_database_that_answers(running: Environment) -> None:
    content = read(running, "default", "bank/prod")
    assert list(content) == ["DB_SOURCE"]
    with psycopg.connect(content["DB_SOURCE"]) as connection:
        assert connection.execute("SELECT current_user, current_database()").fetchone() == ("bank", "bank")


def test_the_password_in_the_url_is_escaped(running: Environment) -> None:
    keep = kept.load(Layout.of(running))
    assert keep is not None
    url = urlsplit(read(running, "default", "bank/prod")["DB_SOURCE"])
    assert unquote(url.password or "") == keep.application_password
    assert (url.scheme, url.query, url.path) == ("postgresql", "sslmode=disable", "/bank")


def test_another_environments_secret_is_complete_and_a_developer_may_read_it(running: Environment) -> None:
    content = read(running, "developer", "bank/dev")
    assert set(content) == {"DB_SOURCE", "TOKEN_SYMMETRIC_KEY", "ACCESS_TOKEN_DURATION", "SERVER_ADDRESS"}
    assert re.fullmatch(r"[A-Za-z0-9]{32}", content["TOKEN_SYMMETRIC_KEY"])
    assert content["ACCESS_TOKEN_DURATION"] == "15m"


@pytest.mark.parametrize(
    ("profile", "name"), [("developer", "bank/prod"), ("tester", "bank/dev"), ("tester", "bank/prod")]
)
def test_who_may_not_read_is_refused(running: Environment, profile: str, name: str) -> None:
    with pytest.raises(ClientError) as caught:
        read(running, profile, name)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_secret_that_is_there_stays_as_it_is(running: Environment) -> None:
    layout = Layout.of(running)
    keep, wishes = kept.load(layout), settings.read(layout)
    assert keep is not None
    assert wishes is not None
    admin = client(running, "default")
    versions = admin.describe_secret(SecretId="bank/dev")["VersionIdsToStages"]
    secrets.seed(admin, wishes, keep)
    assert admin.describe_secret(SecretId="bank/dev")["VersionIdsToStages"] == versions


def test_the_applications_whole_secret_is_there_to_push(running: Environment) -> None:
    content = secrets.of_application(running)
    assert content["DB_SOURCE"] == read(running, "default", "bank/prod")["DB_SOURCE"]
    assert set(content) == {"DB_SOURCE", "TOKEN_SYMMETRIC_KEY", "ACCESS_TOKEN_DURATION", "SERVER_ADDRESS"}
