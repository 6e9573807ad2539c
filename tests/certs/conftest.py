"""A project, for what is judged without a cluster; the sandbox with cert-manager where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.environments.environment import Environment
from longshore.environments.load import load
from tests.certs.bench import certs as certs

FILES = {
    "base": "DEFAULT_ENV=dev\nAWS_REGION=eu-central-1\nAPP=bank\nK8S_NAMESPACE=bank\n",
    "dev": "AWS_PROFILE=default\nAWS_ACCOUNT_ID=111122223333\nEKS_CLUSTER=bank-dev\n",
}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "env").mkdir()
    for name, text in FILES.items():
        (tmp_path / "env" / f"{name}.env").write_text(text)
    return load(tmp_path, "dev", variables={})
