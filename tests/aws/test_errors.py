from __future__ import annotations

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore.aws.errors import said, short_key, translated
from longshore.aws.session import Session, choice_of, open_profile, open_session
from longshore.environments.environment import Environment
from longshore.errors import Exit, LongshoreError, UsageError
from tests.aws.helpers import config, key

Make = Callable[..., Environment]
KEY = key("default", ("AKIAEXAMPLE00000WXYZ", "secret-of-the-example"))


class Refusing:
    """An endpoint that answers every request with one error, in the shape of AWS's JSON services."""

    def __init__(self) -> None:
        self.answer: tuple[int, str, str] = (400, "", "")
        refusing = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, code, message = refusing.answer
                body = json.dumps({"__type": code, "message": message}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    server = Refusing()
    yield server
    server.server.shutdown()
    server.server.server_close()


def read_secret(session: Session, **more: Any) -> LongshoreError:
    client = session.client("secretsmanager")
    with (
        pytest.raises(LongshoreError) as told,
        translated(session, doing="read the secret bank/prod", on="eu-central-1", **more),
    ):
        client.get_secret_value(SecretId="bank/prod")
    return told.value


@pytest.mark.parametrize(
    ("status", "code", "message", "exit_code", "why", "do"),
    [
        (400, "ExpiredTokenException", "The security token is expired", Exit.USAGE,
         "the session of profile default has expired", "renew the temporary credentials of profile default"),
        (403, "UnrecognizedClientException", "The security token included in the request is invalid.", Exit.USAGE,
         "AWS does not know the access key of profile default (UnrecognizedClientException): deleted, inactive, or mistyped", "inv sandbox.up"),
        (400, "InvalidSignatureException", "The request signature we calculated does not match", Exit.USAGE,
         "the secret access key of profile default does not belong to its key id, or the clock is off (InvalidSignatureException)", "inv sandbox.up"),
        (400, "InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than 20260102T000000Z", Exit.USAGE,
         "AWS says that the time of the request is off: Signature expired: 20260101T000000Z is now earlier than 20260102T000000Z", "set this machine's clock"),
        (400, "AccessDeniedException",
         "User: arn:aws:iam::111122223333:user/dev is not authorized to perform: secretsmanager:GetSecretValue on resource: bank/prod",
         Exit.FAILED, "AWS refused profile default: User: arn:aws:iam::111122223333:user/dev is not authorized to perform: "
         "secretsmanager:GetSecretValue on resource: bank/prod", "ask for that right, or use another profile: inv aws.profiles"),
        (403, "SomethingNew", "no", Exit.FAILED, "AWS refused profile default: no", "ask for that right, or use another profile: inv aws.profiles"),
        (400, "ThrottlingException", "Rate exceeded", Exit.FAILED,
         "AWS throttles GetSecretValue, also after 1 attempts", "wait a minute and run it again"),
        (400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.", Exit.FAILED,
         "GetSecretValue: ResourceNotFoundException: Secrets Manager can't find the specified secret.", ""),
    ],
)  # fmt: skip
def test_what_aws_answers(
    sandbox: Make, refusing: Refusing, status: int, code: str, message: str, exit_code: Exit, why: str, do: str
) -> None:
    refusing.answer = (status, code, message)
    session = open_profile(choice_of(sandbox(config(refusing.url, "default"), KEY)), attempts=1)
    error = read_secret(session)
    assert (error.what, error.on) == ("could not read the secret bank/prod", "eu-central-1")
    assert (error.code, error.why, "".join(error.do)) == (exit_code, why, do)
    assert read_secret(session, acting=True).code is Exit.FAILED


def test_throttling_is_tried_again_first(sandbox: Make, refusing: Refusing) -> None:
    refusing.answer = (400, "ThrottlingException", "Rate exceeded")
    session = open_profile(choice_of(sandbox(config(refusing.url, "default"), KEY)), attempts=2)
    assert read_secret(session).why == "AWS throttles GetSecretValue, also after 2 attempts"


def test_nobody_listens(sandbox: Make) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        session = open_profile(choice_of(sandbox(config(url, "default"), KEY)), attempts=1)
        error = read_secret(session)
    assert error.code is Exit.FAILED
    assert error.do == ("inv sandbox.up",)
    assert "Could not connect to the endpoint URL" in error.why


def settings_fault(environment: Environment) -> list[str]:
    with pytest.raises(UsageError) as told:
        open_session(environment).client("sts").get_caller_identity()
    return str(told.value).splitlines()


ENDPOINT = "endpoint_url = http://127.0.0.1:9\nregion = eu-central-1\n"


def test_no_such_profile(sandbox: Make) -> None:
    text = "[profile github]\n" + ENDPOINT
    assert settings_fault(sandbox(text, profile="gihub")) == [
        "error: could not open the AWS session",
        "  why: there is no profile gihub; did you mean github?",
        "  next: inv aws.profiles",
        "  next: inv aws.configure --profile gihub",
    ]


def test_half_a_credential_by_the_common_typing_error(sandbox: Make) -> None:
    credentials = "[default]\naws_access_key_id = AKIAEXAMPLE00000WXYZ\naws_secret_access_key_id = hidden-value\n"
    assert settings_fault(sandbox("[default]\n" + ENDPOINT, credentials)) == [
        "error: could not make a client of sts",
        "  why: profile default has half a credential: aws_secret_access_key is missing",
        "  next: inv aws.profiles",
    ]


def test_an_unreadable_file(sandbox: Make) -> None:
    lines = settings_fault(sandbox("[default]\njunk\n"))
    assert lines[0] == "error: could not open the AWS session"
    assert "Unable to parse config file" in lines[1]


def test_a_loop_of_roles(sandbox: Make) -> None:
    role = ENDPOINT + "role_arn = arn:aws:iam::1:role/x\nsource_profile = "
    lines = settings_fault(sandbox(f"[profile a]\n{role}b\n[profile b]\n{role}a\n", profile="a"))
    assert "Infinite loop in credential configuration" in lines[1]


def test_an_sso_session_that_was_never_begun(sandbox: Make) -> None:
    text = (
        "[profile corp]\n" + ENDPOINT + "sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n"
        "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n"
    )
    session = open_session(sandbox(text, profile="corp"))
    assert str(read_secret(session)).splitlines() == [
        "error: could not read the secret bank/prod (eu-central-1)",
        "  why: the single sign-on session of profile corp has expired or was never begun",
        "  next: aws sso login --profile corp",
    ]


def test_a_credential_process_that_fails(sandbox: Make) -> None:
    lines = settings_fault(sandbox("[default]\n" + ENDPOINT + "credential_process = false\n"))
    assert "Error when retrieving credentials from custom-process" in lines[1]


@pytest.mark.parametrize(
    ("process", "why"),
    [
        ("/does/not/exist", "No such file or directory"),
        ("echo no json", "its answer is not the JSON that is expected"),
        ("echo '{\"Version\": 1}'", "Error when retrieving credentials from custom-process: Missing required key"),
    ],
)
def test_a_credential_process_with_a_wrong_answer(sandbox: Make, process: str, why: str) -> None:
    lines = settings_fault(sandbox("[default]\n" + ENDPOINT + f"credential_process = {process}\n"))
    assert why in lines[1]


def test_an_mfa_code_without_a_terminal(sandbox: Make) -> None:
    text = ENDPOINT + "role_arn = arn:aws:iam::111122223333:role/x\nsource_profile = default\nmfa_serial = m\n"
    code = (
        "import sys, pathlib; from longshore.aws.errors import translated; from longshore.aws.session import *\n"
        "from longshore.errors import UsageError\n"
        "c, k = map(pathlib.Path, sys.argv[1:])\n"
        "s = open_profile(Choice('a', '', 'eu-central-1', 'sandbox', True, c, k))\n"
        "try:\n"
        "    with translated(s, doing='ask'): s.client('sts').get_caller_identity()\n"
        "except UsageError as e: print(e.why)\n"
    )
    made = sandbox(f"[profile a]\n{text}", KEY)
    said = subprocess.run(
        [sys.executable, "-c", code, str(made.aws_config_file), str(made.aws_credentials_file)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ).stdout  # fmt: skip
    assert said == "profile a asks for an MFA code, and there is no terminal to ask at\n"


def test_no_ambient_identity(sandbox: Make) -> None:
    session = open_session(sandbox("[default]\n" + ENDPOINT, profile=""))
    assert (
        read_secret(session).why == "there is no ambient identity: no key, role or token in this process's environment"
    )


def test_key_ids_are_shortened() -> None:
    assert short_key("AKIAEXAMPLE00000WXYZ") == "AKIA...WXYZ"
    assert said("The key AKIAEXAMPLE00000WXYZ\n is invalid") == "The key AKIA...WXYZ is invalid"
