from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.environments.environment import Environment
from longshore.environments.keys import KEYS
from longshore.environments.load import choose, load
from longshore.errors import Exit, UsageError
from tests.environments.project import faults, write


def origin(environment: Environment, key: str) -> str:
    return str((environment.origins or {})[key])


def test_an_environment(project: Path) -> None:
    environment = load(project, "prod", variables={})
    assert (environment.name, environment.root, environment.state) == ("prod", project, project / ".longshore")
    assert (environment.profile, environment.region, environment.account_id) == (
        "github",
        "eu-central-1",
        "111122223333",
    )
    assert (environment.secrets, environment.app, environment.app_env_dialect) == ("aws:bank/prod", "bank", "viper")
    assert (environment.migrations, environment.db_url_key) == (project / "migrations", "DB_SOURCE")
    assert (environment.protected, environment.migration_history, environment.subnets) == (True, True, ())
    assert (environment.like, environment.is_sandbox, environment.aws_config_file) == ("", False, None)
    assert origin(environment, "AWS_REGION") == "env/base.env:2"
    assert origin(environment, "AWS_PROFILE") == "env/prod.env:1"
    assert origin(environment, "APP_ENV_DIALECT") == "default"
    with pytest.raises(dataclasses.FrozenInstanceError):
        environment.name = "dev"  # type: ignore[misc]


def test_the_local_file_beats_the_committed_one_which_beats_base(project: Path) -> None:
    write(project, base="DEFAULT_ENV=dev\nAPP=base\nAWS_REGION=eu-west-1\nK8S_NAMESPACE=base\n")
    write(project, dev="APP=dev\nK8S_NAMESPACE=dev\n", dev_local="\nAPP=local\n", prod_local="APP=other\n")
    environment = load(project, "dev", variables={})
    assert (environment.region, environment.namespace, environment.app) == ("eu-west-1", "dev", "local")
    found = [origin(environment, key) for key in ("AWS_REGION", "K8S_NAMESPACE", "APP")]
    assert found == ["env/base.env:3", "env/dev.env:2", "env/dev.local.env:2"]


def test_an_empty_value_is_a_value(project: Path) -> None:
    write(project, base="DEFAULT_ENV=dev\nK8S_NAMESPACE=base\n", dev="K8S_NAMESPACE=\n")
    environment = load(project, "dev", variables={})
    assert (environment.namespace, origin(environment, "K8S_NAMESPACE")) == ("", "env/dev.env:1")


@pytest.mark.parametrize(
    ("flag", "variables", "profile", "source"),
    [
        (None, {}, "default", "env/dev.env:1"),
        (None, {"AWS_PROFILE": "shell"}, "shell", "AWS_PROFILE of the shell"),
        (None, {"AWS_PROFILE": ""}, "", "AWS_PROFILE of the shell"),
        ("flag", {"AWS_PROFILE": "shell"}, "flag", "--profile"),
        ("", {"AWS_PROFILE": "shell"}, "", "--profile"),
        (None, {"AWS_REGION": "us-east-1", "APP": "x", "AWS_DEFAULT_PROFILE": "y"}, "default", "env/dev.env:1"),
    ],
)
def test_who_acts(project: Path, flag: str | None, variables: dict[str, str], profile: str, source: str) -> None:
    environment = load(project, "dev", flag, variables)
    assert (environment.profile, origin(environment, "AWS_PROFILE")) == (profile, source)
    assert (environment.region, environment.app) == ("eu-central-1", "bank"), "no other variable overrides a file"


def test_a_profile_of_the_shell_that_is_none(project: Path) -> None:
    with pytest.raises(UsageError, match="AWS_PROFILE of the shell: AWS_PROFILE is malformed"):
        load(project, "dev", variables={"AWS_PROFILE": "a\nb"})


# The sandbox.


def test_the_sandbox_plays_an_environment(project: Path) -> None:
    write(project, prod_local="APP=local\n")
    environment = load(project, "sandbox", variables={})
    assert (environment.name, environment.like, environment.is_sandbox) == ("sandbox", "prod", True)
    assert (environment.secrets, environment.db_instance, environment.protected) == ("aws:bank/prod", "bank-prod", True)
    assert (environment.profile, origin(environment, "AWS_PROFILE")) == ("default", "env/sandbox.env:2")
    assert origin(environment, "SECRETS") == "env/prod.env:3"
    assert environment.app == "bank", "what a developer has in prod.local.env is not played"
    assert environment.aws_config_file is None


def test_what_the_sandbox_wrote_comes_last(project: Path) -> None:
    folder = project / ".longshore" / "sandbox"
    folder.mkdir(parents=True)
    (folder / "sandbox.env").write_text(
        f"AWS_CONFIG_FILE={folder}/config\nAWS_SHARED_CREDENTIALS_FILE={folder}/credentials\nDB_CA_FILE={folder}/ca.pem\n"
    )
    write(project, sandbox_local="DB_CA_FILE=mine.pem\n")
    environment = load(project, "sandbox", variables={})
    assert environment.aws_config_file == folder / "config"
    assert environment.aws_credentials_file == folder / "credentials"
    assert environment.db_ca_file == folder / "ca.pem"
    assert origin(environment, "AWS_CONFIG_FILE") == ".longshore/sandbox/sandbox.env:1"
    assert load(project, "prod", variables={}).aws_config_file is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LIKE=prd\n", "env/sandbox.env:1: LIKE names no environment; did you mean prod?"),
        ("LIKE=sandbox\n", "env/sandbox.env:1: LIKE names no environment"),
        ("LIKE=\n", "env/sandbox.env:1: LIKE names no environment"),
        ("LIKE=../prod\n", "env/sandbox.env:1: LIKE names no environment"),
        ("LIKE=base\n", "env/sandbox.env:1: LIKE names no environment"),
    ],
)
def test_like_names_none(project: Path, text: str, expected: str) -> None:
    write(project, sandbox=text)
    first = faults(project, "sandbox")[0]
    assert first.startswith(expected)


