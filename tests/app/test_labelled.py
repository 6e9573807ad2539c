"""The order in which an application's objects are deleted, and how that is told."""

from __future__ import annotations

from longshore.app.labelled import in_order, words


def test_what_has_a_load_balancer_goes_first() -> None:
    found = [
        ("serviceaccount", "bank"),
        ("networkpolicy.networking.k8s.io", "bank"),
        ("deployment.apps", "bank"),
        ("service", "bank"),
        ("ingress.networking.k8s.io", "bank"),
    ]
    ordered = in_order(found)
    assert [kind.partition(".")[0] for kind, _ in ordered] == [
        "ingress", "service", "deployment", "networkpolicy", "serviceaccount",
    ]  # fmt: skip
    assert words(ordered)[0] == "delete ingress/bank"
