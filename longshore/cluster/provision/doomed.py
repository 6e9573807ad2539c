"""The cluster that cluster.delete is for: found, told from others', and free to be deleted."""

from __future__ import annotations

from longshore.aws.tags import is_ours
from longshore.cluster.eks import Cluster
from longshore.cluster.guard import READY, ClusterGuard, check_arn
from longshore.errors import Refused
from longshore.steps.step import Context, Done, Look, Status


class Doomed(Look):
    """Refuses a cluster that longshore didn't make for this environment, and one that is protected. `found` is None where there is none."""

    name = "cluster"

    def __init__(self, guard: ClusterGuard) -> None:
        self.guard = guard
        self.name_of_cluster = guard.environment.eks_cluster
        self.title = f"Cluster: {self.name_of_cluster}"
        self.found: Cluster | None = None

    @property
    def answers(self) -> bool:
        """Whether its API server can be asked what is in it."""
        return self.found is not None and self.found.status in READY

    @property
    def silence(self) -> str:
        """Why it can't."""
        return f"the cluster is {self.found.status}: it can't be asked" if self.found else "there is no cluster"

    def look(self) -> Cluster | None:
        """As it is now."""
        self.found = self.guard.eks.cluster(self.name_of_cluster)
        return self.found

    def check(self, run: Context) -> Status:
        """Raises Refused."""
        found, environment = self.look(), self.guard.environment
        if found is None:
            return Done("there is none")
        check_arn(environment, found)
        if found.status == "DELETING":
            return Done(f"{found.arn}: it is being deleted")
        if not is_ours(found.tags, environment):
            raise Refused(
                "the cluster was not made by longshore, nothing was touched",
                on=found.arn,
                why=f"it has no tags of {environment.name}'s; what made it knows what belongs to it (eksctl, Terraform, CloudFormation)",
                do=f"delete it with that, or: aws eks delete-cluster --name {found.name}",
            )
        if found.deletion_protection:
            raise Refused(
                "the cluster's deletion protection is on, nothing was touched",
                on=found.arn,
                do=f"aws eks update-cluster-config --name {found.name} --no-deletion-protection",
            )
        self._refuse_fargate(found)
        if self.answers:
            # Also that it answers where EKS's do.
            self.guard.check(run)
        return Done(f"{found.arn}, Kubernetes {found.version}, {found.status}")

    def _refuse_fargate(self, found: Cluster) -> None:
        eks = self.guard.eks
        with eks.calling("list the Fargate profiles", found.name):
            profiles = eks.client.list_fargate_profiles(clusterName=found.name)["fargateProfileNames"]
        if profiles:
            raise Refused(
                "the cluster has Fargate profiles, nothing was touched",
                on=", ".join(profiles),
                why="longshore made none, and EKS deletes no cluster that has some",
                do=f"for each: aws eks delete-fargate-profile --cluster-name {found.name} --fargate-profile-name NAME",
            )
