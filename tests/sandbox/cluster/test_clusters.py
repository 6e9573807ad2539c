from __future__ import annotations

import os
import signal
import socket
import stat
import threading
import time

import psutil
import pytest

from longshore.errors import Failed
from longshore.sandbox import processes
from longshore.sandbox.cloud.clusters import Clusters, Node
from longshore.sandbox.cluster.clusters import KubernetesClusters
from longshore.sandbox.cluster.files import ADMINISTRATOR, Files
from tests.command import until
from tests.sandbox.cluster.conftest import Bench

pytestmark = pytest.mark.integration

PARTS = ["apiserver", "controller-manager", "etcd", "kwok", "scheduler"]


def pods_of(bench: Bench, name: str = "bank-dev", namespace: str = "kube-system") -> list[dict[str, object]]:
    _, answer = bench.clusters.ask(name, "GET", f"/api/v1/namespaces/{namespace}/pods")
    return list(answer["items"])


def node(number: int, **more: object) -> Node:
    return Node(f"ip-10-0-1-{number}.eu-central-1.compute.internal", **more)  # type: ignore[arg-type]


def test_it_is_what_eks_asks_for(running: Bench) -> None:
    clusters: Clusters = running.clusters
    assert clusters.version == "1.36"
    assert clusters.ask("bank-dev", "GET", "/version")[1]["gitVersion"].startswith("v1.36.")


def test_who_somebody_is_and_what_he_may_do_is_asked_by_the_webhooks(running: Bench) -> None:
    running.webhooks.users["t-ann"] = ("ann", ["bank:view"])
    running.webhooks.allowed = {("ann", "pods")}
    running.webhooks.asked.clear()
    ann = running.api("bank-dev", "t-ann")
    status, who = ann.ask(
        "POST",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
    )
    assert (status, who["status"]["userInfo"]["username"]) == (201, "ann")
    assert who["status"]["userInfo"]["groups"] == ["bank:view", "system:authenticated"]
    assert ann.ask("GET", "/api/v1/namespaces/default/pods")[0] == 200
    assert ann.ask("GET", "/api/v1/namespaces/default/secrets")[0] == 403
    assert running.api("bank-dev", "t-eve").ask("GET", "/api/v1/namespaces/default/pods")[0] == 401
    asked = [(path, proof) for path, proof, spec in running.webhooks.asked if spec.get("user") == "ann"]
    here = "/_sandbox/clusters/bank-dev"
    assert set(asked) == {(f"{here}/authorize", f"kube-apiserver:{running.webhooks.token}")}
    reviews = [(path, spec["token"]) for path, _, spec in running.webhooks.asked if "token" in spec]
    assert reviews == [(f"{here}/authenticate", "t-ann"), (f"{here}/authenticate", "t-eve")]


def test_a_no_and_a_yes_of_the_webhook_hold_for_one_request(running: Bench) -> None:
    running.webhooks.users["t-bob"] = ("bob", [])
    bob = running.api("bank-dev", "t-bob")
    path = "/api/v1/namespaces/default/configmaps"
    for allowed, status in (((), 403), ((("bob", "configmaps"),), 200), ((), 403)):
        running.webhooks.allowed = set(allowed)
        assert bob.ask("GET", path)[0] == status


def test_rbac_counts_too(running: Bench) -> None:
    running.webhooks.users["t-carol"] = ("carol", ["bank:view"])
    running.webhooks.allowed = set()
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "view"}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    group = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "bank:view"}
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    carol = running.api("bank-dev", "t-carol")
    assert carol.ask("GET", "/api/v1/namespaces/default/services")[0] == 403
    assert running.clusters.ask("bank-dev", "POST", path, rbac | {"roleRef": role, "subjects": [group]})[0] == 201
    until(lambda: carol.ask("GET", "/api/v1/namespaces/default/services")[0] == 200)


