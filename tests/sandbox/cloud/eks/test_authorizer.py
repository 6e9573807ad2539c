"""What access policies allow."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS"
READ = [("get", "pods"), ("list", "configmaps"), ("watch", "pods")]


@pytest.fixture
def grant(cloud: Any) -> Any:
    eks, one = cloud.cluster(), {"clusterName": "bank", "principalArn": f"arn:aws:iam::{cloud.account}:user/github"}
    eks.create_access_entry(**one)

    def associate(policy: str, *namespaces: str) -> None:
        scope = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
        eks.associate_access_policy(**one, policyArn=f"{HEAD}{policy}Policy", accessScope=scope)

    return associate


VIEW, EDIT, ADMIN, ADMIN_VIEW, CLUSTER_ADMIN, SECRETS = (
    "View",
    "Edit",
    "Admin",
    "AdminView",
    "ClusterAdmin",
    "SecretReader",
)
BY_POLICY = (VIEW, EDIT, ADMIN, ADMIN_VIEW, CLUSTER_ADMIN, SECRETS)
MATRIX = """
+++++-  get pods
+++++-  get pods/log
+++++-  list events
+++++-  get namespaces
+++++-  watch endpointslices.discovery.k8s.io
+++++-  list poddisruptionbudgets.policy
-++-+-  create pods
-++-+-  create pods/exec
-++-+-  create configmaps
-++-+-  impersonate serviceaccounts
-++-+-  patch deployments.apps
-++-+-  update deployments/scale.apps
-++-+-  deletecollection jobs.batch
-++-+-  create ingresses.networking.k8s.io
-++-+-  delete poddisruptionbudgets.policy
-+++++  get secrets
-++-+-  create secrets
--+-+-  create rolebindings.rbac.authorization.k8s.io
--+++-  list roles.rbac.authorization.k8s.io
--+-+-  create localsubjectaccessreviews.authorization.k8s.io
---++-  get nodes
----+-  delete nodes
----+-  create namespaces
----+-  bind roles.rbac.authorization.k8s.io
----+-  patch deployments/status.apps
----+-  create deployments.example.com
---++-  list certificates.cert-manager.io
---++-  list ingressclasses.networking.k8s.io
"""
"""A mark for each of BY_POLICY."""

BEYOND_EKS = (
    "get leases.coordination.k8s.io",
    "create leases.coordination.k8s.io",
    "list resourceclaims.resource.k8s.io",
    "create pods/eviction",
    "create serviceaccounts/token",
)
"""What Kubernetes' role `edit` allows (test_live.py asks it) and EKS's policies Edit and Admin don't."""


