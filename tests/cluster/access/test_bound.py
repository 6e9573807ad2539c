"""Bindings in words, the groups of ours, and what is wrong beside aws-auth itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from longshore.cluster.access.bound import Bound, is_whole, level_of, of
from longshore.cluster.access.census import Census
from longshore.cluster.access.entries import Association, Entry
from longshore.cluster.access.grants.bindings import binding
from longshore.cluster.access.level import LEVELS, Grant
from longshore.cluster.access.listing.holders import holders
from longshore.cluster.access.listing.survey import Survey
from longshore.cluster.access.listing.trouble import find
from longshore.cluster.access.principal import Principal
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.aws_auth.document import Document

ACCOUNT = "111122223333"
HEAD = f"arn:aws:iam::{ACCOUNT}"
BORN = datetime(2026, 5, 1, tzinfo=UTC)


def bound(role: str, kind: str = "Group", name: str = "ops", namespace: str = "") -> dict[str, Any]:
    made = binding(Grant("view", namespace))
    made["roleRef"]["name"], made["subjects"][0] = role, {"kind": kind, "name": name}
    return made


def test_in_words() -> None:
    found = of([bound("cluster-admin"), bound("edit", namespace="bank"), bound("reader", "User", "bob"), bound("view")])
    assert [str(right) for right in found.of("bob", ["ops"])] == ["ClusterRole reader", "admin", "edit in bank", "view"]
    assert [str(right) for right in found.of("", ["system:masters"])] == ["admin"]
    assert found.of("eve", ["other"]) == []


def test_groups_of_ours() -> None:
    for grant in (Grant(level, namespace) for level in LEVELS for namespace in ("", "bank")):
        if not grant.is_admin:
            assert level_of(grant.kubernetes_group) == grant
            assert is_whole(of([binding(grant)]), grant)
            assert not is_whole(Bound(), grant)
    for other in ("ops", "longshore:", "longshore:admin", "longshore:migration", "longshore:bank:owner"):
        assert level_of(other) is None


def survey(**more: Any) -> Survey:
    everybody = [
        Principal("user", "bob", f"{HEAD}:user/bob", BORN),
        Principal("role", "deployer", f"{HEAD}:role/ci/deployer", BORN),
    ]
    census = Census(ACCOUNT, {canonical(who.arn): who for who in everybody})
    return replace(Survey(Document.parse({}), (), Bound(), census, (), {}), **more)


def codes(seen: Survey, *, reads: bool = True) -> set[tuple[str, str]]:
    found = find(seen, holders(seen, reads_config_map=reads), ACCOUNT, reads_config_map=reads)
    return {(one.code, one.arn.rpartition(":")[2]) for one in found} - {("no-admin", "")}


def users(*lines: str) -> Document:
    return Document.parse({"mapUsers": "".join(f"- userarn: {HEAD}:{line}\n" for line in lines)})


def test_gone_and_tombstones() -> None:
    line = users("user/gone\n  username: gone\n  groups: [ops]")
    assert codes(survey(document=line)) == {("gone", "user/gone")}
    assert codes(survey(entries=[Entry(f"{HEAD}:user/gone")])) == {("gone", "user/gone")}
    assert codes(survey(document=line, census=None)) == set()
    old = Entry(f"{HEAD}:user/bob", created=datetime(2026, 4, 1, tzinfo=UTC))
    assert codes(survey(entries=[old])) == {("tombstone", "user/bob")}
    assert codes(survey(entries=[replace(old, created=BORN)])) == set()
    # A role stands in aws-auth without its path, and is the one that has it.
    role = Document.parse({"mapRoles": f"- rolearn: {HEAD}:role/deployer\n  username: d\n  groups: [ops]\n"})
    assert codes(survey(document=role)) == set()


def test_a_line_that_an_entry_beats() -> None:
    line = users("user/bob\n  username: bob\n  groups: [ops]")
    seen = survey(document=line, entries=[Entry(f"{HEAD}:user/bob", created=BORN)])
    assert codes(seen) == {("beaten", "user/bob")}
    entry, beaten = holders(seen, reads_config_map=True)
    assert (entry.beaten, beaten.beaten) == ("", "its access entry counts")


def test_groups_that_are_not_what_they_should_be() -> None:
    line = users("user/bob\n  username: bob\n  groups: [longshore:edit, ops]")
    seen = survey(document=line, bound=of([bound("cluster-admin")]))
    assert codes(seen) == {("binding", ""), ("privileged", "")}
    whole = of([binding(Grant("edit")), bound("view")])
    assert codes(survey(document=line, bound=whole)) == set()


def test_nodes_that_nothing_lets_in() -> None:
    role, mapped = f"{HEAD}:role/ci/deployer", f"{HEAD}:role/deployer"
    assert codes(survey(node_roles=[role])) == {("nodes", "role/ci/deployer")}
    assert codes(survey(node_roles=[role], entries=[Entry(role, type="EC2_LINUX", created=BORN)])) == set()
    assert codes(survey(node_roles=[role], entries=[Entry(role, created=BORN)])) == {("nodes", "role/ci/deployer")}
    text = f"- rolearn: {mapped}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups: [system:nodes]\n"
    assert codes(survey(node_roles=[role], document=Document.parse({"mapRoles": text}))) == set()


def test_aws_auth_that_is_not_read() -> None:
    line = users("user/bob\n  username: bob\n  groups: [ops]")
    assert codes(survey(document=line), reads=False) == {("not-read", "")}
    (row,) = holders(survey(document=line), reads_config_map=False)
    assert row.beaten == "the cluster does not read aws-auth"


def test_levels_in_words() -> None:
    policies = (Association("AmazonEKSEditPolicy", ("bank", "shop")), Association("AmazonEKSClusterAdminPolicy"))
    seen = survey(entries=[Entry(f"{HEAD}:user/bob", ("ops",), policies)], bound=of([bound("view", namespace="x")]))
    (row,) = holders(seen, reads_config_map=True)
    assert row.access == ("edit in bank, shop", "admin", "view in x")
    assert row.who == "user bob"
    assert row.json()["policies"][0] == {"policy": "AmazonEKSEditPolicy", "namespaces": ["bank", "shop"]}
    whole = Document.parse({"mapAccounts": "- '999988887777'\n"})
    (row,) = holders(survey(document=whole), reads_config_map=True)
    assert (row.who, row.access) == ("account 999988887777", ("gets in, by its ARN",))