def test_nodes_join_ready_and_pods_run_on_them(running: Bench) -> None:
    two = [node(7, labels={"eks.amazonaws.com/nodegroup": "blue"}), node(8, capacity={"cpu": "4", "memory": "16Gi", "pods": "58"})]  # fmt: skip
    running.clusters.join("bank-dev", two)
    _, first = running.clusters.ask("bank-dev", "GET", f"/api/v1/nodes/{two[0].name}")
    assert first["metadata"]["labels"]["eks.amazonaws.com/nodegroup"] == "blue"
    assert first["status"]["nodeInfo"]["kubeletVersion"].startswith("v1.36.")
    assert {"type": "InternalIP", "address": "10.0.1.7"} in first["status"]["addresses"]
    assert running.clusters.ask("bank-dev", "GET", f"/api/v1/nodes/{two[1].name}")[1]["status"]["capacity"] == {
        "cpu": "4", "memory": "16Gi", "pods": "58",
    }  # fmt: skip
    # CoreDNS twice, kube-proxy and the network plugin on each node.
    until(lambda: [pod["status"]["phase"] for pod in pods_of(running)] == ["Running"] * 6)  # type: ignore[index]
    running.clusters.join("bank-dev", two)

    running.clusters.leave("bank-dev", [two[0].name, "never-there"])
    assert running.clusters.ask("bank-dev", "GET", f"/api/v1/nodes/{two[0].name}")[0] == 404
    until(lambda: {pod["spec"].get("nodeName") for pod in pods_of(running)} == {two[1].name})  # type: ignore[attr-defined]
    running.clusters.leave("bank-dev", [two[1].name])


def test_the_audit_log_has_who_wrote_what_and_no_question(running: Bench) -> None:
    log = running.layout.log("eks-bank-dev.audit")
    before = len(log.read_text())
    running.clusters.ask("bank-dev", "GET", "/api/v1/pods")
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": {"verb": "get"}}}  # fmt: skip
    assert running.clusters.ask("bank-dev", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)[0] == 201  # fmt: skip
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "written"}}
    assert running.clusters.ask("bank-dev", "POST", "/api/v1/namespaces/default/configmaps", body)[0] == 201
    lines = log.read_text()[before:].splitlines()
    assert len(lines) == 1
    assert '"verb":"create"' in lines[0]
    assert f'"username":"{ADMINISTRATOR}"' in lines[0]
    assert '"name":"written"' in lines[0]


def test_it_listens_on_this_machine_only_and_etcd_for_nobody_else(running: Bench) -> None:
    listening = {}
    for one in processes.recorded(running.layout):
        found = psutil.Process(one.pid).net_connections(kind="inet")
        listening[one.name] = [c.laddr for c in found if c.status == psutil.CONN_LISTEN]
    assert sorted(listening) == [f"eks-bank-dev.{part}" for part in PARTS]
    assert {address.ip for addresses in listening.values() for address in addresses} == {"127.0.0.1"}
    # Its port tells health and figures; keys and values are behind the socket.
    (metrics,) = listening["eks-bank-dev.etcd"]
    with socket.create_connection(("127.0.0.1", metrics.port)) as probe:
        probe.sendall(b"GET /v3/kv/range HTTP/1.0\r\n\r\n")
        assert probe.recv(100).startswith(b"HTTP/1.0 404")
    folder = running.layout.cluster("bank-dev")
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_no_token_is_in_an_argument_or_a_log_and_files_are_private(running: Bench) -> None:
    files = Files(running.layout.cluster("bank-dev"))
    tokens = [line.split(",")[0] for line in files.tokens.read_text().splitlines()]
    assert len(set(tokens)) == 4
    texts = [" ".join(psutil.Process(one.pid).cmdline()) for one in processes.recorded(running.layout)]
    texts += [path.read_text() for path in running.layout.logs.iterdir()]
    assert not [token for token in (*tokens, running.webhooks.token) for text in texts if token in text]
    ours = [path for path in (*files.folder.iterdir(), *running.layout.logs.iterdir()) if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in ours} == {0o600}


