"""What no change of aws-auth may do: take the nodes' mappings away. Their kubelets would be shut out, and the cluster with them."""

from __future__ import annotations

from collections.abc import Iterable

from longshore.cluster.aws_auth.mapping import Mapping
from longshore.errors import Refused


def nodes_stay(before: Iterable[Mapping], after: Iterable[Mapping]) -> None:
    """Raises Refused where a mapping by which nodes join is gone, or gives them less. Both as EKS sees them."""
    stays = {mapping.principal: mapping for mapping in after}
    for mapping in before:
        if not mapping.is_node:
            continue
        found = stays.get(mapping.principal)
        if found is None or found.username != mapping.username or not set(mapping.groups) <= set(found.groups):
            raise Refused(
                "the nodes would lose the cluster",
                on=mapping.arn,
                why="nodes join by this mapping of aws-auth (terraform-aws-eks 624, eksctl 1703)",
                do="delete the node group instead: EKS then takes its mapping away",
            )
