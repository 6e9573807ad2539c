from __future__ import annotations

from dataclasses import replace

import pytest

from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping
from longshore.errors import Refused, UsageError
from tests.cluster.aws_auth.helpers import CI, NODE, ROLE, USER, lines

USERS = lines(
    f"- userarn: {USER}/ana",
    "  username: ana",
    "  groups: [a, b]",
    f"- userarn: {USER}/Bob",
    f"- userarn: {USER}/ANA",
    "  username: last",
)
FOUND = Document.parse(
    {"mapRoles": NODE, "mapUsers": USERS, "mapAccounts": "- 012345678901\n- '444455556666'\n", "notes": "x"}
)


def test_all_mappings_with_their_lines() -> None:
    assert [(mapping.kind, mapping.arn, mapping.line) for mapping in FOUND.mappings] == [
        ("role", f"{ROLE}/eks-node", 1),
        ("user", f"{USER}/ana", 1),
        ("user", f"{USER}/Bob", 4),
        ("user", f"{USER}/ANA", 5),
    ]
    assert FOUND.mappings[1] == Mapping("user", f"{USER}/ana", "ana", ("a", "b"))


def test_the_last_of_an_arn_is_effective() -> None:
    assert [str(mapping) for mapping in FOUND.effective] == [
        f"role {ROLE}/eks-node as system:node:{{{{EC2PrivateDNSName}}}}, groups system:bootstrappers, system:nodes",
        f"user {USER}/Bob as (no username), no groups",
        f"user {USER}/ANA as last, no groups",
    ]


def test_what_never_matches_is_not_effective() -> None:
    never = [f"{ROLE}/x/a", "arn:aws:sts::111122223333:assumed-role/a/s", "a", "", f"{ROLE}/*", f"{ROLE}/a ", "12"]
    text = "".join(f"- rolearn: '{arn}'\n" for arn in never)
    assert Document.parse({"mapRoles": text + "- 12\n- null\n"}).effective == ()


def test_map_roles_beats_map_users() -> None:
    document = Document.parse(
        {"mapRoles": f"- rolearn: {CI.arn}\n  username: r\n", "mapUsers": f"- userarn: {CI.arn}\n  username: u\n"}
    )
    assert [mapping.username for mapping in document.effective] == ["r"]


def test_accounts_stay_as_they_are_written() -> None:
    assert FOUND.accounts == ("012345678901", "444455556666")


def test_of_finds_all_that_is_meant_for_a_principal() -> None:
    document = Document.parse({"mapRoles": f"- rolearn: {ROLE}/x/A\n- rolearn: {ROLE}/a\n- rolearn: {ROLE}/b\n"})
    assert [mapping.line for mapping in document.of(f"{ROLE}/y/a")] == [1, 2]


def test_other_data_stays() -> None:
    after = FOUND.granted(CI)
    assert list(after.data) == ["mapRoles", "mapUsers", "mapAccounts", "notes"]
    assert {key: after.data[key] for key in ("mapRoles", "mapAccounts", "notes")} == {
        key: FOUND.data[key] for key in ("mapRoles", "mapAccounts", "notes")
    }


def test_a_grant_makes_the_mapping_fit_for_aws_auth() -> None:
    session = Mapping("user", "arn:aws:sts::111122223333:assumed-role/Deploy/ana", "d:{{SessionName}}", ("a", "b", "a"))
    (mine,) = Document.parse({}).granted(session).mappings
    assert mine == Mapping("role", f"{ROLE}/Deploy", "d:{{SessionName}}", ("a", "b"))


def test_what_is_there_or_gone_already_is_the_same_document() -> None:
    after = FOUND.granted(CI)
    assert after.granted(CI) is after
    assert FOUND.revoked(CI.arn) is FOUND


def test_changes_for_a_plan() -> None:
    after = FOUND.granted(CI).granted(Mapping("user", f"{USER}/ana", "ana", ("a",))).revoked(f"{USER}/bob")
    assert FOUND.changes_to(after) == [
        f"- user {USER}/ana as ana, groups a, b",
        f"- user {USER}/Bob as (no username), no groups",
        f"- user {USER}/ANA as last, no groups",
        f"+ user {USER}/ANA as ana, groups a",
        f"+ user {CI.arn} as github-ci, groups longshore:view",
    ]
    assert FOUND.changes_to(FOUND) == []


