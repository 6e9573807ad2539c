"""EC2's instance types: is there such a one, and which of EKS's images fits it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from longshore.aws.errors import code_of, translated
from longshore.errors import UsageError

if TYPE_CHECKING:
    from longshore.aws.session import Session

NAME = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
DEFAULT = "t3.medium"


def check_name(name: str) -> None:
    """Raises UsageError for what can't be an instance type."""
    if not NAME.fullmatch(name):
        raise UsageError(f"--type can't be {name!r}", why="it is an EC2 instance type", do=f"such as --type {DEFAULT}")


def image_for(session: Session, name: str) -> str:
    """The kind of Amazon Linux 2023 image that fits its processor: EKS's amiType.

    Raises UsageError where the region has no such instance type.
    """
    from botocore.exceptions import ClientError

    with translated(session, doing="look at the instance type", on=name):
        try:
            found = session.client("ec2").describe_instance_types(InstanceTypes=[name])["InstanceTypes"]
        except ClientError as error:
            if code_of(error) != "InvalidInstanceType":
                raise
            found = []
    if not found:
        raise UsageError(
            f"--type can't be {name!r}",
            why=f"EC2 has no such instance type in {session.region}",
            do="aws ec2 describe-instance-type-offerings --query InstanceTypeOfferings[].InstanceType",
        )
    return _image(found[0])


def _image(found: dict[str, Any]) -> str:
    arm = "arm64" in (found.get("ProcessorInfo") or {}).get("SupportedArchitectures", [])
    makers = {gpu.get("Manufacturer", "") for gpu in (found.get("GpuInfo") or {}).get("Gpus", [])}
    neuron = found.get("NeuronInfo") or found.get("InferenceAcceleratorInfo")
    kind = "NVIDIA" if "NVIDIA" in makers else "NEURON" if neuron else "STANDARD"
    return f"AL2023_{'ARM_64' if arm else 'x86_64'}_{kind}"
