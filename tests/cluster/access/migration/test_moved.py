"""What a line of aws-auth becomes as an access entry, and which lines have to stay."""

from __future__ import annotations

import pytest

from longshore.cluster.access.bound import Bound, Right
from longshore.cluster.access.census import Census
from longshore.cluster.access.entries import Association, Entry
from longshore.cluster.access.migration.move import merged
from longshore.cluster.access.migration.moved import BRIDGE, gives_all, is_bridging, moved
from longshore.cluster.access.principal import Principal
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.aws_auth.mapping import Mapping

ACCOUNT = "111122223333"
HEAD = f"arn:aws:iam::{ACCOUNT}"
EVERYBODY = [
    Principal("user", "bob", f"{HEAD}:user/bob"),
    Principal("role", "deployer", f"{HEAD}:role/ci/deployer"),
]
CENSUS = Census(ACCOUNT, {canonical(who.arn): who for who in EVERYBODY})
BOUND = Bound(
    {
        "longshore:edit": [Right("edit")],
        "longshore:bank:view": [Right("view", "bank")],
        "longshore:shop:view": [Right("view", "shop")],
        "longshore:view": [Right("something-else")],
    },
    {"robert": [Right("edit")], "system:robert": [Right("edit")]},
)


def user(*groups: str, name: str = "bob") -> Mapping:
    return Mapping("user", f"{HEAD}:user/bob", name, groups)


def test_a_team_s_own_groups_stay_groups() -> None:
    found = moved(user("ops", "team-a", "ops"), CENSUS, BOUND)
    assert found.entry == Entry(f"{HEAD}:user/bob", ("ops", "team-a"), (), "bob")
    assert found.bridging == ()


def test_an_administrator_is_bridged_until_the_policy_is_there() -> None:
    found = moved(user("system:masters", "ops"), CENSUS, BOUND)
    assert found.entry == Entry(f"{HEAD}:user/bob", ("ops",), (Association("AmazonEKSClusterAdminPolicy"),), "bob")
    assert found.bridging == (BRIDGE,)
    assert is_bridging(Entry(found.entry.arn, ("ops", BRIDGE)))


def test_levels_become_policies_and_carry_the_rights_until_then() -> None:
    found = moved(user("longshore:edit", "longshore:bank:view", "longshore:shop:view"), CENSUS, BOUND)
    assert found.entry is not None
    assert found.entry.policies == (
        Association("AmazonEKSEditPolicy"),
        Association("AmazonEKSViewPolicy", ("bank", "shop")),
    )
    assert found.bridging == ("longshore:edit", "longshore:bank:view", "longshore:shop:view")
    assert found.entry.groups == ()


def test_a_level_whose_binding_somebody_changed_stays() -> None:
    found = moved(user("longshore:view"), CENSUS, BOUND)
    assert found.entry is None
    assert found.why.startswith("group longshore:view is not bound as longshore binds it")


def test_a_role_gets_its_path_back() -> None:
    line = Mapping("role", f"{HEAD}:role/deployer", "ci:{{SessionName}}", ("ops",))
    assert moved(line, CENSUS, BOUND).entry == Entry(f"{HEAD}:role/ci/deployer", ("ops",), (), "ci:{{SessionName}}")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (user("system:nodes-of-mine"), "EKS lets no access entry be in system:nodes-of-mine"),
        (
            user("ops", name="system:robert"),
            "EKS lets no access entry be named system:robert, and bindings may name it",
        ),
        (Mapping("role", f"{HEAD}:role/deployer", "{{SessionName}}", ("ops",)), "EKS lets no access entry be named"),
        (Mapping("user", f"{HEAD}:user/gone", "gone", ("ops",)), "IAM does not have it any more"),
        (Mapping("user", f"{HEAD}:root", "root", ("ops",)), "only an IAM user or role can have an access entry"),
    ],
)
def test_what_stays(line: Mapping, why: str) -> None:
    found = moved(line, CENSUS, BOUND)
    assert found.entry is None
    assert found.why.startswith(why)


def test_a_reserved_name_that_no_binding_names_becomes_eks_own() -> None:
    found = moved(user("ops", name="eks:bob"), CENSUS, BOUND)
    assert found.entry == Entry(f"{HEAD}:user/bob", ("ops",), (), "")
    assert found.renamed


def test_of_another_account_iam_can_t_be_asked() -> None:
    line = Mapping("user", "arn:aws:iam::999988887777:user/guest", "guest", ("ops",))
    assert moved(line, CENSUS, BOUND).entry == Entry(line.arn, ("ops",), (), "guest")


def test_whether_an_entry_gives_all() -> None:
    wanted = Entry("a", ("ops",), (Association("AmazonEKSViewPolicy", ("bank",)),))
    assert gives_all(wanted, wanted)
    assert gives_all(Entry("a", ("ops", "more"), (Association("AmazonEKSViewPolicy"),)), wanted)
    assert not gives_all(Entry("a", (), wanted.policies), wanted)
    assert not gives_all(Entry("a", ("ops",)), wanted)
    assert not gives_all(Entry("a", ("ops",), (Association("AmazonEKSViewPolicy", ("shop",)),)), wanted)
    assert not gives_all(wanted, Entry("a", ("ops",), (Association("AmazonEKSViewPolicy"),)))


def test_what_somebody_gave_an_unfinished_entry_stays() -> None:
    wanted = Entry("a", ("ops",), (Association("AmazonEKSViewPolicy", ("bank",)),), "bob")
    there = Entry("a", ("ops", "longshore:bank:view", "new"), (Association("AmazonEKSEditPolicy", ("shop",)),), "bob")
    assert merged(there, wanted) == Entry("a", ("ops", "new"), (*wanted.policies, *there.policies), "bob")
