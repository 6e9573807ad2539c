"""What going back to a snapshot means: the letter of aws-auth, the nodes of now, and entries of those who are still the same."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from longshore.cluster.access.census import Census
from longshore.cluster.access.entries import TAGS, Association, Entry
from longshore.cluster.access.principal import Principal
from longshore.cluster.access.snapshots import Snapshot
from longshore.cluster.access.undoing.restored import document, entries
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.aws_auth.document import Document

ACCOUNT = "111122223333"
HEAD = f"arn:aws:iam::{ACCOUNT}"
TAKEN = datetime(2026, 6, 1, tzinfo=UTC)
BOB = Principal("user", "bob", f"{HEAD}:user/bob", TAKEN - timedelta(days=9))
NEW = Principal("user", "new", f"{HEAD}:user/new", TAKEN + timedelta(days=1))
CENSUS = Census(ACCOUNT, {canonical(who.arn): who for who in (BOB, NEW)})
VIEW = Association("AmazonEKSViewPolicy")
SNAPSHOT = Snapshot("20260601-1", TAKEN.timestamp(), "me", "arn:cluster", "API_AND_CONFIG_MAP", {}, ())
NODES = "- rolearn: arn:aws:iam::111122223333:role/{}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups: [system:nodes]\n"


def test_aws_auth_to_the_letter() -> None:
    was = {"mapRoles": "# as it was\n" + NODES.format("old"), "mapUsers": "[]\n", "ours": "kept"}
    now = Document.parse({"mapRoles": NODES.format("old"), "mapUsers": f"- userarn: {BOB.arn}\n  username: bob\n"})
    assert document(now, replace(SNAPSHOT, data=was)).data == was


def test_nodes_that_have_come_since_stay() -> None:
    was = {"mapRoles": NODES.format("old"), "mapUsers": ""}
    now = Document.parse({"mapRoles": NODES.format("old") + NODES.format("new")})
    after = document(now, replace(SNAPSHOT, data=was))
    assert [one.arn.rpartition("/")[2] for one in after.mappings if one.is_node] == ["old", "new"]


def test_what_can_t_be_parsed_now_is_no_hindrance() -> None:
    was = {"mapUsers": f"- userarn: {BOB.arn}\n  username: bob\n"}
    now = Document.parse({"mapUsers": "- [\n"})
    assert document(now, replace(SNAPSHOT, data=was)).data == was


def test_no_config_map_then() -> None:
    now = Document.parse({"mapUsers": f"- userarn: {BOB.arn}\n  username: bob\n"})
    assert document(now, replace(SNAPSHOT, data=None)).data == {}


def test_entries_come_back_change_back_and_go() -> None:
    was = Entry(BOB.arn, ("ops",), (VIEW,), "bob")
    snapshot = replace(SNAPSHOT, entries=(was,))
    assert entries([], snapshot, CENSUS).changed == {BOB.arn: (None, was)}
    other = replace(was, groups=("other",))
    assert entries([other], snapshot, CENSUS).changed == {BOB.arn: (other, was)}
    since = Entry(NEW.arn)
    assert entries([was, since], snapshot, CENSUS).changed == {NEW.arn: (since, None)}
    assert entries([replace(was, tags={"by": "hand"})], snapshot, CENSUS).changed == {}


def test_all_entries_afterwards() -> None:
    was, since, stays = Entry(BOB.arn, ("ops",)), Entry(NEW.arn), Entry("arn:node", type="EC2_LINUX")
    found = entries([since, stays], replace(SNAPSHOT, entries=(was,)), CENSUS)
    assert {entry.arn for entry in found.after([since, stays])} == {BOB.arn, "arn:node"}


def test_who_is_gone_or_another_gets_none() -> None:
    gone = Entry(f"{HEAD}:user/gone", policies=(VIEW,))
    found = entries([], replace(SNAPSHOT, entries=(gone, Entry(NEW.arn))), CENSUS)
    assert found.changed == {}
    assert found.told == [
        f"{gone.arn}: left as it is, IAM does not have it any more",
        f"{NEW.arn}: left as it is, the one of this name that is there now was made after the snapshot",
    ]


def test_entries_of_nodes_are_eks_own() -> None:
    node = Entry(f"{HEAD}:role/node", ("system:nodes",), type="EC2_LINUX")
    assert entries([node], SNAPSHOT, CENSUS).changed == {}
    found = entries([], replace(SNAPSHOT, entries=(node,)), CENSUS)
    assert (found.changed, len(found.told)) == ({}, 1)


def test_of_a_time_without_entries_only_ours_go() -> None:
    ours, eks_own = Entry(NEW.arn, tags=dict(TAGS)), Entry(BOB.arn)
    found = entries([ours, eks_own], dataclasses.replace(SNAPSHOT, mode="CONFIG_MAP", entries=None), CENSUS)
    assert found.changed == {NEW.arn: (ours, None)}
