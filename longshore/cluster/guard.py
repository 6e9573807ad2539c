"""The second guard, after the identity: the cluster is the environment's own, by its ARN and endpoint, and there is a way into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from longshore.aws.identity import IdentityGuard
from longshore.cluster.eks import Cluster, Eks
from longshore.cluster.way import Way, kubectl_path
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.programs.kubectl import Kubectl
from longshore.steps.step import Context, Done, Look, Status

if TYPE_CHECKING:
    from longshore.aws.session import Session

ENDPOINTS = (".eks.amazonaws.com", ".eks.amazonaws.com.cn", ".api.aws", ".on.aws")
"""Where EKS's API servers are: DescribeCluster, endpoint."""
READY = ("ACTIVE", "UPDATING")


class ClusterGuard(Look):
    """Refuses a cluster that isn't the environment's. `cluster` is set once it has looked."""

    name = "cluster"

    def __init__(self, environment: Environment, identity: IdentityGuard) -> None:
        require_cluster(environment)
        self.environment = environment
        self.identity = identity
        self.eks = Eks(identity.session)
        self.title = f"Cluster: {environment.eks_cluster}"
        self._cluster: Cluster | None = None
        self._way: Way | None = None

    @property
    def cluster(self) -> Cluster:
        """What DescribeCluster said."""
        assert self._cluster is not None, "the guard has not looked yet"
        return self._cluster

    def check(self, run: Context) -> Status:
        """Raises Refused for another cluster, UsageError where there is none."""
        if self._cluster is None:
            found = self.eks.cluster(self.environment.eks_cluster)
            if found is None:
                raise UsageError(
                    f"there is no cluster {self.environment.eks_cluster}",
                    on=f"account {self.environment.account_id}, {self.environment.region}",
                    why=f"EKS_CLUSTER of {self.environment.name} names it",
                    do=(
                        f"inv cluster.create --env {self.environment.name}",
                        f"inv env.show --env {self.environment.name}",
                    ),
                )
            check_is_pinned(self.environment, found)
            self._cluster = found
        found = self._cluster
        return Done(f"{found.arn}, Kubernetes {found.version}, {found.mode}")

    def facts(self) -> Mapping[str, str]:
        return {"cluster": self.cluster.arn}

    def look_again(self, run: Context) -> None:
        """After a change of it. Raises as `check`."""
        self._cluster = None
        self.check(run)

    def kubectl(self, run: Context) -> Kubectl:
        """kubectl as the identity that acts."""
        if self._way is None:
            self._way = self.way(self.identity.session, run)
        return self._way.kubectl(run.keep_open())

    def way(self, session: Session, run: Context) -> Way:
        """The way in as another identity."""
        return Way(session, self.cluster, kubectl_path(run, self.cluster.version), self.environment.state)


def require_cluster(environment: Environment) -> None:
    """Raises UsageError where the environment names no cluster."""
    if not environment.eks_cluster:
        raise UsageError(
            f"{environment.name} names no cluster",
            on="EKS_CLUSTER",
            do=f"put EKS_CLUSTER=NAME into env/{environment.like or environment.name}.env",
        )


def check_is_pinned(environment: Environment, found: Cluster) -> None:
    """The cluster must be the one that account, region and name say, be ready, and answer where EKS's do (the sandbox's: on this machine).

    Raises Refused, UsageError.
    """
    check_arn(environment, found)
    if found.status not in READY:
        raise UsageError(
            f"the cluster is {found.status}",
            on=found.arn,
            why="; ".join(found.issues) or "it answers only when it is ACTIVE",
            do=f"inv cluster.components --env {environment.name}",
        )
    host = urlsplit(found.endpoint).hostname or ""
    if not (host == "127.0.0.1" if environment.is_sandbox else host.endswith(ENDPOINTS)):
        raise Refused(
            "the cluster's API server is not where it should be, nothing was touched",
            on=found.endpoint or "no endpoint",
            why="the sandbox's is on this machine" if environment.is_sandbox else "EKS's are under eks.amazonaws.com",
            do=f"inv cluster.components --env {environment.name}",
        )


def check_arn(environment: Environment, found: Cluster) -> None:
    """The cluster must be the one that account, region and name say, in whatever state. Raises Refused."""
    wanted = f":eks:{environment.region}:{environment.account_id}:cluster/{environment.eks_cluster}"
    if not (found.arn.startswith("arn:aws") and found.arn.endswith(wanted)):
        raise Refused(
            "wrong cluster, nothing was touched",
            on=found.arn,
            why=f"{environment.name} is ...{wanted}",
            do=f"inv env.show --env {environment.name}",
        )


def guards(environment: Environment) -> tuple[IdentityGuard, ClusterGuard]:
    """Who acts, then which cluster: the first two steps of everything that changes a cluster."""
    from longshore.aws.session import open_session

    identity = IdentityGuard(environment, open_session(environment))
    return identity, ClusterGuard(environment, identity)
