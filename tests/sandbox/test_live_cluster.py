"""The fixture that the tests of access stand on: what it says must be so."""

from __future__ import annotations

import pytest

from tests.live_cluster import CLUSTER, NAMESPACE, LiveCluster, Write

pytestmark = pytest.mark.integration

GITHUB = "arn:aws:iam::111122223333:user/github-ci"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"


def test_kubectl_is_whoever_the_profile_is(live_cluster: LiveCluster) -> None:
    live_cluster.reset_access()
    who = live_cluster.kubectl("default", "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}").check()
    assert who.stdout == "arn:aws:iam::111122223333:user/admin"
    live_cluster.kubectl("default", "get", "namespace", NAMESPACE).check()
    nodes = live_cluster.kubectl("default", "get", "nodes", "--no-headers").check().stdout.splitlines()
    assert [line.split()[1] for line in nodes] == ["Ready", "Ready"]
    refused = live_cluster.kubectl("github", "get", "pods").check(1)
    assert "You must be logged in to the server" in refused.stderr


def test_an_entry_lets_in_and_reset_shuts_out_again(live_cluster: LiveCluster) -> None:
    live_cluster.reset_access()
    first = live_cluster.entries
    assert sorted(arn.rpartition("/")[2] for arn in first) == ["admin", "longshore-sandbox-node"]
    about = {"clusterName": CLUSTER, "principalArn": GITHUB}
    live_cluster.eks.create_access_entry(**about)
    assert "forbidden" in live_cluster.kubectl("github", "get", "pods", "-n", NAMESPACE).check(1).stderr
    scope = {"type": "namespace", "namespaces": [NAMESPACE]}
    live_cluster.eks.associate_access_policy(**about, policyArn=VIEW, accessScope=scope)
    live_cluster.kubectl("github", "get", "pods", "-n", NAMESPACE).check()
    assert "forbidden" in live_cluster.kubectl("github", "get", "pods", "-n", "default").check(1).stderr
    live_cluster.eks.delete_access_entry(clusterName=CLUSTER, principalArn="arn:aws:iam::111122223333:user/admin")
    live_cluster.put_aws_auth(None)
    live_cluster.reset_access()
    assert live_cluster.entries == first
    assert "longshore-sandbox-node" in live_cluster.aws_auth["mapRoles"]
    assert "logged in" in live_cluster.kubectl("github", "get", "pods", "-n", NAMESPACE).check(1).stderr
    live_cluster.kubectl("default", "get", "pods", "-n", NAMESPACE).check()


def test_the_log_of_writes_has_those_of_people_only(live_cluster: LiveCluster) -> None:
    live_cluster.reset_access()
    mark = live_cluster.api_mark()
    live_cluster.put_aws_auth(live_cluster.aws_auth)
    live_cluster.kubectl("default", "get", "pods").check()
    live_cluster.kubectl("default", "auth", "can-i", "get", "pods").check()
    create = ("create", "configmap", "written", "-n", NAMESPACE)
    live_cluster.kubectl("default", *create, "--dry-run=server").check()
    assert live_cluster.api_writes(mark) == []
    assert [write.resource for write in live_cluster.api_writes(mark, everyone=True)] == ["configmaps"]
    live_cluster.kubectl("default", *create).check()
    live_cluster.kubectl("default", "delete", "configmap", "written", "-n", NAMESPACE).check()
    admin = "arn:aws:iam::111122223333:user/admin"
    assert live_cluster.api_writes(mark) == [
        Write(admin, "create", "configmaps", NAMESPACE, "written", 201),
        Write(admin, "delete", "configmaps", NAMESPACE, "written", 200),
    ]
