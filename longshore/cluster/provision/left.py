"""What stays in AWS when a cluster is deleted, and costs or not: told, never deleted."""

from __future__ import annotations

from longshore.cluster.errors import asking
from longshore.cluster.provision.doomed import Doomed
from longshore.cluster.provision.nodegroups import LABEL
from longshore.iam.api import Iam
from longshore.iam.roles import cluster_role_name, node_role_name
from longshore.programs.kubernetes import Object
from longshore.steps.step import Context, Done, Look, Status
from longshore.words import counted

COMPUTE = "eks.amazonaws.com/compute-type"


class Before(Look):
    """What only the cluster can tell of, as long as it is there: volumes of its pods, and instances that are of no node group."""

    name = "contents"

    def __init__(self, doomed: Doomed) -> None:
        self.title = f"What of {doomed.name_of_cluster} is not EKS's to delete"
        self.volumes: tuple[str, ...] = ()
        self.instances: tuple[str, ...] = ()
        self._doomed = doomed

    def check(self, run: Context) -> Status:
        """Warns of what goes on costing. Raises Failed where the API server can't be asked."""
        if not self._doomed.answers:
            return Done(self._doomed.silence)
        with asking(self._doomed.guard, doing="look for volumes and nodes"):
            objects = self._doomed.guard.kubectl(run).all("persistentvolumes,nodes")
        self.volumes = tuple(_volume(one) for one in objects if one["kind"] == "PersistentVolume")
        self.instances = tuple(_instance(one) for one in objects if one["kind"] == "Node" and _is_stray(one))
        said = [
            *([f"{counted(len(self.volumes), 'volume')} ({', '.join(self.volumes)})"] if self.volumes else []),
            *(
                [f"{counted(len(self.instances), 'node')} of no group ({', '.join(self.instances)})"]
                if self.instances
                else []
            ),
        ]
        if said and run.planning:
            run.report.warn(
                f"{' and '.join(said)} will stay in AWS, and cost: delete them first, or by hand afterwards"
            )
        return Done("; ".join(said) or "nothing")


class Left(Look):
    """Says what is not deleted. `before` is the step that asks the cluster while it is there."""

    name = "left"

    def __init__(self, doomed: Doomed) -> None:
        self.title = "What stays"
        self.before = Before(doomed)
        self._doomed = doomed

    def check(self, run: Context) -> Status:
        environment = self._doomed.guard.environment
        iam = Iam(self._doomed.guard.identity.session)
        names = (cluster_role_name(environment), node_role_name(environment))
        roles = [name for name in names if iam.role(name) is not None]
        said = [
            *([f"the roles {' and '.join(roles)} (cost nothing)"] if roles else []),
            f"CloudWatch log groups under /aws/eks/{environment.eks_cluster}, where logging was on",
            *([f"the images in {environment.ecr_repository}"] if environment.ecr_repository else []),
            *(f"volume {one}" for one in self.before.volumes),
            *(f"instance {one}" for one in self.before.instances),
        ]
        return Done("; ".join(said))


def _volume(found: Object) -> str:
    spec = found.get("spec") or {}
    handle = (spec.get("csi") or {}).get("volumeHandle") or (spec.get("awsElasticBlockStore") or {}).get("volumeID")
    return str(handle or found["metadata"]["name"])


def _is_stray(node: Object) -> bool:
    # Auto Mode's nodes (compute type auto) are EKS's own.
    labels = node["metadata"].get("labels") or {}
    return not {LABEL, COMPUTE} & labels.keys()


def _instance(node: Object) -> str:
    # aws:///eu-central-1a/i-0123456789abcdef0
    provider = (node.get("spec") or {}).get("providerID") or ""
    return provider.rpartition("/")[2] or str(node["metadata"]["name"])
