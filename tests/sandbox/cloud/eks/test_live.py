"""Access entries and policies before the real API server: kubectl, with tokens of the real aws CLI."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live_cluster import CLUSTER, NAMESPACE, LiveCluster
from tests.sandbox.cloud.eks.test_authorizer import BEYOND_EKS, attributes

HEAD = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS"

pytestmark = pytest.mark.integration


@pytest.fixture
def cluster(live_cluster: LiveCluster) -> Iterator[LiveCluster]:
    live_cluster.reset_access()
    yield live_cluster
    live_cluster.reset_access()


def can(cluster: LiveCluster, *words: str) -> str:
    return cluster.kubectl("github", "auth", "can-i", *words).stdout.strip()


def test_from_unmapped_to_a_namespace_of_ones_own_and_back(cluster: LiveCluster) -> None:
    github = cluster.iam.get_user(UserName="github-ci")["User"]
    one = {"clusterName": CLUSTER, "principalArn": github["Arn"]}
    refused = cluster.kubectl("github", "get", "--raw", "/api")
    assert refused.code == 1 and "Unauthorized" in refused.stderr
    cluster.eks.create_access_entry(**one)
    who = cluster.kubectl(
        "github",
        "auth",
        "whoami",
        "-o",
        "jsonpath={.status.userInfo.username} {.status.userInfo.groups} {.status.userInfo.uid}",
    )
    account = github["Arn"].split(":")[4]
    # A policy is no group: nothing of it shows.
    assert who.stdout == f'{github["Arn"]} ["system:authenticated"] aws-iam-authenticator:{account}:{github["UserId"]}'
    forbidden = cluster.kubectl("github", "get", "pods", "-n", NAMESPACE)
    assert forbidden.code == 1 and "Forbidden" in forbidden.stderr
    scope = {"type": "namespace", "namespaces": [NAMESPACE[:2] + "*"]}
    cluster.eks.associate_access_policy(**one, policyArn=f"{HEAD}EditPolicy", accessScope=scope)
    assert cluster.kubectl("github", "get", "pods", "-n", NAMESPACE).code == 0
    assert cluster.kubectl("github", "create", "configmap", "mine", "-n", NAMESPACE).code == 0
    assert cluster.kubectl("github", "delete", "configmap", "mine", "-n", NAMESPACE).code == 0
    assert can(cluster, "get", "secrets", "-n", NAMESPACE) == "yes"
    assert can(cluster, "create", "rolebindings.rbac.authorization.k8s.io", "-n", NAMESPACE) == "no"
    assert can(cluster, "get", "pods", "-n", "default") == "no"
    cluster.eks.associate_access_policy(**one, policyArn=f"{HEAD}AdminViewPolicy", accessScope={"type": "cluster"})
    assert cluster.kubectl("github", "get", "nodes").code == 0
    assert cluster.kubectl("github", "delete", "nodes", "--all").code == 1
    cluster.eks.associate_access_policy(**one, policyArn=f"{HEAD}ClusterAdminPolicy", accessScope={"type": "cluster"})
    assert can(cluster, "*", "*", "--all-namespaces") == "yes"
    # Who is impersonated has none of it.
    assert can(cluster, "get", "nodes", "--as", "somebody") == "no"
    cluster.eks.delete_access_entry(**one)
    refused = cluster.kubectl("github", "get", "--raw", "/api")
    assert refused.code == 1 and "Unauthorized" in refused.stderr


def test_edit_is_less_than_kubernetes_role_of_that_name(cluster: LiveCluster) -> None:
    rbac, reviews = "rbac.authorization.k8s.io", "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    binding = {
        "metadata": {"name": "kim"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "edit"},
        "subjects": [{"apiGroup": rbac, "kind": "User", "name": "kim"}],
    }
    status, _ = cluster.ask_api("POST", f"/apis/{rbac}/v1/namespaces/{NAMESPACE}/rolebindings", binding)
    assert status == 201
    for question in BEYOND_EKS:
        spec = {"user": "kim", "resourceAttributes": {**attributes(question), "namespace": NAMESPACE}}
        assert cluster.ask_api("POST", reviews, {"spec": spec})[1]["status"]["allowed"], question
    one = {"clusterName": CLUSTER, "principalArn": cluster.iam.get_user(UserName="github-ci")["User"]["Arn"]}
    cluster.eks.create_access_entry(**one)
    cluster.eks.associate_access_policy(**one, policyArn=f"{HEAD}EditPolicy", accessScope={"type": "cluster"})
    assert can(cluster, "create", "configmaps", "-n", NAMESPACE) == "yes"
    assert can(cluster, "create", "leases.coordination.k8s.io", "-n", NAMESPACE) == "no"
