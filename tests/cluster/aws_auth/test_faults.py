from __future__ import annotations

import pytest

from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.faults import find
from tests.cluster.aws_auth.helpers import NODE, ROLE, USER

GOOD = f"- userarn: {USER}/ana\n  username: ana\n  groups: [dev]\n"


def told(data: dict[str, str], account: str = "") -> list[str]:
    return [f"{fault.code}: {fault}" for fault in find(Document.parse(data), account)]


def test_a_good_one_has_none() -> None:
    assert told({"mapRoles": NODE, "mapUsers": GOOD, "mapAccounts": "[]"}, "111122223333") == []
    assert Document.parse({}).faults == ()


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ("- [", "unparseable: mapUsers line 2 column 1: did not find expected node content, while parsing a flow node"),
        ("a: b", "unparseable: mapUsers line 1 column 1: it is keys and values, not a list"),
        (f"{GOOD}---\n", "ignored: mapUsers: a second YAML document follows (---); EKS ignores it"),
        ("- groups: [a]\n  username: b\n", "no-arn: mapUsers line 1: it has no userarn: EKS leaves it out"),
        ("- null\n", "no-arn: mapUsers line 1: it has no userarn: EKS leaves it out"),
        (
            GOOD.replace("user/ana", "group/ana"),
            "bad-arn: mapUsers line 1: it is no ARN of an IAM user or role: it never matches",
        ),
        (
            GOOD.replace("user/ana", "'user/*'").replace("arn:aws", "'arn:aws").replace(":'user", ":user"),
            "wildcard: mapUsers line 1: EKS knows no wildcards: it never matches, or lets in more than it names",
        ),
        (GOOD.replace("  username: ana\n", ""), "no-username: mapUsers line 1: it has no username"),
        (
            GOOD.replace("[dev]", "[]"),
            "no-groups: mapUsers line 1: it has no groups: it may do only what a binding gives its username",
        ),
        (GOOD.replace("dev", "dev, ''"), "empty-group: mapUsers line 1: a group without a name"),
        (
            GOOD.replace("dev", "system:masters"),
            "privileged: mapUsers line 1: system:masters may do everything, and no RBAC rule can take it away",
        ),
        (GOOD.replace("dev", "system:nodes"), "privileged: mapUsers line 1: system:nodes is for nodes"),
        (GOOD.replace("user/", "role/"), "wrong-list: mapUsers line 1: a role stands in mapUsers"),
    ],
)
def test_a_fault_of_a_list(users: str, expected: str) -> None:
    assert told({"mapUsers": users}) == [expected]


def test_values_of_the_wrong_type() -> None:
    assert told({"mapUsers": f"{GOOD}- 12\n- userarn: {USER}/b\n  username: 12\n  groups: dev\n"}) == [
        "no-arn: mapUsers line 4: it has no userarn: EKS leaves it out",
        "type: mapUsers line 4 column 3: it is a number, not keys and values",
        "no-username: mapUsers line 5: it has no username",
        "no-groups: mapUsers line 5: it has no groups: it may do only what a binding gives its username",
        "type: mapUsers line 6 column 13: username is a number, not a text: EKS reads it as empty; put it in quotes",
        "type: mapUsers line 7 column 11: groups is a text, not a list: EKS reads no groups",
    ]


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (
            f"{ROLE}/team/Deploy",
            f"role-path: mapRoles line 1: a role's ARN with its path never matches; {ROLE}/Deploy would",
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/Deploy/ana",
            f"session-arn: mapRoles line 1: it is the ARN of a session: it never matches; {ROLE}/Deploy would",
        ),
        (f"{USER}/ana", "wrong-list: mapRoles line 1: a user stands in mapRoles"),
        (
            "arn:aws:iam::444455556666:role/Deploy",
            "other-account: mapRoles line 1: it is of account 444455556666, not the cluster's own",
        ),
    ],
)
def test_an_arn_in_map_roles(arn: str, expected: str) -> None:
    assert told({"mapRoles": f"- rolearn: {arn}\n  username: x\n  groups: [g]\n"}, "111122223333") == [expected]


def test_duplicates() -> None:
    text = GOOD + GOOD.replace("dev", "ops")
    assert told({"mapUsers": text}) == [
        "duplicate: mapUsers line 4: the same principal is in line 1 of mapUsers, too: line 4 of mapUsers counts"
    ]
    other_case = GOOD + GOOD.replace("user/ana", "user/Ana")
    assert told({"mapUsers": other_case}) == [
        "duplicate: mapUsers line 4: the same principal is in line 1 of mapUsers, too: in another case: "
        "not every version of the authenticator takes the last one"
    ]


def test_a_duplicate_of_which_one_never_matches() -> None:
    role = f"- rolearn: {ROLE}/{{}}\n  username: x\n  groups: [g]\n"
    assert told({"mapRoles": role.format("Deploy") + role.format("team/Deploy")}) == [
        f"role-path: mapRoles line 4: a role's ARN with its path never matches; {ROLE}/Deploy would",
        "duplicate: mapRoles line 4: the same principal is in line 1 of mapRoles, too: line 1 of mapRoles counts",
    ]


def test_accounts() -> None:
    assert told({"mapAccounts": "- 111122223333\n- '12'\n- [a]\n"}, "111122223333") == [
        "whole-account: mapAccounts: every user and role of account 111122223333 is let in",
        "whole-account: mapAccounts: every user and role of another account 12 is let in",
        "account: mapAccounts line 2 column 3: it is no account number of 12 digits",
        "account: mapAccounts line 3 column 3: it is no account number of 12 digits",
    ]
    assert told({"mapAccounts": "a: b"}) == [
        "unparseable: mapAccounts line 1 column 1: it is keys and values, not a list"
    ]


def test_keys_in_another_case_are_ignored_by_eks() -> None:
    assert told({"mapusers": GOOD, "MAPROLES": "", "notes": ""}) == [
        "wrong-case: MAPROLES: EKS reads only mapRoles",
        "wrong-case: mapusers: EKS reads only mapUsers",
    ]


def test_a_fault_names_its_arn_for_a_program() -> None:
    (fault,) = Document.parse({"mapUsers": GOOD.replace("dev", "system:masters")}).faults
    assert (fault.arn, fault.key, fault.line) == (f"{USER}/ana", "mapUsers", 1)
