from __future__ import annotations

import pytest

from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.guard import check_nodes
from longshore.errors import Refused
from tests.cluster.aws_auth.helpers import NODE

BEFORE = Document.parse({"mapRoles": NODE})


@pytest.mark.parametrize(
    "after",
    [
        "",
        "- [",
        NODE.replace("eks-node", "other"),
        NODE.replace("eks-node", "path/eks-node"),
        NODE.replace("    - system:nodes\n", ""),
        NODE.replace("EC2PrivateDNSName", "SessionName"),
        NODE + NODE.replace("system:nodes", "dev"),
    ],
)
def test_a_document_that_shuts_nodes_out_is_refused(after: str) -> None:
    with pytest.raises(Refused, match="the nodes would lose the cluster"):
        check_nodes(BEFORE, Document.parse({"mapRoles": after}))


@pytest.mark.parametrize(
    "after", [NODE, NODE + "# x\n", NODE.replace("eks-node", "EKS-node"), NODE + NODE, f"- rolearn: a\n{NODE}"]
)
def test_a_document_that_keeps_them_is_not(after: str) -> None:
    check_nodes(BEFORE, Document.parse({"mapRoles": after}))


def test_what_did_not_work_before_is_not_missed() -> None:
    check_nodes(Document.parse({"mapRoles": NODE.replace("eks-node", "path/eks-node")}), Document.parse({}))
    check_nodes(Document.parse({"mapUsers": NODE.replace("role", "user")}), Document.parse({}))


def test_a_username_of_nodes_is_enough() -> None:
    fargate = "- rolearn: arn:aws:iam::111122223333:role/pods\n  username: system:node:{{SessionName}}\n"
    with pytest.raises(Refused):
        check_nodes(Document.parse({"mapRoles": fargate}), Document.parse({}))
