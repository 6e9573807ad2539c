from __future__ import annotations

import configparser
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.aws.configure import configure
from longshore.aws.identity import whoami
from longshore.aws.new_key import NewKey
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.steps.report import Silent
from longshore.steps.run import Run, Task
from longshore.steps.step import ToDo
from tests.aws.helpers import ACCOUNT, Aws, config, key

Make = Callable[..., Environment]
pytestmark = pytest.mark.integration


class Both:
    """The two files of a sandbox environment."""

    def __init__(self, environment: Environment) -> None:
        assert environment.aws_config_file
        assert environment.aws_credentials_file
        self.config, self.credentials = environment.aws_config_file, environment.aws_credentials_file

    def texts(self) -> tuple[str, str]:
        return self.config.read_text(), self.credentials.read_text()


def run(
    environment: Environment, profile: str, pair: tuple[str, str], region: str = "", replace: bool = False
) -> tuple[str, ...]:
    steps = configure(environment, profile, NewKey(*pair, region), replace=replace)
    task = Task("aws.configure", {"profile": profile}, environment.name, "profiles")
    return Run(task, environment.state, Silent()).execute(steps, wait_for_lock=5, confirm=lambda plan: None).acted


def test_a_new_profile(aws: Aws, sandbox: Make) -> None:
    ana, ci = aws.user("ana"), aws.user("ci")
    made = sandbox("# mine\n" + config(aws.endpoint, "default"), key("default", ana) + "\n# the end")
    files, before = Both(made), Both(made).texts()
    assert run(made, "github", ci, "eu-west-1") == ("profile",)
    assert files.texts() == (
        before[0] + f"[profile github]\nregion = eu-west-1\nendpoint_url = {aws.endpoint}\n",
        before[1] + f"\n[github]\naws_access_key_id = {ci[0]}\naws_secret_access_key = {ci[1]}\n",
    )
    assert files.credentials.stat().st_mode & 0o777 == 0o600
    assert run(made, "github", ci, "eu-west-1") == ()
    github = sandbox(*files.texts(), profile="github")
    assert whoami(open_session(github)).arn == f"arn:aws:iam::{ACCOUNT}:user/ci"


def test_the_plan_shows_no_secret(aws: Aws, sandbox: Make) -> None:
    ci = aws.user("ci")
    made = sandbox(config(aws.endpoint, "default"))
    steps = configure(made, "github", NewKey(*ci))
    task = Task("aws.configure", {"profile": "github"}, "sandbox", "profiles")
    plan = Run(task, made.state, Silent()).plan(steps)
    assert [planned.step.title for planned in plan.steps] == [
        f"Key {ci[0][:4]}...{ci[0][-4:]}: whose it is",
        "Profile github in ~/sandbox/credentials",
    ]
    assert plan.steps[1].status == ToDo(
        f"~/sandbox/config: region = eu-central-1, endpoint_url = {aws.endpoint}",
        f"~/sandbox/credentials: key {ci[0][:4]}...{ci[0][-4:]} in [github]",
    )
    assert Both(made).texts() == (config(aws.endpoint, "default"), "")


def test_a_key_that_aws_does_not_know_is_not_kept(sandbox: Make, closed: str) -> None:
    made = sandbox(config(closed, "default"))
    before = Both(made).texts()
    with pytest.raises(UsageError) as told:
        run(made, "github", ("AKIAEXAMPLE00000WXYZ", "not-a-key-that-anybody-has"))
    assert str(told.value).splitlines() == [
        "error: key AKIA...WXYZ was not kept (profile github)",
        "  why: AWS does not know the access key of profile github (InvalidClientTokenId): deleted, inactive, or mistyped",
        "  next: inv aws.configure --profile github",
    ]
    assert Both(made).texts() == before


def test_another_identity_is_replaced_only_when_asked(aws: Aws, sandbox: Make) -> None:
    ana, ci = aws.user("ana"), aws.user("ci")
    text = (
        key("default", ana).replace("[default]\n", "[default]\n# since May\n") + "aws_session_token = old\nx = 1\n[z]\n"
    )
    made = sandbox(config(aws.endpoint, "default"), text)
    before = Both(made).texts()
    with pytest.raises(Refused) as told:
        run(made, "default", ci)
    assert str(told.value).splitlines() == [
        f"error: profile default is somebody else, nothing was touched ({ana[0][:4]}...{ana[0][-4:]} of arn:aws:iam::{ACCOUNT}:user/ana)",
        f"  why: the new key is arn:aws:iam::{ACCOUNT}:user/ci's",
        "  next: inv aws.configure --profile default --replace",
        "  next: or choose another name with --profile",
    ]
    assert Both(made).texts() == before
    assert run(made, "default", ci, replace=True) == ("profile",)
    assert Both(made).texts() == (
        before[0],
        f"[default]\n# since May\naws_access_key_id = {ci[0]}\naws_secret_access_key = {ci[1]}\nx = 1\n[z]\n",
    )


def test_a_new_key_of_the_same_user(aws: Aws, sandbox: Make) -> None:
    old = aws.user("ana")
    new = aws.root("iam").create_access_key(UserName="ana")["AccessKey"]
    made = sandbox(config(aws.endpoint, "default"), key("default", old))
    assert run(made, "default", (new["AccessKeyId"], new["SecretAccessKey"])) == ("profile",)


def test_a_link_stays_a_link(aws: Aws, sandbox: Make, tmp_path: Path) -> None:
    made = sandbox(config(aws.endpoint, "default"))
    files, vault = Both(made), tmp_path / "vault"
    files.credentials.rename(vault)
    files.credentials.symlink_to(vault)
    ci = aws.user("ci")
    run(made, "github", ci)
    assert files.credentials.is_symlink()
    parsed = configparser.RawConfigParser()
    parsed.read(vault)
    assert parsed["github"]["aws_access_key_id"] == ci[0]


def test_a_file_that_others_can_read_is_closed(aws: Aws, sandbox: Make) -> None:
    ana = aws.user("ana")
    made = sandbox(config(aws.endpoint, "default"), key("default", ana))
    files = Both(made)
    files.credentials.chmod(0o640)
    assert run(made, "default", ana) == ("profile",)
    assert files.credentials.stat().st_mode & 0o777 == 0o600


def test_a_profile_that_is_a_role(aws: Aws, sandbox: Make) -> None:
    text = config(aws.endpoint, "deploy") + "role_arn = r\nsource_profile = default\n"
    with pytest.raises(UsageError, match="takes its credentials from role_arn"):
        configure(sandbox(text), "deploy", NewKey("AKIAEXAMPLE00000WXYZ", "x" * 40))


def test_a_file_that_nobody_can_read_is_left_alone(sandbox: Make) -> None:
    with pytest.raises(UsageError, match="can't be read by any AWS tool"):
        configure(sandbox("[default]\njunk\n"), "github", NewKey("AKIAEXAMPLE00000WXYZ", "x" * 40))


@pytest.mark.parametrize("name", ["", " a", "a]b", "a\nb", 'a"b'])
def test_names_that_no_profile_can_have(sandbox: Make, name: str) -> None:
    with pytest.raises(UsageError, match="that can't be a profile's name"):
        configure(sandbox(), name, NewKey("AKIAEXAMPLE00000WXYZ", "x" * 40))
