from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from longshore.environments.environment import SANDBOX
from longshore.environments.load import load
from longshore.sandbox import client_files
from longshore.sandbox.kept import AccessKey, Kept
from longshore.sandbox.layout import Layout
from longshore.sandbox.settings import Settings
from tests.sandbox import project

KEPT = Kept(
    keys={name: AccessKey(f"AKIA{name}", f"{name}/+") for name in ("default", "github", "developer", "tester")},
    administrator_password="root",
    application_password="a:b\\c 'd'\"",
    token_symmetric_key="t",
    faults_token="f",
    ports={"aws": 4566, "postgres": 5433, "registry": 5000},
)
SETTINGS = Settings("111122223333", "eu-central-1", "bank", "DB_SOURCE")


def test_config() -> None:
    assert client_files.aws_config(SETTINGS, KEPT) == (
        "[default]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:4566\n\n"
        "[profile github]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:4566\n\n"
        "[profile developer]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:4566\n\n"
        "[profile tester]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:4566\n"
    )


def test_credentials() -> None:
    parser = configparser.RawConfigParser()
    parser.read_string(client_files.aws_credentials(KEPT))
    assert {name: dict(parser[name]) for name in parser.sections()} == {
        name: {"aws_access_key_id": f"AKIA{name}", "aws_secret_access_key": f"{name}/+"} for name in KEPT.keys
    }


def test_profiles_that_a_person_saved_stay_and_lead_to_where_aws_answers_now(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.aws_config.parent.mkdir()
    client_files.write(layout, SETTINGS, KEPT)
    plain = layout.aws_config.read_text(), layout.aws_credentials.read_text()
    with layout.aws_config.open("a") as config, layout.aws_credentials.open("a") as credentials:
        config.write(
            "\n[profile ci]\n# mine\nregion = us-east-1\nendpoint_url = http://127.0.0.1:1\n\n[services x]\ns3 =\n  a = b\n"
        )
        credentials.write("[ci]\naws_access_key_id = AKIACI\naws_secret_access_key = of-ci")
    for _ in range(2):
        client_files.write(layout, SETTINGS, KEPT)
        assert layout.aws_config.read_text() == plain[0] + (
            "\n[profile ci]\n# mine\nregion = us-east-1\nendpoint_url = http://127.0.0.1:4566\n\n[services x]\ns3 =\n  a = b\n"
        )
        assert layout.aws_credentials.read_text() == plain[1] + (
            "\n[ci]\naws_access_key_id = AKIACI\naws_secret_access_key = of-ci\n"
        )


@pytest.mark.parametrize("text", ["no section\n", "[default]\n[default"])
def test_files_that_nobody_can_read_are_written_anew(tmp_path: Path, text: str) -> None:
    layout = Layout(tmp_path)
    layout.aws_config.parent.mkdir()
    layout.aws_credentials.write_text(text)
    client_files.write(layout, SETTINGS, KEPT)
    assert layout.aws_credentials.read_text() == client_files.aws_credentials(KEPT)


def test_pgpass_escapes_what_it_splits_at() -> None:
    assert client_files.pgpass(SETTINGS, KEPT) == "127.0.0.1:5433:*:bank:a\\:b\\\\c 'd'\"\n"


@pytest.mark.parametrize("name", ["plain", 'it\'s a "hard" $HOME % folder', "back\\slash #x"])
def test_the_layer_is_read_back_by_the_loader(tmp_path: Path, name: str) -> None:
    environment = project.make(tmp_path / name)
    layout = Layout.of(environment)
    layout.folder.mkdir(parents=True)
    layout.layer.write_text(client_files.layer(layout, KEPT))
    loaded = load(environment.root, SANDBOX, variables={})
    assert loaded.aws_config_file == layout.aws_config
    assert loaded.aws_credentials_file == layout.aws_credentials
    assert loaded.charts == "oci://127.0.0.1:5000/charts"
    assert loaded.profile == "default"
