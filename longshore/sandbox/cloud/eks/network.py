"""The network of a cluster or node group: subnets that are there, of one VPC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.sandbox.cloud.eks import errors


def of(account_id: str, region: str, wished: Mapping[str, Any]) -> dict[str, Any]:
    """The VpcConfigResponse for a VpcConfigRequest.

    Raises Refusal.
    """
    subnets = [str(subnet) for subnet in wished.get("subnetIds") or []]
    vpc, zones = places(account_id, region, subnets)
    if len(zones) < 2:
        raise errors.invalid_parameter("Subnets specified must be in at least two different AZs")
    public, private = wished.get("endpointPublicAccess"), wished.get("endpointPrivateAccess")
    if public is False and not private:
        raise errors.invalid_parameter("Private and public endpoint access cannot be false")
    return {
        "subnetIds": subnets,
        "securityGroupIds": [str(group) for group in wished.get("securityGroupIds") or []],
        "vpcId": vpc,
        "endpointPublicAccess": public is not False,
        "endpointPrivateAccess": bool(private),
        "publicAccessCidrs": [str(cidr) for cidr in wished.get("publicAccessCidrs") or ["0.0.0.0/0"]],
    }


def places(account_id: str, region: str, subnets: list[str], vpc: str = "") -> tuple[str, list[str]]:
    """The VPC that these subnets are in, which must be `vpc` where that is given, and their availability zones, sorted.

    Raises Refusal.
    """
    from moto.ec2.models import ec2_backends

    ec2 = ec2_backends[account_id][region]
    found = {}
    for zone in ec2.subnets.values():
        found.update({id: subnet for id, subnet in zone.items() if id in subnets})
    for id in subnets:
        if id not in found:
            raise errors.invalid_parameter(f"The subnet ID '{id}' does not exist")
    vpcs = {vpc} - {""} | {subnet.vpc_id for subnet in found.values()}
    if len(vpcs) > 1:
        raise errors.invalid_parameter("Subnets specified must belong to the VPC")
    return next(iter(vpcs), ""), sorted({str(subnet.availability_zone) for subnet in found.values()})
