"""Where in the network something is put: the environment's subnets and security groups, else the default VPC's subnets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longshore.aws.errors import code_of, translated
from longshore.environments.environment import SANDBOX, Environment
from longshore.errors import UsageError

if TYPE_CHECKING:
    from longshore.aws.session import Session

FEWEST_ZONES = 2
"""RDS's subnet groups and EKS's clusters alike cover at least two availability zones."""


@dataclass(frozen=True)
class Network:
    """A VPC, its IPv4 blocks, and the subnets to use."""

    vpc: str
    blocks: tuple[str, ...]
    subnets: tuple[str, ...]
    zones: tuple[str, ...]


class Ec2Network:
    """The network for what a service makes for an environment. Everything raises as `translated` does."""

    service: str
    """RDS, EKS."""
    thing: str
    """What it makes, in words: the database."""
    unfit: Collection[str] = ()
    """Ids of availability zones (use1-az3) in which the service can't work."""

    def __init__(self, environment: Environment, session: Session) -> None:
        self.environment = environment
        self.session = session
        self._network: Network | None = None

    @property
    def subnets(self) -> tuple[str, ...]:
        """SUBNETS; none of them on the sandbox where they are AWS's own."""
        return () if self._is_played("SUBNETS") else self.environment.subnets

    @property
    def groups(self) -> tuple[str, ...]:
        """SECURITY_GROUPS; none of them on the sandbox where they are AWS's own."""
        return () if self._is_played("SECURITY_GROUPS") else self.environment.security_groups

    def _is_played(self, key: str) -> bool:
        """Whether the sandbox has it from the environment that it plays: there is nothing of these names in its network."""
        source = str((self.environment.origins or {}).get(key, ""))
        return self.environment.is_sandbox and source.startswith("env/") and not source.startswith(f"env/{SANDBOX}.")

    def network(self) -> Network:
        """The environment's subnets, else those of the default VPC.

        Raises UsageError where there are none, or where they are in one availability zone or in several VPCs.
        """
        if self._network is None:
            self._network = self._find()
        return self._network

    def groups_of_the_environment(self) -> list[dict[str, Any]]:
        """Those of SECURITY_GROUPS, as EC2 has them. Raises UsageError for one that isn't there."""
        ids = list(self.groups)
        if not ids:
            return []
        found = self.ec2("describe_security_groups", "look at SECURITY_GROUPS", ", ".join(ids), GroupIds=ids)
        groups: list[dict[str, Any]] = found["SecurityGroups"]
        return groups

    def ec2(self, operation: str, doing: str, on: str, *, acting: bool = False, **parameters: Any) -> dict[str, Any]:
        """A call of EC2's. A rule that is there already is fine."""
        from botocore.exceptions import ClientError

        with translated(self.session, doing=doing, on=on, acting=acting):
            try:
                answer: dict[str, Any] = getattr(self.session.client("ec2"), operation)(**parameters)
            except ClientError as error:
                code = code_of(error)
                if code == "InvalidPermission.Duplicate":
                    return {}
                if not code.endswith((".NotFound", ".Malformed")):
                    raise
                key = "SUBNETS" if "Subnet" in code else "SECURITY_GROUPS"
                message = str(error.response["Error"].get("Message", code))
                raise UsageError(f"could not {doing}", on=on, why=message, do=f"set {key} in {self._file}") from None
        return answer

    @property
    def _file(self) -> str:
        return f"env/{self.environment.name}.env"

    def _find(self) -> Network:
        named = list(self.subnets)
        if named:
            found = self.ec2("describe_subnets", "look at SUBNETS", ", ".join(named), SubnetIds=named)["Subnets"]
        else:
            vpc = self._default_vpc()
            wanted = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default-for-az", "Values": ["true"]}]
            found = self.ec2("describe_subnets", "look at the default VPC", vpc, Filters=wanted)["Subnets"]
            found = [subnet for subnet in found if subnet.get("AvailabilityZoneId") not in self.unfit]
        vpcs = sorted({subnet["VpcId"] for subnet in found})
        zones = tuple(sorted({subnet["AvailabilityZone"] for subnet in found}))
        where = ", ".join(named) or "the default VPC"
        if len(vpcs) > 1:
            raise UsageError(
                "the subnets are in several VPCs", on=f"SUBNETS={where}", why=", ".join(vpcs), do="inv env.show"
            )
        self._refuse_unfit(found)
        if len(zones) < FEWEST_ZONES:
            raise UsageError(
                f"{self.service} needs subnets in two availability zones or more",
                on=where,
                why=f"these are in {zones[0] if zones else 'none'} only",
                do=f"set SUBNETS in {self._file} (aws ec2 describe-subnets lists them)",
            )
        return Network(vpcs[0], self._blocks(vpcs[0]), tuple(subnet["SubnetId"] for subnet in found), zones)

    def _refuse_unfit(self, subnets: list[dict[str, Any]]) -> None:
        unfit = [subnet for subnet in subnets if subnet.get("AvailabilityZoneId") in self.unfit]
        if unfit:
            zones = ", ".join(f"{subnet['AvailabilityZone']} ({subnet['AvailabilityZoneId']})" for subnet in unfit)
            raise UsageError(
                f"{self.service} can't put {self.thing} into every one of these availability zones",
                on=", ".join(subnet["SubnetId"] for subnet in unfit),
                why=f"not into {zones}",
                do=f"take these subnets out of SUBNETS in {self._file}",
            )

    def _default_vpc(self) -> str:
        only = [{"Name": "is-default", "Values": ["true"]}]
        found = self.ec2("describe_vpcs", "look for the default VPC", self.session.region, Filters=only)["Vpcs"]
        if not found:
            raise UsageError(
                f"there is no default VPC to put {self.thing} in",
                on=self.session.region,
                why="SUBNETS is not set, and the account's default VPC was deleted",
                do=f"set SUBNETS in {self._file} (aws ec2 describe-subnets lists them)",
            )
        return str(found[0]["VpcId"])

    def _blocks(self, vpc: str) -> tuple[str, ...]:
        found = self.ec2("describe_vpcs", "look at the VPC", vpc, VpcIds=[vpc])["Vpcs"][0]
        associated = found.get("CidrBlockAssociationSet", [])
        more = [one["CidrBlock"] for one in associated if one["CidrBlockState"]["State"] == "associated"]
        return tuple(dict.fromkeys([found["CidrBlock"], *more]))
