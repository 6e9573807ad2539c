"""Amazon EKS: clusters, by typed calls. https://docs.aws.amazon.com/eks/latest/APIReference/"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from longshore.aws.errors import translated

if TYPE_CHECKING:
    from longshore.aws.session import Session

CONFIG_MAP, BOTH, API = "CONFIG_MAP", "API_AND_CONFIG_MAP", "API"
MODES = (CONFIG_MAP, BOTH, API)
"""A cluster's authentication modes, in the one direction in which it can go (User Guide, Grant IAM users access to Kubernetes)."""

NEXT: Mapping[str, tuple[str, ...]] = {
    "ResourceLimitExceededException": ("ask AWS for more (Service Quotas, Amazon EKS), or delete what nobody needs",),
    "UnsupportedAvailabilityZoneException": ("set SUBNETS to subnets in other availability zones",),
    "ResourceInUseException": ("wait until what is going on there has ended, then run it again",),
}
"""What to do about EKS's own error codes."""


@dataclass(frozen=True)
class Cluster:
    """A cluster, as DescribeCluster has it. `certificate_authority` is PEM; it and `endpoint` are empty while it is being created."""

    name: str
    arn: str
    status: str
    version: str
    endpoint: str = ""
    certificate_authority: str = ""
    mode: str = CONFIG_MAP
    platform_version: str = ""
    role_arn: str = ""
    vpc: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    """What AWS's own health check complains of."""
    created: datetime | None = None
    deletion_protection: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_config_map(self) -> bool:
        """Whether its authenticator reads aws-auth."""
        return self.mode in (CONFIG_MAP, BOTH)

    @property
    def has_entries(self) -> bool:
        """Whether it knows access entries."""
        return self.mode in (BOTH, API)


class Eks:
    """The API, as one identity. Everything raises UsageError and Failed as `translated` does."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def client(self) -> Any:
        return self.session.client("eks")

    def calling(self, doing: str, on: str, *, acting: bool = False) -> AbstractContextManager[None]:
        """`translated`, with the next command for EKS's own codes."""
        return translated(self.session, doing=doing, on=on, acting=acting, advice=NEXT)

    def cluster(self, name: str) -> Cluster | None:
        """The cluster of that name, or None."""
        with self.calling("look at the cluster", name):
            try:
                return _cluster(self.client.describe_cluster(name=name)["cluster"])
            except self.client.exceptions.ResourceNotFoundException:
                return None

    def create_cluster(self, name: str, settings: Mapping[str, Any]) -> None:
        """Have a cluster made; `settings` are the call's own parameters. One of that name is fine: somebody was faster."""
        with self.calling("create the cluster", name, acting=True):
            try:
                self.client.create_cluster(name=name, **settings)
            except self.client.exceptions.ResourceInUseException:
                if self.cluster(name) is None:
                    raise

    def delete_cluster(self, name: str) -> None:
        """Have it deleted. Gone already is fine."""
        with self.calling("delete the cluster", name, acting=True):
            try:
                self.client.delete_cluster(name=name)
            except self.client.exceptions.ResourceNotFoundException:
                return

    def change_mode(self, name: str, mode: str) -> str:
        """Begin to change the authentication mode; returns the update's id, which `update` tells the state of."""
        with self.calling("change the authentication mode", name, acting=True):
            answer = self.client.update_cluster_config(name=name, accessConfig={"authenticationMode": mode})
            return str(answer["update"]["id"])

    def update(self, name: str, id: str, group: str = "") -> tuple[str, str]:
        """An update's status (InProgress, Successful, Failed, Cancelled) and its errors in words. `group`: of that node group."""
        of = {"nodegroupName": group} if group else {}
        with self.calling("look at the update", f"{group or name}, {id}"):
            found = self.client.describe_update(name=name, updateId=id, **of)["update"]
        said = "; ".join(
            f"{error.get('errorCode')}: {error.get('errorMessage')}" for error in found.get("errors") or []
        )
        return found["status"], said


def _cluster(found: Mapping[str, Any]) -> Cluster:
    network = found.get("resourcesVpcConfig") or {}
    issues = (found.get("health") or {}).get("issues") or []
    authority = (found.get("certificateAuthority") or {}).get("data") or ""
    return Cluster(
        name=found["name"],
        arn=found["arn"],
        status=found.get("status", ""),
        version=found.get("version", ""),
        endpoint=found.get("endpoint") or "",
        certificate_authority=base64.b64decode(authority).decode(errors="replace"),
        # Clusters from before 2023 have no accessConfig.
        mode=(found.get("accessConfig") or {}).get("authenticationMode") or CONFIG_MAP,
        platform_version=found.get("platformVersion") or "",
        role_arn=found.get("roleArn") or "",
        vpc=network.get("vpcId") or "",
        subnets=tuple(network.get("subnetIds") or ()),
        security_groups=tuple(network.get("securityGroupIds") or ()),
        issues=tuple(f"{issue.get('code')}: {issue.get('message')}" for issue in issues),
        created=found.get("createdAt"),
        deletion_protection=bool(found.get("deletionProtection")),
        tags=found.get("tags") or {},
    )
