from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from longshore.cluster.guard import guards
from longshore.cluster.provision import load_balancers
from longshore.cluster.provision.add_nodes import add_nodes
from longshore.cluster.provision.create import create
from longshore.cluster.provision.delete import delete
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused
from longshore.programs.kubectl import Kubectl
from longshore.steps.looking import Looking, look
from longshore.steps.report import Silent
from longshore.steps.step import ToDo
from tests.cluster.provision.own_cluster import a_run, described, eks, groups, killed, own, perform, planned, remove
from tests.command import until
from tests.database.rds.rds_sandbox import Told
from tests.live_cluster import LiveCluster
from tests.running import told

pytestmark = pytest.mark.integration

CLEANUP = "service.kubernetes.io/load-balancer-cleanup"
"""What AWS's controller puts on a Service with a load balancer, and takes off when that is gone."""

ALL_OF_EKS = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "eks:*", "Resource": "*"}]}
)


@pytest.fixture
def environment(live_cluster: LiveCluster) -> Iterator[Environment]:
    """A cluster of the test's own with a node."""
    yield from made(live_cluster, "t-delete")


@pytest.fixture(scope="module")
def kept(live_cluster: LiveCluster) -> Iterator[Environment]:
    """One for the tests in which it isn't deleted."""
    yield from made(live_cluster, "t-kept")


def made(live: LiveCluster, name: str) -> Iterator[Environment]:
    found = own(live.environment, name)
    perform(found, create(found))
    perform(found, add_nodes(found, 1, group="workers"), "add-nodes")
    yield found
    remove(found)


def kubectl(environment: Environment) -> Kubectl:
    identity, guard = guards(environment)
    look([identity, guard], Silent())
    return guard.kubectl(Looking(Silent()))


def service(name: str, kind: str = "LoadBalancer", **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default", **metadata},
        "spec": {"type": kind, "ports": [{"port": 80}]},
    }


INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "site", "namespace": "kube-public"},
    "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
}


def balancer(environment: Environment, name: str) -> str:
    """The host name that the sandbox gives its load balancer, a moment after the Service is made."""
    program = kubectl(environment)

    def hosts() -> list[str]:
        found = program.find("service", name, "default") or {}
        return [one["hostname"] for one in found["status"]["loadBalancer"].get("ingress") or ()]

    until(hosts)
    return hosts()[0]


def free(environment: Environment, name: str, first: Callable[[], None]) -> None:
    """What AWS's controller does once the Service is to be deleted; `first` is called before."""
    program = kubectl(environment)

    def found() -> dict[str, Any]:
        return program.find("service", name, "default") or {"metadata": {}}

    until(lambda: "deletionTimestamp" in found()["metadata"])
    first()
    changed = found()
    changed["metadata"]["finalizers"] = []
    program.replace(changed)


def test_load_balancers_go_first_and_are_waited_for(live_cluster: LiveCluster, environment: Environment) -> None:
    kubectl(environment).create(service("web", finalizers=[CLEANUP]), service("inner", "ClusterIP"), INGRESS)
    host = balancer(environment, "web")
    plan = planned(environment, delete(environment), "delete")
    assert plan["load-balancers"] == ToDo(
        "delete ingress kube-public/site",
        f"delete service default/web ({host})",
        "and wait until they are gone: without the cluster their load balancers would stay in AWS, and cost",
    )
    assert plan["node-groups"] == ToDo("delete workers with its 1 node")
    seen: list[object] = []

    def still_there() -> None:
        seen.append(sorted(groups(environment)))
        seen.append((described(environment) or {}).get("status"))

    before = len(live_cluster.calls())
    controller = threading.Thread(target=free, args=(environment, "web", still_there))
    controller.start()
    outcome = perform(environment, delete(environment), "delete")
    controller.join(30)
    assert seen == [["workers"], "ACTIVE"]
    assert outcome.acted == ("load-balancers", "node-groups", "deletion")
    assert described(environment) is None
    assert live_cluster.writes(before) == ["DeleteNodegroup", "DeleteCluster"]
    assert perform(environment, delete(environment), "delete").acted == ()


