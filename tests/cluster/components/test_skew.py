"""Kubernetes' version skew policy."""

from __future__ import annotations

import pytest

from longshore.cluster.components.skew import minor, of_kubectl, of_node_program, of_pair


def test_versions() -> None:
    assert minor("v1.36.3-eks-4cb5f07") == 36
    assert minor("1.9") == 9
    assert minor("v1.32.4-dispatcher") == 32
    assert [minor(text) for text in ("", "ready", "v2.0.0", "latest")] == [None] * 4


def test_kubectl() -> None:
    assert [of_kubectl(f"v1.{mine}.0", "v1.36.3") for mine in (35, 36, 37)] == ["", "", ""]
    assert of_kubectl("v1.32.4-x", "v1.36.3-eks-1") == "kubectl 1.32.4 may be used with 1.31 to 1.33, not with 1.36.3"
    assert of_kubectl("v1.38.0", "v1.36.3").startswith("kubectl 1.38.0 may be used with 1.37 to 1.39")
    assert of_kubectl("", "v1.36.3") == ""


@pytest.mark.parametrize("mine", [33, 34, 35, 36])
def test_a_kubelet_that_may_be(mine: int) -> None:
    assert of_node_program("kubelet", f"v1.{mine}.9", "v1.36.0") == ""


def test_a_kubelet_that_may_not_be() -> None:
    assert of_node_program("kubelet", "v1.37.0", "v1.36.3") == "kubelet 1.37.0 is newer than the API server (1.36.3)"
    said = "kubelet 1.32.1 is 4 minor versions older than the API server (1.36.3); 3 are allowed"
    assert of_node_program("kubelet", "v1.32.1", "v1.36.3") == said


def test_kube_proxy_and_its_kubelet() -> None:
    assert of_pair("v1.33.0", "v1.36.0") == of_pair("ready", "v1.36.0") == ""
    assert of_pair("v1.36.0", "v1.32.0") == "kube-proxy 1.36.0 and kubelet 1.32.0 are more than 3 minor versions apart"
