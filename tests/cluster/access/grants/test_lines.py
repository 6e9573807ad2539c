"""A grant and a revocation as lines of aws-auth: other groups stay, another level of ours in the same scope goes."""

from __future__ import annotations

import pytest

from longshore.cluster.access.grants.by_aws_auth import granted, of, revoked
from longshore.cluster.access.level import Grant
from longshore.cluster.access.principal import Principal
from longshore.cluster.aws_auth.document import Document
from longshore.errors import Refused, UsageError

ACCOUNT = "111122223333"
HEAD = f"arn:aws:iam::{ACCOUNT}"
NODES = (
    f"- groups:\n  - system:bootstrappers\n  - system:nodes\n  rolearn: {HEAD}:role/node\n"
    "  username: system:node:{{EC2PrivateDNSName}}\n"
)
BOB = Principal("user", "bob", f"{HEAD}:user/bob")
DEPLOYER = Principal("role", "deployer", f"{HEAD}:role/ci/deployer")


def document(users: str = "", roles: str = NODES) -> Document:
    return Document.parse({"mapRoles": roles, "mapUsers": users})


def groups(found: Document, who: Principal) -> tuple[str, ...]:
    mapping = of(found, who.arn)
    assert mapping is not None
    return mapping.groups


def test_a_new_line() -> None:
    after = granted(document(), BOB, Grant("edit"))
    assert after.data["mapRoles"] == NODES
    mapping = of(after, BOB.arn)
    assert mapping is not None
    assert (mapping.arn, mapping.username, mapping.groups) == (BOB.arn, "bob", ("longshore:edit",))


def test_a_role_stands_there_without_its_path_and_with_the_session_in_its_name() -> None:
    after = granted(document(), DEPLOYER, Grant("admin"))
    mapping = of(after, DEPLOYER.arn)
    assert mapping is not None
    assert (mapping.arn, mapping.username) == (f"{HEAD}:role/deployer", "deployer:{{SessionName}}")


def test_a_user_stands_there_with_its_path() -> None:
    who = Principal("user", "eve", f"{HEAD}:user/team/a/eve")
    assert of(granted(document(), who, Grant()), who.arn).arn == who.arn  # type: ignore[union-attr]


def test_the_other_level_goes_and_all_else_stays() -> None:
    text = f"# ours\n- userarn: {HEAD}:user/bob\n  username: robert  # by hand\n  groups: [ops, longshore:view, longshore:bank:view]\n  note: kept\n"
    after = granted(document(text), BOB, Grant("edit"))
    assert groups(after, BOB) == ("ops", "longshore:bank:view", "longshore:edit")
    mapping = of(after, BOB.arn)
    assert mapping is not None
    assert mapping.username == "robert"
    for kept in ("# ours", "# by hand", "note: kept"):
        assert kept in after.data["mapUsers"]


def test_granted_twice_is_the_same_text() -> None:
    once = granted(document(), BOB, Grant("edit", "bank"))
    assert granted(once, BOB, Grant("edit", "bank")).data == once.data


def test_63_groups_stay() -> None:
    many = [f"team-{number:02}" for number in range(63)]
    text = f"- userarn: {BOB.arn}\n  username: bob\n  groups:\n" + "".join(f"  - {group}\n" for group in many)
    after = granted(document(text), BOB, Grant())
    assert groups(after, BOB) == (*many, "longshore:view")
    back = revoked(granted(document(text), BOB, Grant("view", "bank")), BOB, "bank")
    assert groups(back, BOB) == tuple(many)


def test_another_case_is_the_same_principal() -> None:
    text = f"- userarn: {HEAD}:user/BOB\n  username: bob\n  groups: [ops]\n"
    after = granted(document(text), BOB, Grant())
    assert len(after.mappings) == 2  # bob and the nodes
    assert groups(after, BOB) == ("ops", "longshore:view")
    assert revoked(document(text), BOB, "").data["mapUsers"].strip() == "[]"


def test_nodes_are_granted_nothing_and_lose_nothing() -> None:
    node = Principal("role", "node", f"{HEAD}:role/node")
    with pytest.raises(UsageError, match="the role by which nodes join"):
        granted(document(), node, Grant())
    with pytest.raises(Refused, match="the nodes would lose the cluster"):
        revoked(document(), node, "")


def test_revoked() -> None:
    there = granted(granted(document(), BOB, Grant("view")), DEPLOYER, Grant("admin"))
    after = revoked(there, BOB, "")
    assert of(after, BOB.arn) is None
    assert groups(after, DEPLOYER) == ("system:masters",)
    assert revoked(after, BOB, "").data == after.data


def test_revoked_in_a_namespace() -> None:
    there = granted(granted(document(), BOB, Grant("view", "bank")), BOB, Grant("edit", "shop"))
    after = revoked(there, BOB, "bank")
    assert groups(after, BOB) == ("longshore:shop:edit",)
    assert of(revoked(after, BOB, "shop"), BOB.arn) is None
    assert revoked(after, BOB, "elsewhere").data == after.data
    # Nothing of ours is in that namespace: the line isn't touched, even where it is the only one.
    nobody = Document.parse({"mapUsers": f"- userarn: {BOB.arn}\n  username: bob\n"})
    assert revoked(nobody, BOB, "bank").data == nobody.data


def test_one_whom_iam_does_not_have_is_found_by_name() -> None:
    text = f"- userarn: {HEAD}:user/old/path/gone\n  username: gone\n  groups: [ops]\n"
    gone = Principal("user", "gone", f"{HEAD}:user/gone", exists=False)
    assert revoked(document(text), gone, "").data["mapUsers"].strip() == "[]"


def test_what_can_t_be_parsed_is_refused_with_its_place() -> None:
    with pytest.raises(UsageError) as caught:
        granted(document("- userarn: [\n"), BOB, Grant())
    assert "mapUsers" in str(caught.value)
    assert "line" in str(caught.value)
