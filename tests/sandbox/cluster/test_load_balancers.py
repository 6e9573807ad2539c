"""Services of type LoadBalancer: which get a host name, and what is said of those that don't."""

from __future__ import annotations

from typing import Any

from longshore.sandbox.cluster.load_balancers import give


def service(name: str, **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "bank", "uid": f"uid-of-{name}", **metadata},
        "status": {"loadBalancer": {}},
    }


def asked(*services: dict[str, Any]) -> list[tuple[str, str]]:
    """What is written when these are there."""
    calls: list[tuple[str, str]] = []

    def ask(method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        if method == "GET":
            return 200, {"items": list(services)}
        calls.append((method, path))
        if method == "PATCH":
            (point,) = body["status"]["loadBalancer"]["ingress"]
            assert point["hostname"].startswith("k8s-bank-web-")
            assert point["hostname"].endswith(".elb.eu-central-1.amazonaws.com")
        else:
            assert body["involvedObject"]["kind"] == "Service"
        return 200, {}

    give(ask, "eu-central-1")
    return calls


def test_one_without_an_address_gets_one() -> None:
    assert asked(service("web")) == [("PATCH", "/api/v1/namespaces/bank/services/web/status")]


def test_one_with_an_address_and_one_that_goes_are_left_alone() -> None:
    has = service("web")
    has["status"]["loadBalancer"]["ingress"] = [{"hostname": "there"}]
    assert asked(has, service("web", deletionTimestamp="2026-11-29T12:00:00Z")) == []


def test_one_that_is_to_stay_pending_is_complained_of() -> None:
    assert asked(service("web", labels={"longshore/chaos": "pending"})) == [("POST", "/api/v1/namespaces/bank/events")]