def review(cloud: Any, user: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return cloud.ask(
        "authorize", {"user": user["username"], "uid": user["uid"], "groups": [], "extra": user["extra"], **spec}
    )


def attributes(question: str) -> dict[str, str]:
    """Of a review, as an API server sends them: VERB RESOURCE[/SUBRESOURCE][.GROUP], in the namespace bank."""
    verb, _, what = question.partition(" ")
    resource, _, group = what.partition(".")
    resource, _, subresource = resource.partition("/")
    return {"verb": verb, "resource": resource, "subresource": subresource, "group": group, "namespace": "bank"}


def test_what_each_policy_allows(cloud: Any, grant: Any) -> None:
    lines = MATRIX.strip().splitlines()
    eks, who, found = cloud.client("eks"), cloud.whoami("github"), dict.fromkeys((line[8:] for line in lines), "")
    for policy in BY_POLICY:
        grant(policy)
        for question in found:
            allowed = review(cloud, who, resourceAttributes=attributes(question))["allowed"]
            found[question] += "+" if allowed else "-"
        eks.disassociate_access_policy(
            clusterName="bank",
            principalArn=f"arn:aws:iam::{cloud.account}:user/github",
            policyArn=f"{HEAD}{policy}Policy",
        )
    assert [f"{marks}  {question}" for question, marks in found.items()] == lines
    assert not cloud.can("github", "get", "pods", "bank")


@pytest.mark.parametrize("policy", [EDIT, ADMIN])
def test_what_kubernetes_roles_of_that_name_allow_beyond(cloud: Any, grant: Any, policy: str) -> None:
    grant(policy)
    who = cloud.whoami("github")
    for question in BEYOND_EKS:
        assert not review(cloud, who, resourceAttributes=attributes(question))["allowed"], question


def test_a_scope_of_namespaces(cloud: Any, grant: Any) -> None:
    grant("View", "bank", "team-*")
    for namespace, expected in {
        "bank": True,
        "team-a": True,
        "team-": True,
        "teams": False,
        "bank2": False,
        "": False,
    }.items():
        assert cloud.can("github", "get", "pods", namespace) is expected, namespace
    grant("ClusterAdmin", "bank")
    assert cloud.can("github", "delete", "anything", "bank", group="example.com")
    assert not cloud.can("github", "delete", "anything", "other", group="example.com")
    # What is of the cluster is in no namespace.
    assert not cloud.can("github", "get", "nodes")


def test_several_policies_add_up(cloud: Any, grant: Any) -> None:
    grant("View")
    grant("Edit", "bank")
    assert cloud.can("github", "get", "pods", "other") and not cloud.can("github", "create", "pods", "other")
    assert cloud.can("github", "create", "pods", "bank")


def test_paths_that_are_no_resources(cloud: Any, grant: Any) -> None:
    path = {"nonResourceAttributes": {"verb": "get", "path": "/metrics"}}
    grant("AdminView")
    assert not review(cloud, cloud.whoami("github"), **path)["allowed"]
    grant("ClusterAdmin", "bank")
    assert not review(cloud, cloud.whoami("github"), **path)["allowed"]
    grant("ClusterAdmin")
    assert review(cloud, cloud.whoami("github"), **path) == {
        "allowed": True,
        "reason": "EKS access policy AmazonEKSClusterAdminPolicy",
    }


def test_it_says_yes_or_nothing_and_never_no(cloud: Any, grant: Any) -> None:
    status = review(cloud, cloud.whoami("github"), resourceAttributes={"verb": "get", "resource": "pods"})
    assert status == {"allowed": False}


def test_who_impersonates_brings_no_policy(cloud: Any, grant: Any) -> None:
    grant("ClusterAdmin")
    who = cloud.whoami("github")
    what = {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "bank"}}
    assert review(cloud, who, **what)["allowed"]
    assert not review(cloud, {**who, "extra": {}}, **what)["allowed"]
    other = {**who["extra"], "arn": [f"arn:aws:iam::{cloud.account}:user/admin"]}
    assert not review(cloud, {**who, "extra": other}, **what)["allowed"]
    # API servers send the names of extra in lower case, or as they were.
    folded = {name.lower(): value for name, value in who["extra"].items()}
    assert review(cloud, {**who, "extra": folded}, **what)["allowed"]


def test_a_role_in_its_session(cloud: Any) -> None:
    eks, role = cloud.cluster(), cloud.role("deploy", path="/ci/")
    eks.create_access_entry(clusterName="bank", principalArn=role)
    eks.associate_access_policy(
        clusterName="bank", principalArn=role, policyArn=f"{HEAD}ViewPolicy", accessScope={"type": "cluster"}
    )
    cloud.role("deploy2")
    given = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    cloud.keys["me"] = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert cloud.can("me", "get", "pods", "bank") and not cloud.can("me", "create", "pods", "bank")
    who = cloud.whoami("me")
    stranger = {**who, "extra": {**who["extra"], "arn": [f"arn:aws:sts::{cloud.account}:assumed-role/deploy2/me"]}}
    assert not review(cloud, stranger, resourceAttributes={"verb": "get", "resource": "pods", "namespace": "x"})[
        "allowed"
    ]


def test_without_its_entry_there_is_no_policy(cloud: Any, grant: Any) -> None:
    grant("View")
    who = cloud.whoami("github")
    cloud.client("eks").delete_access_entry(clusterName="bank", principalArn=who["extra"]["arn"][0])
    assert not review(cloud, who, resourceAttributes={"verb": "get", "resource": "pods"})["allowed"]
