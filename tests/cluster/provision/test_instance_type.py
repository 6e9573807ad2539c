from __future__ import annotations

from typing import Any

import pytest

from longshore.aws.session import Session
from longshore.cluster.provision.instance_type import check_name, image_for
from longshore.errors import UsageError
from tests.cluster.provision.conftest import Stubs


@pytest.mark.parametrize(
    ("found", "image"),
    [
        ({"ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}}, "AL2023_x86_64_STANDARD"),
        ({"ProcessorInfo": {"SupportedArchitectures": ["arm64"]}}, "AL2023_ARM_64_STANDARD"),
        (
            {
                "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
                "GpuInfo": {"Gpus": [{"Manufacturer": "NVIDIA"}]},
            },
            "AL2023_x86_64_NVIDIA",
        ),
        (
            {"ProcessorInfo": {"SupportedArchitectures": ["arm64"]}, "GpuInfo": {"Gpus": [{"Manufacturer": "NVIDIA"}]}},
            "AL2023_ARM_64_NVIDIA",
        ),
        (
            {"ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}, "GpuInfo": {"Gpus": [{"Manufacturer": "AMD"}]}},
            "AL2023_x86_64_STANDARD",
        ),
        (
            {
                "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
                "NeuronInfo": {"NeuronDevices": [{"Count": 1}]},
            },
            "AL2023_x86_64_NEURON",
        ),
    ],
)
def test_the_image_fits_the_processor(session: Session, stubs: Stubs, found: dict[str, Any], image: str) -> None:
    stubs.ec2.add_response("describe_instance_types", {"InstanceTypes": [found]}, {"InstanceTypes": ["x.large"]})
    assert image_for(session, "x.large") == image


def test_a_type_that_the_region_does_not_have(session: Session, stubs: Stubs) -> None:
    said = "The following supplied instance types do not exist: [t9.huge]"
    stubs.ec2.add_client_error("describe_instance_types", "InvalidInstanceType", said)
    with pytest.raises(UsageError) as caught:
        image_for(session, "t9.huge")
    assert str(caught.value) == (
        "error: --type can't be 't9.huge'\n  why: EC2 has no such instance type in eu-west-1\n"
        "  next: aws ec2 describe-instance-type-offerings --query InstanceTypeOfferings[].InstanceType"
    )


@pytest.mark.parametrize("name", ["t3", "T3.medium", "t3.medium;ls", "t3.", ".medium", "t3 medium"])
def test_what_can_be_no_type(name: str) -> None:
    with pytest.raises(UsageError, match=r"--type can't be"):
        check_name(name)


@pytest.mark.parametrize("name", ["t3.medium", "m7i-flex.large", "u-6tb1.56xlarge", "m5.metal", "trn1n.32xlarge"])
def test_what_can(name: str) -> None:
    check_name(name)
