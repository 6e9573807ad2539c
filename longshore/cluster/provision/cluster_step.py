"""The step of cluster.create that makes the cluster and waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from longshore.aws import waiting
from longshore.aws.tags import is_ours, tags
from longshore.cluster import eks as eks_modes
from longshore.cluster.eks import Cluster, Eks
from longshore.cluster.guard import READY, check_arn
from longshore.cluster.provision import new_role
from longshore.cluster.provision.network import EksNetwork
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.steps.step import Context, Done, Status, Step, ToDo

MINUTES = 40
"""AWS needs some ten."""


QUESTION = "a cluster is billed by the hour: 0.10 USD or more, and its nodes besides"
"""Why it asks in every environment."""


def cost(environment: Environment) -> str:
    """What is told before a cluster is made. The figures: https://aws.amazon.com/eks/pricing/"""
    return (
        "the cluster is billed by the hour: 0.10 USD while AWS supports its Kubernetes version, 0.60 USD in extended support, "
        f"and its nodes by EC2's price list, until: inv cluster.delete --env {environment.name}"
    )


class ClusterStep(Step):
    """A cluster whose creator is its administrator, by an access entry. `made` is true once this run had it made."""

    name = "cluster"

    def __init__(self, eks: Eks, network: EksNetwork, role: Callable[[], str], version: str) -> None:
        self._environment = network.environment
        self.title = f"EKS cluster {self._environment.eks_cluster}"
        self.made = False
        self._eks = eks
        self._network = network
        self._role = role
        self._version = version

    def check(self, run: Context) -> Status:
        """Raises Refused for another account's or region's, Failed for one that can't be used."""
        found = self._eks.cluster(self._environment.eks_cluster)
        if found is None:
            return ToDo(*self._changes())
        check_arn(self._environment, found)
        self._refuse_unusable(found)
        if found.status not in READY:
            return ToDo(f"wait for it: it is {found.status}")
        if self._version and self._version != found.version and run.planning:
            run.report.warn(
                f"{found.name} is there with Kubernetes {found.version}: --version is for one that is yet to be made"
            )
        foreign = "" if is_ours(found.tags, self._environment) else ", not made by longshore: used as it is"
        return Done(f"{found.status}, Kubernetes {found.version} at {found.endpoint}{foreign}")

    def apply(self, run: Context) -> None:
        """Raises Failed when EKS can't, or hasn't in time."""
        name, role = self._environment.eks_cluster, self._role()
        if self._eks.cluster(name) is None:
            settings = self._settings(new_role.arn_of(self._eks.session, role))
            new_role.until_seen(run, role, lambda: self._eks.create_cluster(name, settings))
            self.made = True
        waiting.wait(run, f"cluster {name}", MINUTES, self._look)

    def _changes(self) -> tuple[str, ...]:
        version = (
            f"Kubernetes {self._version}"
            if self._version
            else "Kubernetes of EKS's own choice (the newest that it takes)"
        )
        protection = ", deletion protection" if self._environment.protected else ""
        return (
            f"make it: {version}, authentication mode {eks_modes.BOTH}, API server open to the internet for who has a token{protection}",
            cost(self._environment),
        )

    def _settings(self, role: str) -> dict[str, Any]:
        network = self._network.network()
        groups = {"securityGroupIds": list(self._network.groups)} if self._network.groups else {}
        return {
            "roleArn": role,
            "resourcesVpcConfig": {"subnetIds": list(network.subnets)} | groups,
            "accessConfig": {
                "authenticationMode": eks_modes.BOTH,
                "bootstrapClusterCreatorAdminPermissions": True,
            },
            "deletionProtection": self._environment.protected,
            "tags": tags(self._environment),
            **({"version": self._version} if self._version else {}),
        }

    def _look(self) -> waiting.Look:
        found = self._eks.cluster(self._environment.eks_cluster)
        if found is None:
            return waiting.Look(False, "requested")
        self._refuse_unusable(found)
        return waiting.Look(found.status in READY, found.status)

    def _refuse_unusable(self, found: Cluster) -> None:
        name, env = self._environment.eks_cluster, f"--env {self._environment.name}"
        match found.status:
            case "FAILED":
                why = "; ".join(found.issues) or "AWS doesn't say why"
                do = f"a cluster that failed can't be mended: inv cluster.delete {env}, then inv cluster.create {env}"
                raise Failed("EKS could not make the cluster", on=name, why=why, do=do)
            case "DELETING":
                do = f"inv cluster.delete {env} waits until it is gone, then run it again"
                raise Failed("the cluster is being deleted", on=name, do=do)
