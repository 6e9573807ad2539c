"""What no change of aws-auth may do: take the nodes' mappings away. Their kubelets would be shut out, and the cluster with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longshore.errors import Refused

if TYPE_CHECKING:
    from longshore.cluster.aws_auth.document import Document


def check_nodes(before: Document, after: Document) -> None:
    """Raises Refused where a mapping by which nodes join is gone, or gives them less, as EKS sees it."""
    stays = {mapping.principal: mapping for mapping in after.effective}
    for mapping in before.effective:
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
