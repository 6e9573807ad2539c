from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from longshore.aws.session import Session
from longshore.cluster.eks import Eks
from longshore.cluster.provision import new_role
from longshore.cluster.provision.cluster_step import ClusterStep, cost
from longshore.cluster.provision.network import EksNetwork
from longshore.errors import Failed, Refused, UsageError
from longshore.steps.run import Run
from longshore.steps.step import Done, ToDo
from tests.cluster.provision.conftest import ENVIRONMENT, TAGS, Stubs, cluster
from tests.database.rds.rds_sandbox import Told

ROLE = "arn:aws:iam::111122223333:role/bank-prod-cluster"
MISSING = ("describe_cluster", "ResourceNotFoundException", "No cluster found for name: bank-prod.")


def step(session: Session, version: str = "", **fields: Any) -> ClusterStep:
    environment = dataclasses.replace(ENVIRONMENT, **fields)
    return ClusterStep(Eks(session), EksNetwork(environment, session), lambda: "bank-prod-cluster", version)


def network(stubs: Stubs, *subnets: tuple[str, str, str]) -> None:
    """The default VPC with these subnets: id, zone, the zone's own id."""
    vpc = {"VpcId": "vpc-1", "CidrBlock": "172.31.0.0/16"}
    found = [
        {"SubnetId": id, "VpcId": "vpc-1", "AvailabilityZone": zone, "AvailabilityZoneId": zone_id}
        for id, zone, zone_id in subnets
    ]
    stubs.ec2.add_response("describe_vpcs", {"Vpcs": [vpc]})
    stubs.ec2.add_response("describe_subnets", {"Subnets": found})
    stubs.ec2.add_response("describe_vpcs", {"Vpcs": [vpc]})


def role(stubs: Stubs) -> None:
    found = {"RoleName": "bank-prod-cluster", "Path": "/", "Arn": ROLE, "RoleId": "AROAEXAMPLEEXAMPLE"}
    document = {"AssumeRolePolicyDocument": "{}", "CreateDate": "2026-01-01T00:00:00Z"}
    stubs.iam.add_response("get_role", {"Role": found | document})


@pytest.mark.parametrize("version", ["36", "v1.36", "1.36.3", "latest", "1.3"])
def test_a_version_that_is_none(version: str) -> None:
    from longshore.cluster.provision.create import create

    with pytest.raises(UsageError) as caught:
        create(ENVIRONMENT, version)
    assert str(caught.value) == (
        f"error: --version can't be '{version}'\n  why: it is Kubernetes' minor version\n  next: such as --version 1.36"
    )


def test_what_is_told_before() -> None:
    assert cost(ENVIRONMENT) == (
        "the cluster is billed by the hour: 0.10 USD while AWS supports its Kubernetes version, 0.60 USD in extended support, "
        "and its nodes by EC2's price list, until: inv cluster.delete --env prod"
    )


def test_the_plan_names_what_is_made_and_the_cost(session: Session, stubs: Stubs, run: Run) -> None:
    stubs.eks.add_client_error(*MISSING)
    assert step(session, "1.35").check(run) == ToDo(
        "make it: Kubernetes 1.35, authentication mode API_AND_CONFIG_MAP, API server open to the internet for who has a token, "
        "deletion protection",
        cost(ENVIRONMENT),
    )


def test_the_call_that_makes_it(session: Session, stubs: Stubs, run: Run, told: Told) -> None:
    """Not into the default VPC's zone where EKS can't be; and the wait goes through CREATING."""
    stubs.eks.add_client_error(*MISSING)
    network(
        stubs,
        ("subnet-1", "us-east-1a", "use1-az1"),
        ("subnet-2", "us-east-1b", "use1-az2"),
        ("subnet-3", "us-east-1e", "use1-az3"),
    )
    role(stubs)
    wished = {
        "name": "bank-prod",
        "version": "1.35",
        "roleArn": ROLE,
        "resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]},
        "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True},
        "deletionProtection": True,
        "tags": TAGS,
    }
    stubs.eks.add_response("create_cluster", cluster(status="CREATING"), wished)
    stubs.eks.add_response("describe_cluster", cluster(status="CREATING"))
    stubs.eks.add_response("describe_cluster", cluster())
    made = step(session, "1.35", security_groups=("sg-1",))
    made.apply(run)
    assert made.made
    assert told.lines == ["cluster bank-prod: CREATING"]
    stubs.all_answered()


