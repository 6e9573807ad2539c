"""cluster.add-nodes: one more managed node group, and the wait until its nodes are Ready."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from longshore.aws import waiting
from longshore.aws.tags import is_ours, tags
from longshore.cluster.guard import ClusterGuard, guards
from longshore.cluster.provision import instance_type, new_role
from longshore.cluster.provision.nodegroups import SETTLED, NodeGroup, NodeGroups, fault
from longshore.cluster.provision.ready import NodesReady
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.steps.step import Context, Done, Status, Step, ToDo

MINUTES = 40
MOST = 450
"""Nodes of a managed node group (EKS User Guide, service quotas)."""
STAMP = "%Y%m%d-%H%M%S"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


def add_nodes(environment: Environment, count: int, type: str = instance_type.DEFAULT, group: str = "") -> list[Step]:
    """The steps. Without a name the group is called after its type and the run: the same command again adds another one.

    Raises UsageError for a number or a name that can't be.
    """
    from longshore.iam.roles import node_role, node_role_name

    if not 1 <= count <= MOST:
        raise UsageError(f"--count can't be {count}", why=f"a node group has 1 to {MOST} nodes")
    if group and not NAME.fullmatch(group):
        raise UsageError(
            f"--group can't be {group!r}", why="letters, digits, - and _; at most 63, a letter or digit first"
        )
    instance_type.check_name(type)
    identity, guard = guards(environment)
    groups = NodeGroups(guard.eks, environment.eks_cluster)
    step = GroupStep(guard, groups, lambda: node_role_name(environment), count, type, group)
    return [identity, guard, *node_role(environment), step, NodesReady(guard, groups, lambda: (step.group, count))]


class GroupStep(Step):
    """The node group. `group` is its name, once it has looked."""

    name = "node-group"

    def __init__(
        self, guard: ClusterGuard, groups: NodeGroups, role: Callable[[], str], count: int, type: str, group: str
    ) -> None:
        self.title = f"Node group of {guard.environment.eks_cluster}"
        self.group = group
        self._guard = guard
        self._groups = groups
        self._role = role
        self._count = count
        self._type = type

    def check(self, run: Context) -> Status:
        """Raises UsageError for a type that isn't there or a group of that name that is another one, Failed for one that can't be used."""
        self.group = self.group or self._target(run)
        found = self._groups.find(self.group)
        if found is None:
            image = instance_type.image_for(self._guard.identity.session, self._type)
            return ToDo(
                f"make {self.group}: {self._count} x {self._type} with {image}",
                "each node is billed by the hour by EC2's price list, until it is scaled away or the cluster is deleted",
            )
        if failure := fault(found):
            failure.do = (
                *failure.do,
                f"aws eks delete-nodegroup --cluster-name {self._cluster} --nodegroup-name {found.name}",
            )
            raise failure
        self._refuse_another(found)
        if found.status not in SETTLED:
            return ToDo(f"wait for {found.name}: it is {found.status}")
        return Done(f"{found.name}: {found.status}, {found.size} x {', '.join(found.types)}")

    def apply(self, run: Context) -> None:
        """Raises Failed when EKS can't, or hasn't in time."""
        role = self._role()
        if self._groups.find(self.group) is None:
            settings = self._settings(new_role.arn_of(self._guard.identity.session, role))
            new_role.until_seen(run, role, lambda: self._groups.create(self.group, settings))
        waiting.wait(run, f"node group {self.group}", MINUTES, self._look)

    @property
    def _cluster(self) -> str:
        return self._guard.environment.eks_cluster

    def _target(self, run: Context) -> str:
        named = self._type.replace(".", "-")
        return run.target("group", lambda: f"{named}-{datetime.now(UTC):{STAMP}}"[:63], relative=True)

    def _refuse_another(self, found: NodeGroup) -> None:
        env = f"--env {self._guard.environment.name}"
        on = f"{found.name}, {found.size} x {', '.join(found.types) or 'a launch template'}"
        if found.status == "DELETING":
            raise UsageError("the node group is being deleted", on=on, do="another --group, or run it again later")
        if (self._type,) != found.types or not is_ours(found.tags, self._guard.environment):
            raise UsageError("there is another node group of that name", on=on, do="another --group")
        if found.desired != self._count:
            raise UsageError(
                "the node group is there with another number of nodes",
                on=on,
                do=f"inv cluster.scale-nodes {env} --group {found.name} --count {self._count}",
            )

    def _settings(self, role: str) -> dict[str, Any]:
        return {
            "scalingConfig": {"desiredSize": self._count, "minSize": self._count, "maxSize": self._count},
            "subnets": list(self._guard.cluster.subnets),
            "instanceTypes": [self._type],
            "amiType": instance_type.image_for(self._guard.identity.session, self._type),
            "nodeRole": role,
            "tags": tags(self._guard.environment),
        }

    def _look(self) -> waiting.Look:
        found = self._groups.find(self.group)
        if found is None:
            return waiting.Look(False, "requested")
        if failure := fault(found):
            raise failure
        said = f"; AWS says {found.issues[0]}" if found.issues else ""
        return waiting.Look(found.status in SETTLED, found.status + said)
