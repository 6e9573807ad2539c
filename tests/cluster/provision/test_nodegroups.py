from __future__ import annotations

from typing import Any

import pytest

from longshore.aws.session import Session
from longshore.cluster.eks import Eks
from longshore.cluster.provision.nodegroups import NodeGroup, NodeGroups, fault, is_busy
from longshore.errors import Failed, LongshoreError
from tests.cluster.provision.conftest import TAGS, Stubs, group


def groups(session: Session) -> NodeGroups:
    return NodeGroups(Eks(session), "bank-prod")


def test_a_group_is_read_into_its_fields(session: Session, stubs: Stubs) -> None:
    issues = [{"code": "AsgInstanceLaunchFailures", "message": "no capacity", "resourceIds": ["asg"]}]
    wished = {"clusterName": "bank-prod", "nodegroupName": "workers"}
    stubs.eks.add_response("describe_nodegroup", group(status="DEGRADED", health={"issues": issues}), wished)
    found = groups(session).find("workers")
    assert found == NodeGroup(
        name="workers",
        status="DEGRADED",
        desired=2,
        least=1,
        most=4,
        types=("t3.medium",),
        ami="AL2023_x86_64_STANDARD",
        version="1.36",
        role="arn:aws:iam::111122223333:role/bank-prod-node",
        issues=("AsgInstanceLaunchFailures: no capacity",),
        tags=TAGS,
    )
    assert found.size == "2 (of 1 to 4)"


def test_all_pages_are_read_and_one_that_went_meanwhile_is_left_out(session: Session, stubs: Stubs) -> None:
    stubs.eks.add_response("list_nodegroups", {"nodegroups": ["workers"], "nextToken": "more"})
    stubs.eks.add_response("list_nodegroups", {"nodegroups": ["gone"]})
    stubs.eks.add_client_error("describe_nodegroup", "ResourceNotFoundException")
    stubs.eks.add_response("describe_nodegroup", group())
    assert [one.name for one in groups(session).all()] == ["workers"]


def test_without_a_cluster_there_are_none(session: Session, stubs: Stubs) -> None:
    stubs.eks.add_client_error("list_nodegroups", "ResourceNotFoundException")
    assert groups(session).names() == []


def test_one_that_somebody_else_has_just_made_is_fine(session: Session, stubs: Stubs) -> None:
    stubs.eks.add_client_error("create_nodegroup", "ResourceInUseException", "NodeGroup already exists")
    stubs.eks.add_response("describe_nodegroup", group(status="CREATING"))
    settings = {"subnets": ["subnet-1"], "nodeRole": "arn:aws:iam::1:role/x"}
    groups(session).create("workers", settings)
    stubs.all_answered()


def test_an_update_that_failed_says_why(session: Session, stubs: Stubs) -> None:
    errors = [{"errorCode": "InsufficientFreeAddresses", "errorMessage": "no addresses left", "resourceIds": []}]
    stubs.eks.add_response(
        "describe_update",
        {"update": {"id": "u", "status": "Failed", "errors": errors}},
        {"name": "bank-prod", "updateId": "u", "nodegroupName": "workers"},
    )
    assert groups(session).update("workers", "u") == ("Failed", "InsufficientFreeAddresses: no addresses left")


def test_busy_is_told_from_other_errors(session: Session, stubs: Stubs) -> None:
    for code, busy in (("ResourceInUseException", True), ("InvalidRequestException", False)):
        stubs.eks.add_client_error("delete_nodegroup", code, "is in status UPDATING")
        with pytest.raises(LongshoreError) as caught:
            groups(session).delete("workers")
        assert is_busy(caught.value) is busy


@pytest.mark.parametrize(
    ("status", "issues", "text"),
    [
        (
            "CREATE_FAILED",
            ("NodeCreationFailure: Instances failed to join the kubernetes cluster",),
            "error: EKS could not make the node group (workers)\n"
            "  why: NodeCreationFailure: Instances failed to join the kubernetes cluster\n"
            "  next: let the nodes reach the API server, and have the node role as iam.roles makes it",
        ),
        (
            "CREATE_FAILED",
            ("Ec2SubnetInvalidConfiguration: no public addresses",),
            "error: EKS could not make the node group (workers)\n"
            "  why: Ec2SubnetInvalidConfiguration: no public addresses\n"
            "  next: let the subnets give public addresses, or set SUBNETS to private ones with a NAT gateway",
        ),
        (
            "CREATE_FAILED",
            ("AsgInstanceLaunchFailures: You've reached your quota",),
            "error: EKS could not make the node group (workers)\n"
            "  why: AsgInstanceLaunchFailures: You've reached your quota\n"
            "  next: another --type, or ask AWS for more (Service Quotas, EC2)",
        ),
        (
            "DELETE_FAILED",
            ("PodEvictionFailure: Reached max retries",),
            "error: EKS could not delete the node group (workers)\n"
            "  why: PodEvictionFailure: Reached max retries\n"
            "  next: a PodDisruptionBudget keeps its pods: kubectl get pdb --all-namespaces\n"
            "  next: then run it again",
        ),
        (
            "DELETE_FAILED",
            (),
            "error: EKS could not delete the node group (workers)\n  why: AWS doesn't say why\n  next: mend what it says, then run it again",
        ),
    ],
)
def test_a_group_that_went_wrong_is_explained(status: str, issues: tuple[str, ...], text: str) -> None:
    failure = fault(NodeGroup("workers", status, 2, 2, 2, issues=issues))
    assert isinstance(failure, Failed)
    assert str(failure) == text


@pytest.mark.parametrize("status", ["CREATING", "ACTIVE", "UPDATING", "DEGRADED", "DELETING"])
def test_a_state_on_the_way_is_no_fault(status: str) -> None:
    assert fault(NodeGroup("workers", status, 2, 2, 2)) is None


def test_the_json_of_one() -> None:
    wished: dict[str, Any] = {
        "group": "workers", "status": "ACTIVE", "types": ["t3.medium"], "ami": "A", "version": "1.36",
        "desired": 2, "min": 1, "max": 4, "issues": [],
    }  # fmt: skip
    assert NodeGroup("workers", "ACTIVE", 2, 1, 4, ("t3.medium",), "A", "1.36").json() == wished
