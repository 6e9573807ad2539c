from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from longshore.environments.environment import Environment, Origin
from tests.aws.helpers import ACCOUNT, REGION, Aws


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No AWS variable of the machine's, and a home of our own."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., Environment]:
    """Makes an environment; keywords replace its fields."""
    plain = Environment(
        name="prod",
        root=tmp_path,
        profile="default",
        region=REGION,
        account_id=ACCOUNT,
        subnets=(),
        security_groups=(),
        eks_cluster="bank",
        namespace="bank",
        secrets="aws:bank/prod",
        app="bank",
        app_env_dialect="viper",
        migrations=None,
        db_url_key="DB_SOURCE",
        db_ca_file=None,
        db_instance="",
        migration_history=True,
        ecr_repository="bank",
        k8s_overlay=None,
        protected=True,
        origins={
            "AWS_PROFILE": Origin("env/prod.env", 2),
            "AWS_ACCOUNT_ID": Origin("env/prod.env", 3),
            "AWS_REGION": Origin("env/prod.env", 4),
        },
    )
    return lambda **fields: dataclasses.replace(plain, **fields)


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    import urllib.request

    # moto reads it at each request; the sandbox's own application takes it out.
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
    yield Aws(moto_server)
    urllib.request.urlopen(urllib.request.Request(f"{moto_server}/moto-api/reset", method="POST")).close()


@pytest.fixture
def sandbox(environment: Callable[..., Environment], tmp_path: Path) -> Callable[..., Environment]:
    """An environment named sandbox whose profile files are `config` and `credentials` of tmp_path/sandbox, with this text."""

    def make(config: str = "", credentials: str = "", **fields: Any) -> Environment:
        folder = tmp_path / "sandbox"
        folder.mkdir(exist_ok=True)
        (folder / "config").write_text(config)
        (folder / "credentials").write_text(credentials)
        (folder / "credentials").chmod(0o600)
        files = {"aws_config_file": folder / "config", "aws_credentials_file": folder / "credentials"}
        return environment(**{"name": "sandbox", "like": "prod", **files, **fields})

    return make


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[str]:
    """moto in a process of its own that checks keys and signatures from the first call on."""
    import socket
    import subprocess
    import sys
    import urllib.error
    import urllib.request

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "0", "MOTO_ACCOUNT_ID": ACCOUNT},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while server.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=5).close()
                break
            except (urllib.error.URLError, OSError):
                continue
        assert server.poll() is None
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
