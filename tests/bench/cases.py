"""What is timed against what, and the budget."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from longshore.toolchain import programs
from tests.app.pushing import push
from tests.bench.ground import ROOT, Ground
from tests.bench.pair import Command

OURS = "ours"
MEMORY = 130
"""MB that one `inv` process may take."""


@dataclass(frozen=True)
class Case:
    """`commands` has ours under that name and those it is held against; `limit` is the budget in seconds, from the medians of the others."""

    name: str
    budget: str
    commands: Mapping[str, Command]
    limit: Callable[[Mapping[str, float]], float]
    rounds: int = 7


def cases(ground: Ground) -> Iterator[Case]:
    """Each is made when its turn comes: making one sets the ground up for it."""
    inv = Command(ground.inv("--list"), ground.folder, ground.env)
    yield Case(
        "list",
        "inv --version + 40 ms",
        {OURS: inv, "inv --version": replace(inv, argv=ground.inv("--version"))},
        lambda others: others["inv --version"] + 0.040,
        rounds=15,
    )
    env = ground.with_sandbox()
    yield from _secrets(ground, env)
    yield from _access(ground, env)
    yield _ship(ground)
    url = f"postgres://{env['PGUSER']}@{env['PGHOST']}:{env['PGPORT']}/{env['PGDATABASE']}?sslmode=disable"
    migrate = [str(programs.find("migrate")), "-path", "migrations", "-database", url, "up"]
    raw = Command(migrate, ground.folder, env)
    # The aws of the virtual environment: the one that the sandbox's shell would find too.
    aws = Command([str(Path(sys.executable).with_name("aws")), "sts", "get-caller-identity"], ground.folder, env)
    ours = Command(ground.inv("db.migrate", "--confirm", "sandbox"), ground.folder, ground.env)

    ground.call("db.migrate", "--confirm", "sandbox")
    yield Case(
        "migrate-nothing",
        "migrate up + 2 x aws sts get-caller-identity",
        {OURS: ours, "migrate": raw, "aws": aws},
        lambda others: others["migrate"] + 2 * others["aws"],
    )
    ground.empty()
    ground.migrations(500)
    yield Case(
        "migrate-500",
        "1.1 x migrate up + 2 x aws sts get-caller-identity",
        {OURS: replace(ours, before=ground.empty), "migrate": replace(raw, before=ground.empty), "aws": aws},
        lambda others: 1.1 * others["migrate"] + 2 * others["aws"],
        rounds=5,
    )
    ground.empty()
    ground.migrations(5000)
    yield Case(
        "status-5000",
        "2 s",
        {
            OURS: replace(ours, argv=ground.inv("db.status")),
            "inv --version": replace(inv, argv=ground.inv("--version")),
        },
        lambda others: 2.0,
    )
    # Last: its 300 pods stay.
    yield from _deployment(ground, env)


BY_HAND = """set -e
aws sts get-caller-identity
aws iam get-user --user-name github-ci
aws eks describe-cluster --name {cluster}
aws eks create-access-entry --cluster-name {cluster} --principal-arn {user}
aws eks associate-access-policy --cluster-name {cluster} --principal-arn {user} \\
    --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy --access-scope type=cluster
export AWS_PROFILE=github
kubectl auth whoami
kubectl auth can-i list pods
kubectl auth can-i get services
for question in 'create deployments.apps' 'get secrets' 'delete nodes'; do
    if kubectl auth can-i $question; then exit 1; fi
done
"""
"""What cluster.grant does with its proof, as a careful person's script has it."""


GRANT = ("cluster.grant", "--user", "github-ci", "--access", "view", "--confirm", "sandbox")


def _access(ground: Ground, env: Mapping[str, str]) -> Iterator[Case]:
    """The kubectl of both is the pinned one; the script's tokens are made by the aws CLI, as a kubeconfig has it."""
    programs_first = f"{programs.find('kubectl').parent}:{Path(sys.executable).parent}:{env['PATH']}"
    shell = {**env, "PATH": programs_first}
    described = json.loads(ground.call("aws.whoami", "--json"))
    user = f"arn:aws:iam::{described['account']}:user/github-ci"
    script = BY_HAND.format(cluster="bank-prod", user=user)

    def revoked() -> None:
        ground.call("cluster.revoke", "--user", "github-ci", "--confirm", "sandbox")

    revoked()
    yield Case(
        "cluster-grant",
        "1.2 x the same calls of aws and kubectl in a script",
        {
            OURS: Command(ground.inv(*GRANT), ground.folder, ground.env, revoked),
            "script": Command(["sh", "-c", script], ground.folder, shell, revoked),
        },
        lambda others: 1.2 * others["script"],
        rounds=5,
    )
    ground.call(*GRANT)
    both = ground.inv("cluster.verify", "--profiles", "default,github", "--expect", "default=admin,github=view")
    one = ground.inv("cluster.verify", "--profiles", "default", "--expect", "admin")
    yield Case(
        "cluster-verify",
        "1.3 x cluster.verify of one profile",
        {
            OURS: Command(both, ground.folder, ground.env),
            "of one profile": Command(one, ground.folder, ground.env),
        },
        lambda others: 1.3 * others["of one profile"],
    )


