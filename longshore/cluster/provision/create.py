"""cluster.create: the roles, the cluster, and the proof that one gets in."""

from __future__ import annotations

import re

from longshore.cluster.guard import guards
from longshore.cluster.provision.cluster_step import ClusterStep
from longshore.cluster.provision.entrance import Entrance
from longshore.cluster.provision.network import EksNetwork, NetworkLook
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.iam.roles import cluster_role_name, roles
from longshore.steps.step import Step


def create(environment: Environment, version: str = "") -> list[Step]:
    """The steps. Without a version (1.36) the cluster gets the one that EKS takes by itself. What is there already is used as it is.

    Raises UsageError for settings with which it could not succeed.
    """
    if version and not re.fullmatch(r"1\.\d{2}", version):
        raise UsageError(
            f"--version can't be {version!r}", why="it is Kubernetes' minor version", do="such as --version 1.36"
        )
    identity, guard = guards(environment)
    network = EksNetwork(environment, identity.session)
    cluster = ClusterStep(guard.eks, network, lambda: cluster_role_name(environment), version)
    return [
        identity,
        NetworkLook(network),
        *roles(environment),
        cluster,
        Entrance(guard, lambda: cluster.made),
    ]
