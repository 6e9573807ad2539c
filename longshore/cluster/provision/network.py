"""Where in the network a cluster is put."""

from __future__ import annotations

from longshore.aws.network import Ec2Network
from longshore.steps.step import Context, Done, Look, Status


class EksNetwork(Ec2Network):
    """The subnets in which EKS puts the control plane's interfaces, and later the nodes."""

    service = "EKS"
    thing = "the cluster"
    unfit = ("use1-az3", "usw1-az2", "cac1-az3")
    """EKS User Guide, networking requirements for VPC and subnets. The default VPC has a subnet in each of them."""


class NetworkLook(Look):
    """The subnets and security groups are there: it refuses before anything is made."""

    name = "network"

    def __init__(self, network: EksNetwork) -> None:
        self._network = network
        self.title = f"Network: {'SUBNETS' if network.subnets else 'the default VPC'}"

    def check(self, run: Context) -> Status:
        """Raises UsageError where the environment's subnets or security groups won't do."""
        found, groups = self._network.network(), self._network.groups_of_the_environment()
        beside = f", security groups {', '.join(group['GroupId'] for group in groups)}" if groups else ""
        return Done(f"{len(found.subnets)} subnets of {found.vpc} in {', '.join(found.zones)}{beside}")
