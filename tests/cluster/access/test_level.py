"""What each level stands for, and which flags don't go together."""

from __future__ import annotations

import pytest

from longshore.cluster.access.level import Grant, grant
from longshore.errors import UsageError


@pytest.mark.parametrize(
    ("wanted", "group", "policy"),
    [
        (Grant(), "longshore:view", "AmazonEKSViewPolicy"),
        (Grant("edit"), "longshore:edit", "AmazonEKSEditPolicy"),
        (Grant("admin"), "system:masters", "AmazonEKSClusterAdminPolicy"),
        (Grant("view", "bank"), "longshore:bank:view", "AmazonEKSViewPolicy"),
        (Grant("admin", "bank"), "longshore:bank:admin", "AmazonEKSAdminPolicy"),
        (Grant(group="ops"), "ops", ""),
    ],
)
def test_group_and_policy(wanted: Grant, group: str, policy: str) -> None:
    assert (wanted.kubernetes_group, wanted.policy) == (group, policy)
    assert wanted.is_admin == (group == "system:masters")


def test_only_an_administrator_of_the_whole_cluster_may_delete_nodes() -> None:
    assert "delete nodes" in map(str, Grant("admin").may)
    for other in (Grant("view"), Grant("edit"), Grant("admin", "bank")):
        assert "delete nodes" in map(str, other.may_not)
        assert "delete nodes" not in map(str, other.may)
    assert Grant(group="ops").may == Grant(group="ops").may_not == ()


def test_replaces_the_other_levels_of_its_scope_only() -> None:
    wanted = Grant("edit")
    assert [one for one in ("longshore:view", "system:masters") if wanted.replaces(one)] == [
        "longshore:view",
        "system:masters",
    ]
    assert not any(map(wanted.replaces, ("longshore:edit", "longshore:bank:view", "ops", "system:nodes")))
    assert Grant("view", "bank").replaces("longshore:bank:admin")
    assert not Grant("view", "bank").replaces("longshore:view")
    assert not Grant(group="ops").replaces("longshore:view")


def test_from_flags() -> None:
    assert grant(None, "", "") == Grant("view")
    assert grant("admin", "bank", "") == Grant("admin", "bank")
    assert grant(None, "", "ops") == Grant(group="ops")


@pytest.mark.parametrize(
    ("flags", "what"),
    [
        (("view", "", "ops"), "--group and --access don't go together"),
        ((None, "bank", "ops"), "--group and --namespace don't go together"),
        ((None, "", "system:masters"), "system:masters is everything in the whole cluster"),
        ((None, "", "system:nodes"), "--group can't be 'system:nodes'"),
        ((None, "", "longshore:edit"), "--group can't be 'longshore:edit'"),
        ((None, "", "a b"), "--group can't be 'a b'"),
        ((None, "", "a,b"), "--group can't be 'a,b'"),
        ((None, "", "{{SessionName}}"), "--group can't be '{{SessionName}}'"),
    ],
)
def test_refused(flags: tuple[None, str, str], what: str) -> None:
    with pytest.raises(UsageError) as caught:
        grant(*flags)
    assert caught.value.what == what
