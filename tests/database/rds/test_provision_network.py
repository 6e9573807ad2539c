from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from longshore.database.rds.provision import provision
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from tests.database.rds import rds_sandbox
from tests.database.rds.rds_sandbox import (
    Told,
    client,
    described,
    own,
    perform,
    remove,
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with rds_sandbox.running(tmp_path_factory.mktemp("rds") / "project") as environment:
        yield environment


@pytest.fixture
def instance(sandbox: Environment, request: pytest.FixtureRequest) -> Iterator[Environment]:
    """An environment whose instance and secret are the test's own, and aren't there yet."""
    environment = own(sandbox, rds_sandbox.named_after(request.node.name))
    yield environment
    remove(environment)


@pytest.fixture(scope="module")
def provisioned(sandbox: Environment) -> Environment:
    """One that is there."""
    environment = own(sandbox, "bank-there")
    perform(environment, provision(environment))
    return environment


@pytest.mark.integration
def test_only_the_vpc_may_come_in(provisioned: Environment) -> None:
    ids = [group["VpcSecurityGroupId"] for group in described(provisioned)["VpcSecurityGroups"]]
    (group,) = client(provisioned, "ec2").describe_security_groups(GroupIds=ids)["SecurityGroups"]
    (rule,) = group["IpPermissions"]
    assert (rule["FromPort"], rule["ToPort"], [one["CidrIp"] for one in rule["IpRanges"]]) == (
        5432,
        5432,
        ["172.31.0.0/16"],
    )


@pytest.mark.integration
def test_the_subnets_are_in_several_zones(provisioned: Environment) -> None:
    found = client(provisioned, "rds").describe_db_subnet_groups(DBSubnetGroupName="longshore-bank-there")
    zones = {subnet["SubnetAvailabilityZone"]["Name"] for subnet in found["DBSubnetGroups"][0]["Subnets"]}
    assert len(zones) >= 2


@pytest.mark.integration
def test_subnets_in_one_zone_won_t_do(instance: Environment) -> None:
    subnet = client(instance, "ec2").describe_subnets()["Subnets"][0]
    alone = dataclasses.replace(instance, subnets=(subnet["SubnetId"],))
    with pytest.raises(UsageError) as caught:
        perform(alone, provision(alone))
    assert str(caught.value) == (
        f"error: RDS needs subnets in two availability zones or more ({subnet['SubnetId']})\n"
        f"  why: these are in {subnet['AvailabilityZone']} only\n"
        "  next: set SUBNETS in env/sandbox.env (aws ec2 describe-subnets lists them)"
    )


@pytest.mark.integration
def test_a_subnet_that_is_not_there(instance: Environment) -> None:
    wrong = dataclasses.replace(instance, subnets=("subnet-0123456789abcdef0",))
    with pytest.raises(UsageError, match=r"could not look at SUBNETS \(subnet-0123456789abcdef0\)"):
        perform(wrong, provision(wrong))


@pytest.mark.integration
def test_no_default_vpc(instance: Environment) -> None:
    elsewhere = dataclasses.replace(instance, region="eu-west-3")
    ec2 = client(elsewhere, "ec2")
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=vpc["VpcId"])
    with pytest.raises(UsageError) as caught:
        perform(elsewhere, provision(elsewhere))
    assert str(caught.value) == (
        "error: there is no default VPC to put the database in (eu-west-3)\n"
        "  why: SUBNETS is not set, and the account's default VPC was deleted\n"
        "  next: set SUBNETS in env/sandbox.env (aws ec2 describe-subnets lists them)"
    )


@pytest.mark.integration
def test_a_security_group_of_anothers_is_refused(instance: Environment) -> None:
    ec2 = client(instance, "ec2")
    vpc = next(one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if one["IsDefault"])
    ec2.create_security_group(GroupName=f"longshore-{instance.db_instance}", Description="by hand", VpcId=vpc)
    with pytest.raises(Refused, match="there is a security group of that name, and it isn't longshore's for sandbox"):
        perform(instance, provision(instance))


@pytest.mark.integration
def test_security_groups_of_the_environment_are_taken(instance: Environment) -> None:
    ec2 = client(instance, "ec2")
    vpc = next(one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"] if one["IsDefault"])
    group = ec2.create_security_group(GroupName="wide-open", Description="by hand", VpcId=vpc)["GroupId"]
    world = [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=world)
    environment, told = dataclasses.replace(instance, security_groups=(group,)), Told()
    perform(environment, provision(environment), told)
    assert [one["VpcSecurityGroupId"] for one in described(environment)["VpcSecurityGroups"]] == [group]
    assert f"{group} lets every address in to port 5432; the instance itself gets no public address" in told.lines
