"""What an instance type brings into a cluster: processors, memory, pods.

Pods as in EKS's own list (eni-max-pods.txt of awslabs/amazon-eks-ami); the other figures are those of https://aws.amazon.com/ec2/instance-types/.
"""

from __future__ import annotations

from longshore.sandbox.cloud.eks import errors

# vCPUs, memory in GiB, pods.
_SIZES = {
    "t3.micro": (2, 1, 4), "t3.small": (2, 2, 11), "t3.medium": (2, 4, 17), "t3.large": (2, 8, 35), "t3.xlarge": (4, 16, 58),
    "t3a.medium": (2, 4, 17), "t3a.large": (2, 8, 35),
    "t4g.small": (2, 2, 11), "t4g.medium": (2, 4, 17), "t4g.large": (2, 8, 35), "t4g.xlarge": (4, 16, 58),
    "m5.large": (2, 8, 29), "m5.xlarge": (4, 16, 58), "m6i.large": (2, 8, 29), "m6i.xlarge": (4, 16, 58),
    "m6g.large": (2, 8, 29), "m7g.large": (2, 8, 29), "m7i.large": (2, 8, 29), "m7i.xlarge": (4, 16, 58),
    "c5.large": (2, 4, 29), "c6i.large": (2, 4, 29), "c7g.large": (2, 4, 29), "r5.large": (2, 16, 29), "r6i.large": (2, 16, 29),
}  # fmt: skip


def check(types: list[str]) -> None:
    """Raises Refusal for a type that there isn't, as far as the sandbox knows."""
    for kind in types:
        if kind not in _SIZES:
            raise errors.invalid_parameter(
                f"The following supplied instance types do not exist: [{kind}] (the sandbox knows {', '.join(_SIZES)})"
            )


def capacity(kind: str) -> dict[str, str]:
    """As a Node tells it."""
    processors, memory, pods = _SIZES[kind]
    return {"cpu": str(processors), "memory": f"{memory}Gi", "pods": str(pods), "ephemeral-storage": "20Gi"}


def architecture(kind: str) -> str:
    """arm64 for the families with Graviton processors."""
    return "arm64" if kind.partition(".")[0].endswith("g") else "amd64"
