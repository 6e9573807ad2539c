"""A grant and a revocation as access entries: what an entry becomes, and in which order the calls are made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from longshore.cluster.access.entries import Association, Entry
from longshore.cluster.access.grants.by_entry import changes, granted, is_tombstone, make, revoked
from longshore.cluster.access.level import Grant
from longshore.cluster.access.principal import Principal

ARN = "arn:aws:iam::111122223333:user/bob"
BOB = Principal("user", "bob", ARN)
VIEW, EDIT = Association("AmazonEKSViewPolicy"), Association("AmazonEKSEditPolicy")
ADMIN = Association("AmazonEKSClusterAdminPolicy")


class Calls:
    """Instead of EKS: what it is asked, in order."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *words: self.made.append((name, *words))


def test_new() -> None:
    assert granted(None, BOB, Grant()) == Entry(ARN, policies=(VIEW,))
    assert granted(None, BOB, Grant(group="ops")) == Entry(ARN, groups=("ops",))


def test_another_level_takes_the_place_in_its_scope_only() -> None:
    there = Entry(ARN, ("ops",), (VIEW, Association("AmazonEKSEditPolicy", ("shop",))))
    assert granted(there, BOB, Grant("edit")) == Entry(ARN, ("ops",), (EDIT,))
    assert granted(there, BOB, Grant("admin", "shop")).policies == (
        VIEW,
        Association("AmazonEKSAdminPolicy", ("shop",)),
    )
    assert granted(there, BOB, Grant("edit", "bank")).policies == (VIEW, replace(EDIT, namespaces=("shop", "bank")))
    assert granted(Entry(ARN, policies=(EDIT,)), BOB, Grant("edit", "bank")).policies == (EDIT,)
    other = Association("AmazonEKSAutoNodePolicy")
    assert granted(Entry(ARN, policies=(other,)), BOB, Grant()).policies == (other, VIEW)


def test_revoked_in_a_namespace() -> None:
    there = Entry(ARN, (), (replace(VIEW, namespaces=("bank", "shop")), replace(EDIT, namespaces=("bank",))))
    assert revoked(there, "bank") == Entry(ARN, (), (replace(VIEW, namespaces=("shop",)),))
    assert revoked(Entry(ARN, (), (replace(VIEW, namespaces=("bank",)),)), "bank") is None
    assert revoked(Entry(ARN, ("ops",), (replace(VIEW, namespaces=("bank",)),)), "bank") == Entry(ARN, ("ops",))
    assert revoked(there, "") is None


def test_tombstones() -> None:
    born = datetime(2026, 5, 1, tzinfo=UTC)
    who = replace(BOB, created=born)
    assert is_tombstone(Entry(ARN, created=datetime(2026, 4, 30, tzinfo=UTC)), who)
    assert not is_tombstone(Entry(ARN, created=born), who)
    assert not is_tombstone(Entry(ARN), who)


def test_changes_in_words() -> None:
    assert changes(None, Entry(ARN, ("ops",), (VIEW,))) == [
        f"create an access entry for {ARN}",
        "+ AmazonEKSViewPolicy",
        "+ group ops",
    ]
    assert changes(Entry(ARN, ("ops",), (VIEW,)), Entry(ARN, (), (replace(EDIT, namespaces=("bank",)),))) == [
        "+ AmazonEKSEditPolicy in bank",
        "- AmazonEKSViewPolicy",
        "- group ops",
    ]
    assert changes(Entry(ARN), None) == [f"delete the access entry of {ARN} (no policy, no group)"]
    assert changes(Entry(ARN), Entry(ARN)) == []


def test_what_is_new_comes_first() -> None:
    calls: Any = Calls()
    before = Entry(ARN, ("old",), (VIEW,), "bob")
    make(calls, before, Entry(ARN, ("new",), (ADMIN,), "bob"))
    assert calls.made == [
        ("update", ARN, ("old", "new"), ""),
        ("associate", ARN, ADMIN),
        ("disassociate", ARN, "AmazonEKSViewPolicy"),
        ("update", ARN, ("new",)),
    ]


def test_only_what_differs_is_called() -> None:
    calls: Any = Calls()
    make(calls, Entry(ARN, ("ops",), (VIEW,)), Entry(ARN, ("ops",), (VIEW,)))
    make(calls, None, None)
    assert calls.made == []
    make(calls, Entry(ARN, policies=(VIEW,)), Entry(ARN, policies=(replace(VIEW, namespaces=("bank",)),)))
    assert calls.made == [("associate", ARN, replace(VIEW, namespaces=("bank",)))]