def test_a_fault_of_what_it_plays_is_its_own(project: Path) -> None:
    write(project, prod="AWS_REGION=nowhere\n")
    assert faults(project, "sandbox") == [
        "env/prod.env:1: AWS_REGION is malformed: expected a region such as eu-central-1"
    ]


# Faults.


def test_a_malformed_value_is_told_with_its_line_and_not_repeated(project: Path) -> None:
    write(project, dev="\nAWS_ACCOUNT_ID=hunter2\nAPP_ENV_DIALECT=vyper\nPROTECTED=maybe\nUNKNOWN=1\n")
    assert faults(project) == [
        "env/dev.env:5: unknown key UNKNOWN",
        "env/dev.env:2: AWS_ACCOUNT_ID is malformed: expected twelve digits",
        "env/dev.env:3: APP_ENV_DIALECT is malformed: expected one of viper, godotenv, docker, kubectl, compose, systemd, bash, "
        "node, python, github; did you mean viper?",
        "env/dev.env:4: PROTECTED is malformed: expected true or false",
    ]
    with pytest.raises(UsageError) as raised:
        load(project, "dev", variables={})
    assert raised.value.code is Exit.USAGE
    assert raised.value.lines() == [
        "error: environment dev can't be used",
        "  why: env/dev.env:5: unknown key UNKNOWN (and 3 more)",
        "  next: inv env.check --env dev",
    ]


def test_a_value_that_a_later_layer_mends_is_no_fault(project: Path) -> None:
    write(project, dev="AWS_REGION=nowhere\n", dev_local="AWS_REGION=eu-west-1\n")
    assert load(project, "dev", variables={}).region == "eu-west-1"


@pytest.mark.parametrize("name", ["../env/prod", "--plan", "", "a b", "prod\n", "ü", "/etc/passwd", ".", "prod.local"])
def test_hostile_names(project: Path, name: str) -> None:
    with pytest.raises(UsageError):
        load(project, name, variables={})
    with pytest.raises(UsageError) as raised:
        choose(project, name, {})
    assert raised.value.on == "--env"
    assert raised.value.why == "the environments are dev, prod, sandbox (env/NAME.env)"


# Which one.


def test_the_flag_then_the_variable_then_the_default(project: Path) -> None:
    assert choose(project, "prod", {"LONGSHORE_ENV": "sandbox"}) == "prod"
    assert choose(project, None, {"LONGSHORE_ENV": "sandbox"}) == "sandbox"
    assert choose(project, None, {"LONGSHORE_ENV": ""}) == "dev"
    assert choose(project, None, {}) == "dev"


@pytest.mark.parametrize(
    ("flag", "variables", "base", "source"),
    [
        ("prd", {}, "DEFAULT_ENV=dev\n", "--env"),
        (None, {"LONGSHORE_ENV": "prd"}, "DEFAULT_ENV=dev\n", "LONGSHORE_ENV"),
        (None, {}, "\nDEFAULT_ENV=prd\n", "env/base.env:2"),
    ],
)
def test_an_unknown_one(project: Path, flag: str | None, variables: dict[str, str], base: str, source: str) -> None:
    write(project, base=base)
    with pytest.raises(UsageError) as raised:
        choose(project, flag, variables)
    assert raised.value.lines() == [
        f"error: there is no environment 'prd'; did you mean prod? ({source})",
        "  why: the environments are dev, prod, sandbox (env/NAME.env)",
        "  next: inv env.list",
    ]


def test_none_is_named(project: Path) -> None:
    write(project, base="APP=bank\n")
    with pytest.raises(UsageError) as raised:
        choose(project, None, {})
    assert raised.value.lines() == [
        "error: no environment is named (--env)",
        "  why: it is one of dev, prod, sandbox",
        "  next: set DEFAULT_ENV in env/base.env",
    ]


# Whatever stands in a file.

KEY = st.sampled_from([key.name for key in KEYS])
BEGINNING = st.sampled_from(["export ", "'", "APP='", 'APP="', "~", "SECRETS=file:"])
LINE = st.one_of(
    st.text(max_size=40),
    st.builds("{}={}".format, KEY, st.text(max_size=30)),
    st.builds("{}{}{}".format, BEGINNING, st.text(max_size=9), st.sampled_from(["", "'", '"', "\\"])),
    st.builds("{}=~{}".format, st.sampled_from(["MIGRATIONS", "DB_CA_FILE", "K8S_OVERLAY"]), st.text(max_size=9)),
)
CONTENT = st.lists(LINE, max_size=6).map("\n".join).map(lambda text: text.encode(errors="replace"))


@given(CONTENT | st.binary(max_size=80))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_is_anything_but_an_environment_or_a_usage_error(project: Path, content: bytes) -> None:
    write(project, dev=content)
    for name in ("dev", "sandbox"):
        write(project, prod=content)
        try:
            assert isinstance(load(project, name, variables={}), Environment)
        except UsageError as error:
            assert len(error.lines()) <= 5
