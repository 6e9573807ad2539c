from __future__ import annotations

import http.server
import json
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.session
import pytest

from longshore.aws import endpoints
from longshore.aws.identity import whoami
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from tests.aws.helpers import ACCOUNT, Aws, config, key

Make = Callable[..., Environment]


@pytest.mark.integration
class TestWhoActs:
    def test_the_named_profile(self, aws: Aws, sandbox: Make) -> None:
        files = (
            config(aws.endpoint, "default", "github"),
            key("default", aws.user("ana")) + key("github", aws.user("ci")),
        )
        assert whoami(open_session(sandbox(*files))).arn == f"arn:aws:iam::{ACCOUNT}:user/ana"
        assert whoami(open_session(sandbox(*files, profile="github"))).arn == f"arn:aws:iam::{ACCOUNT}:user/ci"

    def test_keys_in_the_shell_do_not_win_over_the_named_profile(
        self, aws: Aws, sandbox: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = aws.user("shell")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", other[0])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", other[1])
        monkeypatch.setenv("AWS_SESSION_TOKEN", "token of the shell")
        monkeypatch.setenv("AWS_PROFILE", "nobody")
        monkeypatch.setenv("AWS_ROLE_ARN", aws.role("web"))
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/does/not/exist")
        made = sandbox(config(aws.endpoint, "default"), key("default", aws.user("ana")))
        assert whoami(open_session(made)).arn.endswith(":user/ana")
        ambient = open_session(sandbox(config(aws.endpoint, "default"), "", profile=""))
        assert whoami(ambient).arn.endswith(":user/shell")

    def test_a_containers_role_does_not_act_for_a_profile_without_credentials(
        self, aws: Aws, sandbox: Make, monkeypatch: pytest.MonkeyPatch, container: str
    ) -> None:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", container)
        with pytest.raises(UsageError) as told:
            whoami(open_session(sandbox(config(aws.endpoint, "default"))))
        assert "profile default has no credentials" in str(told.value)
        made = sandbox(config(aws.endpoint, "default"), profile="")
        assert open_session(made).core.get_credentials().access_key == "AKIACONTAINER0000000"

    def test_a_role_through_a_source_profile(self, aws: Aws, sandbox: Make) -> None:
        role = aws.role("deploy")
        files = (
            config(aws.endpoint, "default", "deploy") + f"role_arn = {role}\nsource_profile = default\n",
            key("default", aws.user("ana")),
        )
        arn = whoami(open_session(sandbox(*files, profile="deploy"))).arn
        assert arn.startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/")

    def test_a_web_identity_of_a_ci_job(
        self, aws: Aws, sandbox: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        token = tmp_path / "token"
        token.write_text("a.b.c")
        monkeypatch.setenv("AWS_ROLE_ARN", aws.role("ci"))
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
        monkeypatch.setenv("AWS_PROFILE", "")
        made = sandbox(config(aws.endpoint, "default"), profile="")
        assert ":assumed-role/ci/" in whoami(open_session(made)).arn

    def test_a_credential_process(self, aws: Aws, sandbox: Make, tmp_path: Path) -> None:
        pair = aws.user("vault")
        script = tmp_path / "keys.py"
        answer = {"Version": 1, "AccessKeyId": pair[0], "SecretAccessKey": pair[1]}
        script.write_text(f"print({json.dumps(json.dumps(answer))})\n")
        text = config(aws.endpoint, "default") + f"credential_process = {sys.executable} {script}\n"
        assert whoami(open_session(sandbox(text))).arn.endswith(":user/vault")

    def test_proxies_of_the_shell_are_not_asked_for_the_sandbox(
        self, aws: Aws, sandbox: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = sandbox(config(aws.endpoint, "default"), key("default", aws.user("ana")))
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        assert whoami(open_session(made)).account == ACCOUNT


@pytest.fixture
def container() -> Iterator[str]:
    """What a container's agent answers with: credentials."""

    class Agent(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"AccessKeyId": "AKIACONTAINER0000000", "SecretAccessKey": "s", "Token": "t"}
            text = json.dumps({**body, "Expiration": "2099-01-01T00:00:00Z"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Agent)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/credentials"
    server.shutdown()
    server.server_close()


class TestEndpointGuard:
    KEYS = key("default", ("AKIAEXAMPLE000000000", "secret"))

    def home(self, clean: Path, text: str) -> None:
        (clean / ".aws").mkdir()
        (clean / ".aws" / "config").write_text(text)
        (clean / ".aws" / "credentials").write_text(self.KEYS)

    def test_aws_itself(self, clean: Path, environment: Make) -> None:
        self.home(clean, "")
        session = open_session(environment())
        assert session.client("sts").meta.endpoint_url == "https://sts.eu-central-1.amazonaws.com"
        assert session.client("secretsmanager") is session.client("secretsmanager")

    @pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
    def test_a_variable(self, clean: Path, environment: Make, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.home(clean, "")
        monkeypatch.setenv(name, "http://me:hidden@127.0.0.1:5000")
        with pytest.raises(Refused) as told:
            open_session(environment())
        assert str(told.value).splitlines() == [
            "error: the endpoint is not AWS's, nothing was touched (http://127.0.0.1:5000, environment prod)",
            f"  why: it is from {name} of the shell",
            f"  next: unset {name}",
            "  next: use --env sandbox to work on the sandbox",
        ]

    def test_a_profile(self, clean: Path, environment: Make) -> None:
        self.home(clean, "[default]\nendpoint_url = http://localhost:4566\n")
        with pytest.raises(Refused) as told:
            open_session(environment())
        assert str(told.value).splitlines()[1:3] == [
            "  why: it is from endpoint_url of [default] in ~/.aws/config",
            "  next: take it out there, or name another profile with --profile",
        ]

    def test_a_services_section(self, clean: Path, environment: Make) -> None:
        self.home(
            clean, "[default]\nservices = mine\n[services mine]\nsecretsmanager =\n  endpoint_url = http://10.0.0.1\n"
        )
        with pytest.raises(Refused, match="endpoint"):
            open_session(environment())

    def test_a_request_that_would_go_elsewhere_is_not_sent(self, clean: Path, environment: Make) -> None:
        self.home(clean, "")
        session = open_session(environment())
        astray = session.core.create_client("sts", endpoint_url="http://127.0.0.1:1")
        with pytest.raises(Refused, match="the endpoint is not AWS's"):
            astray.get_caller_identity()

    def test_the_sandbox_without_its_endpoint(self, sandbox: Make) -> None:
        session = open_session(sandbox("[default]\n", self.KEYS))
        with pytest.raises(Refused) as told:
            session.client("sts")
        assert str(told.value).splitlines() == [
            "error: the sandbox's calls would leave this machine (https://sts.eu-central-1.amazonaws.com)",
            "  why: the sandbox's profiles name no endpoint",
            "  next: inv sandbox.up",
        ]

    def test_the_sandbox_with_a_variable_that_points_to_aws(
        self, sandbox: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "https://sts.eu-central-1.amazonaws.com")
        with pytest.raises(Refused, match="leave this machine"):
            open_session(sandbox(config("http://127.0.0.1:1", "default"), self.KEYS))

    def test_the_suffixes_are_those_of_botocore(self) -> None:
        partitions = botocore.session.Session().get_data("partitions")["partitions"]
        known = {f".{p['outputs'][k]}" for p in partitions for k in ("dnsSuffix", "dualStackDnsSuffix")}
        assert known <= set(endpoints.SUFFIXES)

    @pytest.mark.parametrize(
        ("url", "aws"),
        [
            ("https://sts.amazonaws.com", True),
            ("https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com/", True),
            ("https://sts.cn-north-1.amazonaws.com.cn", True),
            ("https://eks.eu-central-1.api.aws", True),
            ("http://sts.amazonaws.com", False),
            ("https://amazonaws.com.example.org", False),
            ("https://sts.amazonaws.com@127.0.0.1", False),
            ("https://mine.eu-central-1.elb.amazonaws.com", False),
            ("https://evilamazonaws.com", False),
            ("https://localhost", False),
        ],
    )
    def test_which_are_aws(self, url: str, aws: bool) -> None:
        assert endpoints.is_aws(url) is aws
