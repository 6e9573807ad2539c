"""What in a kubeconfig fools people, and what doesn't."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from longshore.cluster import kubeconfig
from longshore.cluster.eks import Cluster
from longshore.cluster.verify.traps import traps
from longshore.environments.environment import Environment
from longshore.environments.load import load

ARN = "arn:aws:eks:eu-central-1:111122223333:cluster/bank-prod"
SERVER = "https://ABC.gr7.eu-central-1.eks.amazonaws.com"
CLUSTER = Cluster("bank-prod", ARN, "ACTIVE", "1.36", SERVER, "-----BEGIN CERTIFICATE-----\n")
SHELL = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE"}


@pytest.fixture
def prod(project: Path) -> Environment:
    return load(project, "prod", variables={})


class Written:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts: dict[str, Any] = {"clusters": [], "users": [], "contexts": []}

    def add(self, context: str, cluster: Any, user: Any) -> Written:
        names = {"cluster": f"c-{context}", "user": f"u-{context}"}
        self.parts["clusters"].append({"name": names["cluster"], "cluster": cluster})
        self.parts["users"].append({"name": names["user"], "user": user})
        self.parts["contexts"].append({"name": context, "context": names})
        self.parts.setdefault("current-context", context)
        return self

    def traps(self, environment: Environment, **variables: str) -> list[tuple[str, str, str]]:
        self.path.write_text(json.dumps(self.parts))
        found = traps(environment, CLUSTER, {"KUBECONFIG": str(self.path), **variables})
        return [(trap.kind, trap.context, trap.text) for trap in found]


@pytest.fixture
def file(tmp_path: Path) -> Written:
    return Written(tmp_path / "config")


def by_aws(*words: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    args = [*words, "--region", "eu-central-1", "eks", "get-token", "--cluster-name", "bank-prod"]
    variables = [{"name": name, "value": value} for name, value in env.items()] if env else None
    return {
        "exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": args, "env": variables}
    }


def test_our_own_context_is_none(file: Written, prod: Environment) -> None:
    own = kubeconfig.by_exec(CLUSTER, "eu-central-1", "default", env={"AWS_CONFIG_FILE": "/c"})
    assert file.add("prod", kubeconfig.cluster(CLUSTER), own).traps(prod, **SHELL) == []


def test_what_update_kubeconfig_writes(file: Written, prod: Environment) -> None:
    file.add(ARN, kubeconfig.cluster(CLUSTER), by_aws(env={"AWS_PROFILE": "default"}))
    text = f"context {ARN} acts as AWS_PROFILE default of its exec stanza, whatever AWS_PROFILE says"
    assert file.traps(prod) == [("pinned", ARN, text)]


def test_a_key_in_the_stanza_is_not_shown(file: Written, prod: Environment) -> None:
    file.add("a", kubeconfig.cluster(CLUSTER), by_aws(env={"AWS_ACCESS_KEY_ID": "AKIASECRET"}))
    [(kind, _, text)] = file.traps(prod)
    assert kind == "pinned"
    assert "AKIASECRET" not in text


def test_a_key_of_the_shell(file: Written, prod: Environment) -> None:
    file.add("a", kubeconfig.cluster(CLUSTER), by_aws())
    assert file.traps(prod) == []
    said = "context a acts as AWS_ACCESS_KEY_ID of the shell, whatever AWS_PROFILE says"
    assert file.traps(prod, **SHELL) == [("shadowed", "a", said)]


@pytest.mark.parametrize("words", [("--profile", "github"), ("--profile=github",)])
def test_a_named_profile_beats_both(file: Written, prod: Environment, words: tuple[str, ...]) -> None:
    file.add("a", kubeconfig.cluster(CLUSTER), by_aws(*words, env={"AWS_PROFILE": "default"}))
    assert file.traps(prod, **SHELL) == []


def test_the_environments_name_on_another_cluster(file: Written, prod: Environment) -> None:
    other = kubeconfig.cluster(CLUSTER) | {"server": "https://127.0.0.1:6443"}
    said = f"context prod is another cluster: it leads to https://127.0.0.1:6443, not to {SERVER}"
    assert file.add("prod", other, by_aws()).traps(prod) == [("wrong-cluster", "prod", said)]


def test_another_ca(file: Written, prod: Environment) -> None:
    other = {"server": SERVER, "certificate-authority-data": base64.b64encode(b"another").decode()}
    assert file.add("a", other, by_aws()).traps(prod) == [("wrong-ca", "a", "context a has another CA than bank-prod")]


def test_no_ca_at_all(file: Written, prod: Environment) -> None:
    other = {"server": SERVER, "insecure-skip-tls-verify": True}
    assert [kind for kind, *_ in file.add("a", other, by_aws()).traps(prod)] == ["no-tls"]


def test_a_token_of_another_cluster(file: Written, prod: Environment) -> None:
    user = by_aws("--profile", "a")
    user["exec"]["args"][-1] = "bank-dev"
    said = "context a asks for a token of bank-dev, not of bank-prod"
    assert file.add("a", kubeconfig.cluster(CLUSTER), user).traps(prod) == [("wrong-cluster", "a", said)]


def test_a_fixed_identity(file: Written, prod: Environment) -> None:
    found = file.add("a", kubeconfig.cluster(CLUSTER), {"token": "a-secret"}).traps(prod)
    assert found == [("fixed-identity", "a", "context a acts by token of the file, whatever AWS_PROFILE says")]


def test_the_current_context_is_elsewhere(file: Written, prod: Environment) -> None:
    file.add("minikube", {"server": "https://10.0.0.1"}, {"token": "x"})
    assert file.traps(prod) == [], "nothing there is about this cluster"
    file.add("mine", kubeconfig.cluster(CLUSTER), by_aws("--profile", "a"))
    said = "the current context is minikube: kubectl without --context doesn't go to bank-prod"
    assert file.traps(prod) == [("current-context", "minikube", said)]


def test_a_file_that_can_not_be_read(file: Written, prod: Environment) -> None:
    file.path.write_text("a: [1\nb: 2\n")
    [trap] = traps(prod, CLUSTER, {"KUBECONFIG": str(file.path)})
    assert trap.kind == "unreadable"
    assert "line 2, column 2" in trap.text
