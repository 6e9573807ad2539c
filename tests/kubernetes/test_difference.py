"""What differs, in words; and which images are the repository's."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.app.image import is_of, pin
from longshore.kubernetes.difference import lines


def web(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "uid": "1"}, "spec": spec}


def test_fields_and_items_of_lists_are_named() -> None:
    old = web(replicas=2, containers=[{"name": "a", "image": "x:1"}, {"name": "b", "image": "y"}], gone=True)
    new = web(replicas=3, containers=[{"name": "a", "image": "x:2"}, {"name": "c", "image": "z"}])
    assert lines(old, new) == [
        "Deployment web: spec.replicas: 2 → 3",
        "Deployment web: spec.containers[a].image: x:1 → x:2",
        'Deployment web: spec.containers[b]: {"name": "b", "image": "y"} → nothing',
        'Deployment web: spec.containers[c]: nothing → {"name": "c", "image": "z"}',
        "Deployment web: spec.gone: true → nothing",
    ]


def test_what_only_the_server_or_a_run_says_is_no_difference() -> None:
    old, new = web(replicas=2), web(replicas=2)
    old["metadata"] |= {
        "resourceVersion": "1",
        "annotations": {"longshore/run": "a", "deployment.kubernetes.io/revision": "1"},
    }
    old["status"] = {"replicas": 2}
    new["metadata"] |= {"resourceVersion": "2", "annotations": {"longshore/run": "b"}, "managedFields": []}
    assert lines(old, new) == []


def test_another_order_is_a_difference() -> None:
    old, new = web(containers=[{"name": "a"}, {"name": "b"}]), web(containers=[{"name": "b"}, {"name": "a"}])
    assert lines(old, new) == ['Deployment web: spec.containers: ["a", "b"] → ["b", "a"]']


def test_true_is_not_one() -> None:
    assert lines(web(x=1), web(x=True)) == ["Deployment web: spec.x: 1 → true"]


def test_values_of_secrets_are_never_told() -> None:
    def secret(value: str) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"KEY": value}}

    assert lines(secret("b25l"), secret("dHdv")) == ["Secret s: data.KEY"]
    assert lines(None, secret("dHdv")) == ["create Secret s"]


@pytest.mark.parametrize(
    ("image", "ours"),
    [
        ("bank", True), ("bank:1", True), ("bank@sha256:1", True), ("team/bank:1", True),
        ("127.0.0.1:5000/bank", True), ("1.dkr.ecr.eu-central-1.amazonaws.com/bank:a@sha256:1", True),
        ("mybank", False), ("bank-proxy:1", False), ("bank/proxy", False), ("127.0.0.1:5000/other", False),
    ],
)  # fmt: skip
def test_images_of_the_repository(image: str, ours: bool) -> None:
    assert is_of(image, "bank") is ours


def test_each_container_of_the_repository_is_pinned() -> None:
    pod = {"initContainers": [{"name": "i", "image": "bank:1"}], "containers": [{"name": "a", "image": "other:1"}]}
    cron = {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": pod}}}}}
    pin(cron, "bank", "r/bank@sha256:1")
    assert pod["initContainers"][0]["image"] == "r/bank@sha256:1"
    assert pod["containers"][0]["image"] == "other:1"