def _ship(ground: Ground) -> Case:
    """All is as it is to be; the first, uncounted round does what there is to do. No builder is needed: the image is pushed by hand."""
    ground.commit("Dockerfile", "app.env.example", "server")
    push(ground.client("ecr"), json.loads(ground.call("image.status", "--json"))["tag"])
    return Case(
        "ship-nothing",
        "4 s",
        {
            OURS: Command(ground.inv("ship", "--confirm", "sandbox"), ground.folder, ground.env),
            "inv --version": Command(ground.inv("--version"), ground.folder, ground.env),
        },
        lambda others: 4.0,
    )


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: many, namespace: bank}
spec:
  replicas: 300
  selector: {matchLabels: {app: many}}
  template:
    metadata: {labels: {app: many}}
    spec: {containers: [{name: bank, image: bank, resources: {requests: {cpu: 10m}}}]}
"""
ROOM = {"cpu": "64", "memory": "256Gi", "pods": "500"}
ROLLOUT = """set -e
sed 's,image: bank,image: bank:v2,' app/many.yaml | kubectl apply -f -
kubectl rollout status deployment/many -n bank
"""


def _deployment(ground: Ground, env: Mapping[str, str]) -> Iterator[Case]:
    """Each replaces the 300 pods of the other's image by those of its own."""
    shell = {**env, "PATH": f"{programs.find('kubectl').parent}:{Path(sys.executable).parent}:{env['PATH']}"}
    (ground.folder / "app").mkdir()
    (ground.folder / "app" / "many.yaml").write_text(DEPLOYMENT)
    (ground.folder / "env" / "sandbox.local.env").write_text("K8S_OVERLAY=app\n")
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "large", "labels": {"kubernetes.io/hostname": "large"}},
        "status": {"capacity": ROOM, "allocatable": ROOM},
    }
    apply = ["kubectl", "apply", "-f", "-"]
    subprocess.run(apply, env=shell, input=json.dumps(node), text=True, check=True, capture_output=True)
    deploy = ground.inv("app.deploy", "--confirm", "sandbox", "--image", push(ground.client("ecr"), "v1"))
    yield Case(
        "app-deploy-300",
        "1.2 x kubectl apply + kubectl rollout status",
        {
            OURS: Command(deploy, ground.folder, ground.env),
            "kubectl": Command(["sh", "-c", ROLLOUT], ground.folder, shell),
        },
        lambda others: 1.2 * others["kubectl"],
        rounds=3,
    )


CLASSIC = """{aws} secretsmanager get-secret-value --secret-id {secret} --query SecretString --output text \\
| jq -r 'to_entries|map("\\(.key)=\\(.value)")|.[]' > app.env"""
"""The line that secrets.pull takes the place of; it checks nothing."""


def _secrets(ground: Ground, env: Mapping[str, str]) -> Iterator[Case]:
    """Each pull writes a file that isn't there yet."""
    example = (ROOT / "examples" / "bank" / "app.env.example").read_text().splitlines()
    # All keys of the bank; the sandbox's own DB_SOURCE stays, which the other cases need.
    (ground.folder / "more.env").write_text("".join(f"{line}\n" for line in example if "DB_SOURCE" not in line))
    ground.call("secrets.push", "--file", "more.env", "--confirm", "sandbox")
    secret = json.loads(ground.call("secrets.show", "--json"))["secret"].removeprefix("aws:")
    line = CLASSIC.format(aws=Path(sys.executable).with_name("aws"), secret=secret)
    app_env = ground.folder / "app.env"
    pull = Command(ground.inv("secrets.pull"), ground.folder, ground.env, lambda: app_env.unlink(missing_ok=True))
    yield Case(
        "secrets-pull",
        "1.0 x aws | jq > app.env (aim: 0.8)",
        {OURS: pull, "aws | jq": Command(["sh", "-c", line], ground.folder, env)},
        lambda others: others["aws | jq"],
        rounds=9,
    )
    yield Case(
        "secrets-exec",
        "1.1 x secrets.pull",
        {OURS: replace(pull, argv=ground.inv("secrets.exec", "--", "true")), "secrets.pull": pull},
        lambda others: 1.1 * others["secrets.pull"],
        rounds=9,
    )