def test_two_clusters_are_two(running: Bench) -> None:
    running.clusters.create("bank-prod")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "only-here"}}
    path = "/api/v1/namespaces/default/configmaps"
    assert running.clusters.ask("bank-prod", "POST", path, body)[0] == 201
    assert running.clusters.ask("bank-dev", "GET", f"{path}/only-here")[0] == 404
    running.clusters.delete("bank-prod")
    assert not running.layout.cluster("bank-prod").exists()
    assert {one.name for one in processes.recorded(running.layout)} == {f"eks-bank-dev.{part}" for part in PARTS}
    running.clusters.delete("bank-prod")
    with pytest.raises(OSError, match="no control plane bank-prod"):
        running.clusters.ask("bank-prod", "GET", "/version")


def test_each_part_that_is_killed_is_started_again(bench: Bench) -> None:
    plane = bench.clusters.create("c")
    bench.clusters.join("c", [node(1)])
    for part in bench.clusters.parts():
        assert part.fault() == ""
        (recorded,) = (one for one in processes.recorded(bench.layout) if one.name == part.name)
        os.kill(recorded.pid, signal.SIGKILL)
        until(part.died)
        assert "does not answer" in part.fault()
        assert part.revive()
        until(lambda part=part: part.fault() == "")  # type: ignore[misc]
        assert not part.revive()
    assert plane.endpoint == f"https://127.0.0.1:{bench.ports['eks-c.apiserver']}"
    # What etcd had is there, and the others work on it again.
    bench.clusters.join("c", [node(1), node(2)])
    until(lambda: len(pods_of(bench, "c")) == 6)


def test_the_port_of_last_time_is_wanted_again_and_another_taken_where_somebody_has_it(bench: Bench) -> None:
    first = bench.clusters.create("c").endpoint
    bench.clusters.delete("c")
    assert bench.clusters.create("c").endpoint == first
    bench.clusters.delete("c")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(first.rpartition(":")[2])))
        taken.listen()
        assert bench.clusters.create("c").endpoint != first
    assert bench.clusters.ask("c", "GET", "/readyz")[0] == 200


def test_a_part_that_does_not_start_says_why_and_nothing_is_left(bench: Bench) -> None:
    # A folder stands where the API server would write its audit log.
    bench.layout.log("eks-c.audit").mkdir()
    with pytest.raises(Failed) as caught:
        bench.clusters.create("c")
    lines = caught.value.lines()
    log = bench.layout.log("eks-c.apiserver")
    assert lines[0] == f"error: kube-apiserver did not start: eks-c.apiserver ({log})"
    assert "is a directory" in lines[1]
    assert lines[2] == f"  next: less {log}"
    assert processes.recorded(bench.layout) == []
    assert not bench.layout.cluster("c").exists()


def test_ended_in_the_middle_of_a_start(bench: Bench) -> None:
    failures: list[Exception] = []

    def create() -> None:
        try:
            bench.clusters.create("c")
        except Failed as error:
            failures.append(error)

    thread = threading.Thread(target=create)
    thread.start()
    until(lambda: len(processes.recorded(bench.layout)) >= 2)
    begun = time.monotonic()
    bench.clusters.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert len(failures) == 1
    assert time.monotonic() - begun < 20
    assert processes.living(bench.layout, bench.layout.data(None)) == []
    assert not bench.layout.clusters.exists()
    with pytest.raises(Failed, match="the sandbox is stopping"):
        bench.clusters.create("d")


def test_what_an_earlier_sandbox_left_is_removed(bench: Bench) -> None:
    left = bench.layout.cluster("old")
    left.mkdir(parents=True)
    (left / "tokens.csv").write_text("")
    KubernetesClusters(bench.layout, lambda: "", "")
    assert not left.exists()