def test_changes_of_accounts_and_of_text_only() -> None:
    assert FOUND.changes_to(Document.parse({**FOUND.data, "mapAccounts": "[1]"})) == [
        "- account 012345678901",
        "- account 444455556666",
        "+ account 1",
    ]
    assert FOUND.changes_to(Document.parse({**FOUND.data, "mapUsers": f"{USERS}# x\n", "new": ""})) == [
        "~ text of mapUsers",
        "~ text of new",
    ]


@pytest.mark.parametrize("lost", ["- [", "a: b"])
def test_the_other_list_may_be_unreadable(lost: str) -> None:
    document = Document.parse({"mapRoles": lost, "mapUsers": ""})
    after = document.granted(CI)
    assert after.data["mapRoles"] == lost
    assert after.revoked(CI.arn).data == {"mapRoles": lost, "mapUsers": "[]\n"}


def test_an_unreadable_list_that_names_the_principal_is_not_passed_over() -> None:
    document = Document.parse({"mapRoles": f"- rolearn: {CI.arn}\n  [", "mapUsers": f"- userarn: {CI.arn}\n"})
    with pytest.raises(UsageError, match="mapRoles can't be read"):
        document.revoked(CI.arn)


def test_nodes_stay() -> None:
    for change in (
        lambda: FOUND.revoked(f"{ROLE}/eks-node"),
        lambda: FOUND.granted(Mapping("role", f"{ROLE}/EKS-node", "me", ("system:masters",))),
        lambda: FOUND.granted(replace(FOUND.mappings[0], groups=("system:nodes",))),
    ):
        with pytest.raises(Refused) as caught:
            change()
        assert caught.value.lines() == [
            f"error: the nodes would lose the cluster ({ROLE}/eks-node)",
            "  why: nodes join by this mapping of aws-auth (terraform-aws-eks 624, eksctl 1703)",
            "  next: delete the node group instead: EKS then takes its mapping away",
        ]


def test_more_groups_for_nodes_are_no_loss() -> None:
    node = FOUND.mappings[0]
    after = FOUND.granted(replace(node, groups=(*node.groups, "eks:kube-proxy-windows")))
    assert after.data["mapRoles"] == f"{NODE}    - eks:kube-proxy-windows\n"


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        (replace(CI, arn=""), "error: this is no ARN of an IAM user or role (an empty text)"),
        (replace(CI, arn=f"{ROLE}/*"), f"error: this is no ARN of an IAM user or role ({ROLE}/*)"),
        (replace(CI, username=" "), f"error: the mapping has no username ({CI.arn})"),
        (replace(CI, groups=("a", "")), f"error: a group without a name ({CI.arn})"),
        (replace(CI, groups=("a\nb",)), f"error: a character that YAML does not allow as it is ({CI.arn})"),
        (replace(CI, username="a\x00"), f"error: a character that YAML does not allow as it is ({CI.arn})"),
    ],
)
def test_a_wish_that_eks_can_not_use(mapping: Mapping, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        FOUND.granted(mapping)
    assert caught.value.lines()[0] == told


def test_63_groups() -> None:
    many = replace(CI, groups=tuple(f"team-{number}" for number in range(63)))
    after = FOUND.granted(many)
    assert after.of(CI.arn) == (many,)
    fewer = replace(CI, groups=many.groups[::2])
    assert after.granted(fewer).data == FOUND.granted(fewer).data


def test_2000_mappings() -> None:
    text = "".join(f"- userarn: {USER}/u{n}\n  username: u{n}\n  groups:\n    - g\n" for n in range(2000))
    document = Document.parse({"mapUsers": text})
    assert len(document.effective) == 2000
    assert document.granted(CI).revoked(CI.arn).data == document.data
    one = document.granted(Mapping("user", f"{USER}/u1000", "x", ("g",)))
    assert one.data["mapUsers"] == text.replace("username: u1000\n", "username: x\n")
    assert document.revoked(f"{USER}/u1000").data["mapUsers"] == text.replace(
        f"- userarn: {USER}/u1000\n  username: u1000\n  groups:\n    - g\n", ""
    )