def test_a_role_that_eks_does_not_see_yet(
    session: Session, stubs: Stubs, run: Run, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_role, "PAUSE", 0.01)
    stubs.eks.add_client_error(*MISSING)
    network(stubs, ("subnet-1", "eu-west-1a", "euw1-az1"), ("subnet-2", "eu-west-1b", "euw1-az2"))
    role(stubs)
    said = f"Role with arn: {ROLE}, could not be assumed because it does not exist or the trusted entity is not correct"
    stubs.eks.add_client_error("create_cluster", "InvalidParameterException", said)
    stubs.eks.add_response("create_cluster", cluster(status="CREATING"))
    stubs.eks.add_response("describe_cluster", cluster())
    step(session).apply(run)
    assert told.lines == ["waiting until EKS sees the role bank-prod-cluster"]
    stubs.all_answered()


def test_another_error_is_not_waited_for(session: Session, stubs: Stubs, run: Run) -> None:
    stubs.eks.add_client_error(*MISSING)
    network(stubs, ("subnet-1", "eu-west-1a", "euw1-az1"), ("subnet-2", "eu-west-1b", "euw1-az2"))
    role(stubs)
    stubs.eks.add_client_error("create_cluster", "ResourceLimitExceededException", "Cluster limit exceeded")
    with pytest.raises(Failed) as caught:
        step(session).apply(run)
    assert str(caught.value) == (
        "error: could not create the cluster (bank-prod)\n"
        "  why: CreateCluster: ResourceLimitExceededException: Cluster limit exceeded\n"
        "  next: ask AWS for more (Service Quotas, Amazon EKS), or delete what nobody needs"
    )


def test_a_cluster_that_failed_is_explained(session: Session, stubs: Stubs, run: Run) -> None:
    issues = [{"code": "InsufficientFreeAddresses", "message": "no addresses left in subnet-1", "resourceIds": []}]
    stubs.eks.add_response("describe_cluster", cluster(status="FAILED", health={"issues": issues}))
    with pytest.raises(Failed) as caught:
        step(session).check(run)
    assert str(caught.value) == (
        "error: EKS could not make the cluster (bank-prod)\n"
        "  why: InsufficientFreeAddresses: no addresses left in subnet-1\n"
        "  next: a cluster that failed can't be mended: inv cluster.delete --env prod, then inv cluster.create --env prod"
    )


def test_one_that_is_being_deleted(session: Session, stubs: Stubs, run: Run) -> None:
    stubs.eks.add_response("describe_cluster", cluster(status="DELETING"))
    with pytest.raises(Failed, match="the cluster is being deleted"):
        step(session).check(run)


def test_one_that_is_on_its_way_is_waited_for(session: Session, stubs: Stubs, run: Run) -> None:
    stubs.eks.add_response("describe_cluster", cluster(status="CREATING"))
    assert step(session).check(run) == ToDo("wait for it: it is CREATING")


def test_one_of_others_is_used_as_it_is(session: Session, stubs: Stubs, run: Run, told: Told) -> None:
    run.planning = True
    stubs.eks.add_response("describe_cluster", cluster(tags={}, version="1.34"))
    assert step(session, "1.36").check(run) == Done(
        "ACTIVE, Kubernetes 1.34 at https://ABC.gr7.eu-west-1.eks.amazonaws.com, not made by longshore: used as it is"
    )
    assert told.lines == [
        "bank-prod is there with Kubernetes 1.34: --version is for one that is yet to be made",
    ]


def test_one_of_another_account_is_refused(session: Session, stubs: Stubs, run: Run) -> None:
    stubs.eks.add_response("describe_cluster", cluster(arn="arn:aws:eks:eu-west-1:999999999999:cluster/bank-prod"))
    with pytest.raises(Refused, match="wrong cluster, nothing was touched"):
        step(session).check(run)


def test_subnets_in_a_zone_where_eks_cannot_be(session: Session, stubs: Stubs) -> None:
    environment = dataclasses.replace(ENVIRONMENT, subnets=("subnet-1", "subnet-3"))
    found = [
        {"SubnetId": "subnet-1", "VpcId": "v", "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1"},
        {"SubnetId": "subnet-3", "VpcId": "v", "AvailabilityZone": "us-east-1e", "AvailabilityZoneId": "use1-az3"},
    ]
    stubs.ec2.add_response("describe_subnets", {"Subnets": found})
    with pytest.raises(UsageError) as caught:
        EksNetwork(environment, session).network()
    assert str(caught.value) == (
        "error: EKS can't put the cluster into every one of these availability zones (subnet-3)\n"
        "  why: not into us-east-1e (use1-az3)\n"
        "  next: take these subnets out of SUBNETS in env/prod.env"
    )
