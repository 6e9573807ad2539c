"""iam.roles: the role of the cluster and the role of its nodes.

https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html, create-node-role.html
"""

from __future__ import annotations

from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.iam.api import Iam
from longshore.iam.documents import render
from longshore.iam.guarded import guarded
from longshore.iam.managed_policy import Attached
from longshore.iam.scope import require_cluster, role_name
from longshore.iam.trust import RoleStep
from longshore.steps.step import Step

CLUSTER, NODE = "cluster", "node"
SERVICES = {CLUSTER: "eks.amazonaws.com", NODE: "ec2.amazonaws.com"}
POLICIES = {
    CLUSTER: ("AmazonEKSClusterPolicy",),
    NODE: ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"),
}


def cluster_role_name(environment: Environment) -> str:
    """`bank-prod-cluster`. Raises UsageError where EKS_CLUSTER isn't set."""
    return role_name(require_cluster(environment), CLUSTER)


def node_role_name(environment: Environment) -> str:
    """`bank-prod-node`. Raises UsageError where EKS_CLUSTER isn't set."""
    return role_name(require_cluster(environment), NODE)


def cluster_role(environment: Environment) -> list[Step]:
    """The role of the control plane, without a guard: for a pipeline that begins with one."""
    return _role(Iam(open_session(environment)), environment, CLUSTER)


def node_role(environment: Environment) -> list[Step]:
    """The role of the nodes, without a guard."""
    return _role(Iam(open_session(environment)), environment, NODE)


def roles(environment: Environment) -> list[Step]:
    """Both, without a guard. Raises UsageError where EKS_CLUSTER isn't set."""
    iam = Iam(open_session(environment))
    return [*_role(iam, environment, CLUSTER), *_role(iam, environment, NODE)]


def guarded_roles(environment: Environment) -> list[Step]:
    """Both, after the guard on the account. Raises UsageError where EKS_CLUSTER isn't set."""
    begun = guarded(environment)
    parts = (_role(begun.iam, environment, part) for part in (CLUSTER, NODE))
    return [begun.guard, *(step for part in parts for step in part)]


def _role(iam: Iam, environment: Environment, part: str) -> list[Step]:
    name = role_name(require_cluster(environment), part)
    trust = render("trust-service", {"service": SERVICES[part]})
    about = f"longshore: the {'cluster' if part == CLUSTER else 'nodes of the cluster'} {environment.eks_cluster}"
    arns = [f"arn:{iam.partition}:iam::aws:policy/{policy}" for policy in POLICIES[part]]
    # A service's trust is no more than this: whatever else is in it is taken out.
    return [
        RoleStep(environment, iam, name, trust, about, replace=True),
        Attached(iam, "role", name, arns),
    ]
