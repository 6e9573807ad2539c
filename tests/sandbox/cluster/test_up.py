"""sandbox.up with a cluster: what is there, what mends it, what is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from longshore.environments.environment import SANDBOX, Environment
from longshore.environments.load import load
from longshore.errors import Failed
from longshore.sandbox import front_door, kept, lifecycle, processes, settings
from longshore.sandbox.account import account
from longshore.sandbox.cluster.api import Api
from longshore.sandbox.cluster.files import Files
from longshore.sandbox.cluster.seed import SeedCluster
from longshore.sandbox.exports import exports
from longshore.sandbox.kept import Kept
from longshore.sandbox.layout import Layout
from longshore.sandbox.processes import Recorded
from longshore.sandbox.status import status
from tests.command import until
from tests.sandbox import project

pytestmark = pytest.mark.integration

CLUSTER = "bank-prod"
SERVERS = [
    "aws", "postgres",
    *(f"eks-{CLUSTER}.{part}" for part in ("etcd", "apiserver", "controller-manager", "scheduler", "kwok")),
]  # fmt: skip
CONFIG_MAPS = "/api/v1/namespaces/bank/configmaps"

MakeProject = Callable[[str], Environment]


def with_cluster(folder: Path) -> Environment:
    project.make(folder)
    with (folder / "env" / "prod.env").open("a") as file:
        file.write(f"EKS_CLUSTER={CLUSTER}\nK8S_NAMESPACE=bank\n")
    return load(folder, SANDBOX, variables={})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """One for the tests that leave it as it is."""
    environment = with_cluster(tmp_path_factory.mktemp("cluster") / 'it\'s a "hard" $ % folder')
    project.run(environment, lifecycle.up)
    yield environment
    project.run(environment, lifecycle.reset)


@pytest.fixture
def make_project(tmp_path: Path) -> Iterator[MakeProject]:
    made: list[Environment] = []

    def make(name: str) -> Environment:
        made.append(with_cluster(tmp_path / name))
        return made[-1]

    yield make
    for environment in made:
        project.run(environment, lifecycle.reset)


def kept_of(environment: Environment) -> Kept:
    found = kept.load(Layout.of(environment))
    assert found is not None
    return found


def process(environment: Environment, name: str) -> Recorded:
    return next(one for one in processes.recorded(Layout.of(environment)) if one.name == name)


def kill(environment: Environment, name: str) -> Recorded:
    killed = process(environment, name)
    os.kill(killed.pid, signal.SIGKILL)
    until(lambda: not killed.server.alive())
    return killed


def ask(environment: Environment, method: str, path: str, body: dict[str, Any] | None = None) -> int:
    files = Files(Layout.of(environment).cluster(CLUSTER))
    port = kept_of(environment).ports[f"eks-{CLUSTER}.apiserver"]
    return Api(port, files.certificates.authority, files.token()).ask(method, path, body)[0]


def write(environment: Environment, name: str) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    assert ask(environment, "POST", CONFIG_MAPS, body) == 201


def eks(environment: Environment) -> Any:
    return front_door.client("eks", project.REGION, kept_of(environment))


def nothing_is_left(environment: Environment, before: Kept, family: list[psutil.Process]) -> None:
    layout = Layout.of(environment)
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert processes.living(layout, layout.data(account())) == []
    for port in before.ports.values():
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert not layout.clusters.exists()
    assert not layout.kubeconfig.exists()


def family_of(environment: Environment) -> list[psutil.Process]:
    return [psutil.Process(one.pid) for one in processes.recorded(Layout.of(environment))]


def shell(environment: Environment, script: str) -> subprocess.CompletedProcess[str]:
    lines = "\n".join(exports(environment, {}))
    return project.shell(f"{lines}\n{script}", {"PATH": "/usr/bin:/bin", "HOME": str(environment.root)})


def test_up_again_has_nothing_to_do(running: Environment) -> None:
    outcome = project.run(running, lifecycle.up)
    assert outcome.acted == ()
    names = ["sandbox-registry", "sandbox-programs", "sandbox-start", "sandbox-cluster"]
    assert [step.step.name for step in outcome.plan.steps] == names


def test_nothing_of_the_shell_leads_elsewhere(
    running: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("no section\n")
    for name, value in {
        "AWS_PROFILE": "nobody", "AWS_ACCESS_KEY_ID": "AKIAFOREIGNFOREIGN00", "AWS_SECRET_ACCESS_KEY": "foreign",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_CONFIG_FILE": str(tmp_path / "config"), "HTTP_PROXY": "http://127.0.0.1:1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert project.run(running, lifecycle.up).acted == ()


def test_kubectl_of_the_shell_is_whoever_aws_profile_names(running: Environment) -> None:
    said = shell(
        running,
        "kubectl auth whoami -o jsonpath='{.status.userInfo.username}{\"\\n\"}'\n"
        "kubectl get nodes --no-headers | awk '{print $2, $5}'\n"
        "kubectl get namespace bank -o name\n"
        "kubectl config current-context\n"
        "AWS_PROFILE=github kubectl get pods 2>&1 || true",
    )
    assert said.stdout.splitlines() == [
        f"arn:aws:iam::{project.ACCOUNT}:user/admin",
        "Ready v1.36.3",
        "Ready v1.36.3",
        "namespace/bank",
        "sandbox",
        "error: You must be logged in to the server (Unauthorized)",
    ]


def test_eks_tells_of_it(running: Environment) -> None:
    found = eks(running).describe_cluster(name=CLUSTER)["cluster"]
    assert found["endpoint"] == f"https://127.0.0.1:{kept_of(running).ports[f'eks-{CLUSTER}.apiserver']}"
    assert (found["version"], found["accessConfig"]["authenticationMode"]) == ("1.36", "API_AND_CONFIG_MAP")
    entries = eks(running).list_access_entries(clusterName=CLUSTER)["accessEntries"]
    assert sorted(arn.rpartition("/")[2] for arn in entries) == ["admin", "longshore-sandbox-node"]


def test_status_asks_each_part(running: Environment) -> None:
    answer = status(running)
    assert answer.ok
    assert [one["name"] for one in answer.data["servers"]] == SERVERS
    assert {row[4] for row in answer.tables[0].rows} == {"answers"}


def test_what_is_written_is_private(running: Environment) -> None:
    layout = Layout.of(running)
    assert stat.S_IMODE(layout.kubeconfig.stat().st_mode) == 0o600
    text = layout.kubeconfig.read_text()
    assert Files(layout.cluster(CLUSTER)).token() not in text
    assert "profile" not in text
    texts = [" ".join(one.cmdline()) for one in family_of(running)]
    texts += [path.read_text() for path in layout.logs.iterdir()]
    token = Files(layout.cluster(CLUSTER)).kubeconfig("authenticate").read_text()
    password = json.loads(token)["clusters"][0]["cluster"]["server"].partition("@")[0].rpartition(":")[2]
    assert not [text for text in texts if password in text]


def test_each_part_that_is_killed_is_started_again(running: Environment) -> None:
    write(running, "kept")
    before, supervisor = kept_of(running), process(running, "supervisor")
    for name in SERVERS[2:]:
        killed = kill(running, name)
        # Asked right away, `up` waits for the supervisor instead of starting anew.
        project.run(running, lifecycle.up)
        assert process(running, name).pid != killed.pid
        until(lambda: status(running).ok)
    for name in SERVERS[2:]:
        os.kill(process(running, name).pid, signal.SIGKILL)
    until(lambda: status(running).ok)
    assert process(running, "supervisor") == supervisor
    assert kept_of(running) == before
    assert ask(running, "GET", f"{CONFIG_MAPS}/kept") == 200
    assert f"eks-{CLUSTER}.etcd died; starting it again" in Layout.of(running).supervisor_log.read_text()


def test_what_somebody_took_away_is_made_again(running: Environment) -> None:
    layout, client = Layout.of(running), eks(running)
    layout.kubeconfig.unlink()
    assert project.run(running, lifecycle.up).acted == ("sandbox-cluster",)
    assert layout.kubeconfig.exists()

    ask(running, "DELETE", "/api/v1/namespaces/bank")
    until(lambda: ask(running, "GET", "/api/v1/namespaces/bank") == 404)
    assert project.run(running, lifecycle.up).acted == ("sandbox-cluster",)
    assert ask(running, "GET", "/api/v1/namespaces/bank") == 200

    client.delete_nodegroup(clusterName=CLUSTER, nodegroupName="nodes")
    until(lambda: client.list_nodegroups(clusterName=CLUSTER)["nodegroups"] == [])
    client.delete_cluster(name=CLUSTER)
    until(lambda: client.list_clusters()["clusters"] == [])
    answer = status(running)
    assert (answer.ok, answer.notes[-2:]) == (False, [f"the cluster {CLUSTER} does not run", "next: inv sandbox.up"])
    assert project.run(running, lifecycle.up).acted == ("sandbox-cluster",)
    assert status(running).ok


def test_down_leaves_nothing_and_the_next_up_finds_its_ports(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    before, family = kept_of(environment), family_of(environment)
    assert len(family) == len(SERVERS)
    write(environment, "forgotten")
    assert project.run(environment, lifecycle.down).acted == ("sandbox-stop",)
    nothing_is_left(environment, before, family)
    assert project.run(environment, lifecycle.down).acted == ()
    answer = status(environment)
    assert (answer.ok, answer.tables[0].rows) == (False, [])

    project.run(environment, lifecycle.up)
    assert kept_of(environment) == before
    assert ask(environment, "GET", f"{CONFIG_MAPS}/forgotten") == 404

    project.run(environment, lifecycle.down)
    port = before.ports[f"eks-{CLUSTER}.apiserver"]
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        project.run(environment, lifecycle.up)
    now = kept_of(environment).ports[f"eks-{CLUSTER}.apiserver"]
    assert now != port
    assert f"https://127.0.0.1:{now}\n" in Layout.of(environment).kubeconfig.read_text()
    assert shell(environment, "kubectl get namespace bank -o name").stdout == "namespace/bank\n"


def test_a_killed_supervisor(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    before, family = kept_of(environment), family_of(environment)
    kill(environment, "supervisor")
    assert not status(environment).ok
    assert project.run(environment, lifecycle.up).acted == ("sandbox-start", "sandbox-cluster")
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert kept_of(environment) == before
    assert status(environment).ok

    family = family_of(environment)
    kill(environment, "supervisor")
    # As if it had been killed between the start of each and its record.
    layout = Layout.of(environment)
    for name in SERVERS[2:]:
        processes.forget(layout, name)
    assert {one.name for one in processes.living(layout, layout.data(account()))} == {*SERVERS} - {"aws"}
    project.run(environment, lifecycle.down)
    nothing_is_left(environment, before, family)


def test_without_the_cluster_and_a_control_plane_that_does_not_start(make_project: MakeProject) -> None:
    environment = make_project("p")
    steps = lifecycle.up(environment, without=["cluster"])
    assert project.execute(environment, "sandbox.up", steps).acted == ("sandbox-start",)
    answer = status(environment)
    assert answer.ok
    assert [one["name"] for one in answer.data["servers"]] == ["aws", "postgres"]
    # Such a shell's kubectl reaches no cluster, above all not the person's own.
    assert "current-context is not set" in shell(environment, "kubectl config current-context || true").stderr

    in_the_way = Layout.of(environment).log(f"eks-{CLUSTER}.audit")
    in_the_way.mkdir()
    with pytest.raises(Failed) as caught:
        project.run(environment, lifecycle.up)
    lines = caught.value.lines()
    assert lines[0] == f"error: the cluster did not start ({CLUSTER})"
    assert "kube-apiserver did not start" in lines[1]
    assert "is a directory" in lines[1]
    assert lines[2] == "  next: inv sandbox.up, or without it: inv sandbox.up --without cluster"
    assert len(processes.recorded(Layout.of(environment))) == 2

    in_the_way.rmdir()
    assert project.run(environment, lifecycle.up).acted == ("sandbox-cluster",)
    assert len(status(environment).data["servers"]) == len(SERVERS)
    assert status(environment).ok


def test_ended_while_the_cluster_starts(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.execute(environment, "sandbox.up", lifecycle.up(environment, without=["cluster"]))
    layout, wishes = Layout.of(environment), settings.wished(environment, faults=False)
    failures: list[BaseException] = []

    def start() -> None:
        step = SeedCluster(layout, wishes.region, wishes.cluster, wishes.namespace)
        try:
            project.execute(environment, "sandbox.up", [step])
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    until(lambda: len(processes.recorded(layout)) >= 4)
    before, family = kept_of(environment), family_of(environment)
    # As a shutdown of the machine does it, not by `down`, which would wait for the other run.
    os.kill(process(environment, "supervisor").pid, signal.SIGTERM)
    thread.join(60)
    assert not thread.is_alive()
    assert len(failures) == 1
    until(lambda: processes.living(layout, layout.data(account())) == [])
    nothing_is_left(environment, before, family)
    project.run(environment, lifecycle.up)
    assert status(environment).ok


def test_interrupted_while_the_cluster_starts(make_project: MakeProject) -> None:
    environment = make_project("p")

    class Impatient(SeedCluster):
        def _is_active(self) -> bool:
            raise KeyboardInterrupt

    layout, wishes = Layout.of(environment), settings.wished(environment, faults=False)
    steps = lifecycle.up(environment)
    steps[-1] = Impatient(layout, wishes.region, wishes.cluster, wishes.namespace)
    with pytest.raises(KeyboardInterrupt):
        project.execute(environment, "sandbox.up", steps)
    # AWS goes on with what it was asked for, and the next `up` waits for that.
    assert project.run(environment, lifecycle.up).acted == ("sandbox-cluster",)
    assert status(environment).ok


def test_two_projects_side_by_side(make_project: MakeProject, running: Environment) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    assert not set(kept_of(environment).ports.values()) & set(kept_of(running).ports.values())
    write(environment, "only-here")
    assert ask(running, "GET", f"{CONFIG_MAPS}/only-here") == 404
    project.run(environment, lifecycle.down)
    assert status(running).ok


def test_a_removed_checkout_leaves_no_servers(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    family = family_of(environment)
    Layout.of(environment).folder.rename(environment.root / "elsewhere")
    until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family))


def test_programs_that_cannot_be_built(make_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = make_project("p")
    in_the_way = environment.root / "a-file"
    in_the_way.write_text("")
    monkeypatch.setenv("LONGSHORE_CACHE", str(in_the_way / "cache"))
    # The registry is there for the cluster's charts, too.
    for without, program, part in (((), "crane 0.22.1", "registry"), (("registry",), "etcd 3.6.8", "cluster")):
        with pytest.raises(Failed) as caught:
            project.execute(environment, "sandbox.up", lifecycle.up(environment, without=without))
        lines = caught.value.lines()
        assert lines[0].startswith(f"error: {program} can't be built")
        assert f"  next: or do without it: inv sandbox.up --without {part}" in lines
    assert processes.recorded(Layout.of(environment)) == []
    steps = lifecycle.up(environment, without=["cluster"])
    assert project.execute(environment, "sandbox.up", steps).acted == ("sandbox-start",)
