"""From answers to a level."""

from __future__ import annotations

import pytest

from longshore.cluster.verify.matrix import questions, rights

SEVEN = 7


def told(everywhere: str, there: str, everything: bool = False, cluster_info: bool = False) -> tuple[bool, ...]:
    return (everything, cluster_info, *(letter == "y" for letter in everywhere + there))


def test_what_is_asked() -> None:
    assert [str(question) for question in questions("bank")] == [
        "* *",
        "list services in kube-system",
        "list pods",
        "list deployments.apps",
        "get configmaps",
        "create deployments.apps",
        "delete pods",
        "get secrets",
        "create rolebindings.rbac.authorization.k8s.io",
        "list pods in bank",
        "list deployments.apps in bank",
        "get configmaps in bank",
        "create deployments.apps in bank",
        "delete pods in bank",
        "get secrets in bank",
        "create rolebindings.rbac.authorization.k8s.io in bank",
    ]


@pytest.mark.parametrize(
    ("answers", "levels", "shown"),
    [
        (told("yyyyyyy", "yyyyyyy", everything=True), ("admin", "admin"), "admin: everything"),
        (told("yyyyyyy", "yyyyyyy"), ("admin", "admin"), "admin"),
        (told("yyyyyyn", "yyyyyyn"), ("edit", "edit"), "edit"),
        (told("yyynnnn", "yyynnnn"), ("view", "view"), "view"),
        (told("nnnnnnn", "nnnnnnn"), ("none", "none"), "none"),
        (told("nnnnnnn", "yyyyyyn"), ("none", "edit"), "edit in bank"),
        (told("yyynnnn", "yyyyyyn"), ("view", "edit"), "edit in bank, view elsewhere"),
        (told("nnnnnnn", "ynnnnnn"), ("none", "custom"), "custom in bank: list pods in bank"),
        (told("yyynnyn", "yyynnyn"), ("custom", "custom"), None),
    ],
)
def test_levels(answers: tuple[bool, ...], levels: tuple[str, str], shown: str | None) -> None:
    found = rights("bank", answers)
    assert (found.everywhere, found.there) == levels
    assert shown is None or found.shown == shown
    assert found.any == any(answers)


def test_more_than_a_level_is_not_the_level() -> None:
    """Who may view and, besides, delete pods is no viewer."""
    assert rights("bank", told("yyynynn", "yyynynn")).there == "custom"
