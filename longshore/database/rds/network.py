"""Where in the network an RDS instance is put: its subnets, and who may reach its port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from longshore.aws.errors import code_of
from longshore.aws.network import Ec2Network
from longshore.aws.tags import as_list, from_list, is_ours, tags
from longshore.database.rds.api import calling
from longshore.environments.environment import Environment
from longshore.errors import Refused

if TYPE_CHECKING:
    from longshore.aws.session import Session

PORT = 5432


@dataclass(frozen=True)
class SecurityGroup:
    """A security group; `open_to` are the IPv4 blocks that it lets in to PostgreSQL's port, `world` whether everyone is."""

    id: str
    open_to: frozenset[str]
    world: bool


class RdsNetwork(Ec2Network):
    """The network of an environment's database: looked up, and made where it is missing. Everything raises as `calling` does."""

    service = "RDS"
    thing = "the database"

    def __init__(self, environment: Environment, session: Session) -> None:
        super().__init__(environment, session)
        self.name = f"longshore-{environment.db_instance}".lower()
        """Of our subnet group and our security group."""

    def subnet_group(self) -> str | None:
        """The VPC of our subnet group; None where there is none.

        Raises Refused for one of that name that isn't ours.
        """
        rds = self.session.client("rds")
        with calling(self.session, doing="look at the DB subnet group", on=self.name):
            try:
                found = rds.describe_db_subnet_groups(DBSubnetGroupName=self.name)["DBSubnetGroups"][0]
            except rds.exceptions.DBSubnetGroupNotFoundFault:
                return None
            arn = found.get("DBSubnetGroupArn")
            pairs = from_list(rds.list_tags_for_resource(ResourceName=arn)["TagList"]) if arn else {}
        self._refuse_foreign(pairs, "DB subnet group")
        return str(found["VpcId"])

    def create_subnet_group(self) -> None:
        """One of that name is fine: somebody was faster."""
        rds = self.session.client("rds")
        with calling(self.session, doing="create the DB subnet group", on=self.name, acting=True):
            try:
                rds.create_db_subnet_group(
                    DBSubnetGroupName=self.name,
                    DBSubnetGroupDescription=f"The database of {self.environment.name}",
                    SubnetIds=list(self.network().subnets),
                    Tags=as_list(tags(self.environment)),
                )
            except rds.exceptions.DBSubnetGroupAlreadyExistsFault:
                return

    def delete_subnet_group(self) -> None:
        """Gone already is fine."""
        rds = self.session.client("rds")
        with calling(self.session, doing="delete the DB subnet group", on=self.name, acting=True):
            try:
                rds.delete_db_subnet_group(DBSubnetGroupName=self.name)
            except rds.exceptions.DBSubnetGroupNotFoundFault:
                return

    def security_group(self, vpc: str = "") -> SecurityGroup | None:
        """Our security group, in that VPC or in any; None where there is none.

        Raises Refused for one of that name that isn't ours.
        """
        filters = [{"Name": "group-name", "Values": [self.name]}]
        filters += [{"Name": "vpc-id", "Values": [vpc]}] if vpc else []
        found = self.ec2("describe_security_groups", "look at the security group", self.name, Filters=filters)
        if not found["SecurityGroups"]:
            return None
        group = found["SecurityGroups"][0]
        self._refuse_foreign(from_list(group.get("Tags")), "security group")
        return _security_group(group)

    def named_security_groups(self) -> list[SecurityGroup]:
        """Those of SECURITY_GROUPS. Raises UsageError for one that isn't there."""
        return [_security_group(group) for group in self.groups_of_the_environment()]

    def create_security_group(self) -> str:
        """Make it, empty; returns its id."""
        made = self.ec2(
            "create_security_group",
            "create the security group",
            self.name,
            acting=True,
            GroupName=self.name,
            Description=f"PostgreSQL of {self.environment.name}, from its VPC",
            VpcId=self.network().vpc,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": as_list(tags(self.environment))}],
        )
        return str(made["GroupId"])

    def open_to_vpc(self, group: str, blocks: list[str]) -> None:
        """Let these blocks in to PostgreSQL's port, and nothing else."""
        ranges = [{"CidrIp": block, "Description": "the VPC"} for block in blocks]
        self.ec2(
            "authorize_security_group_ingress",
            "open the security group to the VPC",
            self.name,
            acting=True,
            GroupId=group,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "IpRanges": ranges}],
        )

    def delete_security_group(self, group: str) -> bool:
        """Delete it; False while the instance's network interface still uses it."""
        from botocore.exceptions import ClientError

        with calling(self.session, doing="delete the security group", on=self.name, acting=True):
            try:
                self.session.client("ec2").delete_security_group(GroupId=group)
            except ClientError as error:
                if code_of(error) == "DependencyViolation":
                    return False
                if code_of(error) != "InvalidGroup.NotFound":
                    raise
        return True

    def _refuse_foreign(self, pairs: dict[str, str], kind: str) -> None:
        if is_ours(pairs, self.environment):
            return
        key = "SECURITY_GROUPS" if kind == "security group" else "DB_INSTANCE"
        raise Refused(
            f"there is a {kind} of that name, and it isn't longshore's for {self.environment.name}",
            on=self.name,
            why="it bears other tags, or none",
            do=f"rename or remove it, or set another {key} in env/{self.environment.name}.env",
        )


def _security_group(group: dict[str, Any]) -> SecurityGroup:
    ranges: set[str] = set()
    world = False
    for rule in group.get("IpPermissions", []):
        if rule.get("IpProtocol") != "-1" and not rule.get("FromPort", 0) <= PORT <= rule.get("ToPort", 65535):
            continue
        four = {one["CidrIp"] for one in rule.get("IpRanges", [])}
        six = {one["CidrIpv6"] for one in rule.get("Ipv6Ranges", [])}
        ranges |= four
        world = world or "0.0.0.0/0" in four or "::/0" in six
    return SecurityGroup(group["GroupId"], frozenset(ranges), world)