def test_a_load_balancer_that_does_not_go_keeps_the_cluster(kept: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    kubectl(kept).create(service("web", finalizers=[CLEANUP]))
    monkeypatch.setattr(load_balancers, "MINUTES", 0)
    with pytest.raises(Failed) as caught:
        perform(kept, delete(kept), "delete")
    what, why, *_ = caught.value.lines()
    assert what == "error: load balancers: waited 0 minutes"
    # With the host name, where the sandbox has given it one by now.
    assert why.startswith("  why: it is still 1 object left, such as service default/web")
    assert (described(kept) or {})["status"] == "ACTIVE"
    assert sorted(groups(kept)) == ["workers"]


def test_what_stays_is_told(kept: Environment) -> None:
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "pv-1"},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-0123"},
        },
    }
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "stray"},
        "spec": {"providerID": "aws:///eu-central-1a/i-0123"},
    }
    kubectl(kept).create(volume, node)
    seen = Told()
    a_run(kept, "delete", seen).plan(delete(kept))
    assert (
        "1 volume (vol-0123) and 1 node of no group (i-0123) will stay in AWS, and cost: delete them first, or by hand afterwards"
        in seen.lines
    )
    assert seen.details["left"] == (
        "the roles t-kept-cluster and t-kept-node (cost nothing); "
        "CloudWatch log groups under /aws/eks/t-kept, where logging was on; volume vol-0123; instance i-0123"
    )


@pytest.mark.parametrize(
    "when",
    [
        "wait 1",
        pytest.param("step.start load-balancers", marks=pytest.mark.exhaustive),
        pytest.param("wait 2", marks=pytest.mark.exhaustive),
        pytest.param("step.end node-groups", marks=pytest.mark.exhaustive),
        pytest.param("wait 3", marks=pytest.mark.exhaustive),
    ],
)
def test_a_killed_deletion_is_gone_on_with(environment: Environment, when: str) -> None:
    kubectl(environment).create(service("web"))
    killed(environment, "delete", when)
    perform(environment, delete(environment), "delete")
    assert described(environment) is None


def test_one_that_others_made_is_refused(live_cluster: LiveCluster, kept: Environment) -> None:
    found, client = described(kept), eks(kept)
    assert found is not None
    client.untag_resource(resourceArn=found["arn"], tagKeys=["managed-by"])
    before = len(live_cluster.calls())
    try:
        with pytest.raises(Refused) as caught:
            perform(kept, delete(kept), "delete")
        assert live_cluster.writes(before) == []
    finally:
        client.tag_resource(resourceArn=found["arn"], tags=found["tags"])
    assert caught.value.lines()[0] == (
        f"error: the cluster was not made by longshore, nothing was touched ({found['arn']})"
    )


def test_a_protected_one_is_refused(live_cluster: LiveCluster, kept: Environment) -> None:
    client = eks(kept)
    client.update_cluster_config(name=kept.eks_cluster, deletionProtection=True)
    before = len(live_cluster.calls())
    try:
        with pytest.raises(Refused, match="deletion protection is on, nothing was touched"):
            perform(kept, delete(kept), "delete")
        assert live_cluster.writes(before) == []
    finally:
        client.update_cluster_config(name=kept.eks_cluster, deletionProtection=False)


def test_one_that_cannot_be_asked_is_left(live_cluster: LiveCluster, kept: Environment) -> None:
    """What would stay behind isn't known then."""
    live_cluster.iam.put_user_policy(UserName="tester", PolicyName="all-of-eks", PolicyDocument=ALL_OF_EKS)
    before = len(live_cluster.calls())
    try:
        someone = dataclasses.replace(kept, profile="tester")
        with pytest.raises(Failed) as caught:
            perform(someone, delete(someone), "delete")
        assert live_cluster.writes(before) == []
    finally:
        live_cluster.iam.delete_user_policy(UserName="tester", PolicyName="all-of-eks")
    assert caught.value.lines()[:2] == [
        "error: could not look for volumes and nodes (t-kept)",
        "  why: the cluster does not know profile tester (401): no access entry and no line of aws-auth maps it",
    ]


def test_the_command_always_asks(live_cluster: LiveCluster) -> None:
    before = len(live_cluster.calls())
    told(live_cluster.inv("cluster.delete"), 3, "not confirmed", "--confirm sandbox")
    assert live_cluster.writes(before) == []
