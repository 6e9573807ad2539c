"""aws-auth as tools write it and people publish it: the text before and after a grant, character by character."""

from __future__ import annotations

import pytest

from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping
from tests.cluster.aws_auth.helpers import CI, ROLE, granted, lines, revoked

ADMIN = "arn:aws:iam::111122223333:user/admin"
NEW = ["- userarn: arn:aws:iam::111122223333:user/github-ci", "  username: github-ci", "  groups:"]

DOCUMENTS = {
    "the EKS user guide": (
        lines(f"- userarn: {ADMIN}", "  username: admin", "  groups:", "    - system:masters"),
        lines(*NEW, "    - longshore:view"),
    ),
    "eksctl: sorted keys": (
        lines("- groups:", "  - system:masters", f"  userarn: {ADMIN}", "  username: admin"),
        lines(*NEW, "  - longshore:view"),
    ),
    "terraform-aws-eks: yamlencode": (
        lines('- "groups":', '  - "system:masters"', f'  "userarn": "{ADMIN}"', '  "username": "admin"'),
        lines(*NEW, "  - longshore:view"),
    ),
    "terraform-aws-eks 579: blank lines between": (
        lines(
            "- userarn: x",
            "  username: a",
            "  groups:",
            "    - a",
            "",
            "",
            '- "groups":',
            '  - "b"',
            '  "userarn": "y"',
        ),
        lines(*NEW, "  - longshore:view"),
    ),
    "the root user, without a username": (
        lines("- userarn: arn:aws:iam::111122223333:root", "  groups:", "  - system:masters"),
        lines(*NEW, "  - longshore:view"),
    ),
    "comments behind the groups": (
        lines(f"- userarn: {ADMIN}", "  username: admin", "  groups:", "  - system:masters   # careful!"),
        lines(*NEW, "  - longshore:view"),
    ),
    "a dash of its own line": (
        lines("-", f"  userarn: {ADMIN}", "  username: admin", "  groups:", "    - system:masters"),
        lines(*NEW, "    - longshore:view"),
    ),
    "no groups anywhere": (
        lines(f"- userarn: {ADMIN}", "  username: admin"),
        lines(*NEW, "    - longshore:view"),
    ),
    "a comment at the end": (
        lines(f"- userarn: {ADMIN}", "  username: admin", "  groups: [system:masters]"),
        lines(*NEW, "    - longshore:view"),
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_grant_appends_in_the_style_of_the_list_and_a_revocation_takes_exactly_that_away(name: str) -> None:
    before, new = DOCUMENTS[name]
    after = granted(before)
    assert after == before + new
    assert revoked(after) == before


def test_indentation_and_trailing_white_space_stay() -> None:
    before = "\n  -   groups:\n      - a\n      userarn: x\n      username: johndoe\n "
    after = granted(before)
    assert after == (
        "\n  -   groups:\n      - a\n      userarn: x\n      username: johndoe\n"
        "  -   userarn: arn:aws:iam::111122223333:user/github-ci\n      username: github-ci\n      groups:\n      - longshore:view\n "
    )
    assert revoked(after) == before


def test_a_patch_without_a_final_line_break() -> None:
    before = f"- userarn: {ADMIN}\n  username: admin\n  groups:\n  - system:masters"
    after = granted(before)
    assert after == before + "\n" + "\n".join([*NEW, "  - longshore:view"])
    assert revoked(after) == before


def test_windows_line_breaks() -> None:
    before = f"- userarn: {ADMIN}\r\n  username: admin\r\n  groups:\r\n  - system:masters\r\n"
    after = granted(before)
    assert after == before + "".join(f"{line}\r\n" for line in [*NEW, "  - longshore:view"])
    assert revoked(after) == before


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ("", lines(*NEW, "    - longshore:view"), "[]\n"),
        ("[]\n", lines(*NEW, "    - longshore:view"), "[]\n"),
        ("[]", lines(*NEW, "    - longshore:view"), "[]\n"),
        ("null", lines(*NEW, "    - longshore:view"), "[]\n"),
        ('""', lines(*NEW, "    - longshore:view"), "[]\n"),
        ("# nobody yet\n", lines("# nobody yet", *NEW, "    - longshore:view"), "# nobody yet\n"),
        ("---\n# nobody yet\n", lines("---", "# nobody yet", *NEW, "    - longshore:view"), "---\n# nobody yet\n"),
        (
            "[]  # nobody yet\n",
            '[{"userarn": "arn:aws:iam::111122223333:user/github-ci", "username": "github-ci", "groups": ["longshore:view"]}]  # nobody yet\n',
            "[]  # nobody yet\n",
        ),
    ],
)
def test_a_list_that_is_empty(before: str, after: str, left: str) -> None:
    assert granted(before) == after
    assert revoked(after) == left


def test_a_list_that_is_not_there() -> None:
    found = Document.parse({"notes": "kept"})
    assert found.granted(CI).data == {"notes": "kept", "mapUsers": lines(*NEW, "    - longshore:view")}


def test_json() -> None:
    before = '[{"userarn":"arn:aws:iam::111122223333:user/admin","username":"admin","groups":["system:masters"]}]'
    new = (
        '{"userarn": "arn:aws:iam::111122223333:user/github-ci", "username": "github-ci", "groups": ["longshore:view"]}'
    )
    assert granted(before) == f"{before[:-1]}, {new}]"
    assert revoked(granted(before)) == before


def test_json_of_several_lines() -> None:
    before = '[\n  {"userarn": "a"},\n  {"userarn": "b"}\n]\n'
    new = (
        '{"userarn": "arn:aws:iam::111122223333:user/github-ci", "username": "github-ci", "groups": ["longshore:view"]}'
    )
    assert granted(before) == f'[\n  {{"userarn": "a"}},\n  {{"userarn": "b"}},\n  {new}\n]\n'
    assert revoked(granted(before)) == before


def test_flow_items_in_a_block_list() -> None:
    before = "- {userarn: a, username: a}\n"
    new = '- {"userarn": "arn:aws:iam::111122223333:user/github-ci", "username": "github-ci", "groups": ["longshore:view"]}\n'
    assert granted(before) == before + new


def test_a_role_behind_the_nodes() -> None:
    roles = lines(
        f"- rolearn: {ROLE}/eks-node",
        "  username: system:node:{{EC2PrivateDNSName}}",
        "  groups:",
        "    - system:bootstrappers",
        "    - system:nodes",
        "# end of the nodes",
    )
    after = Document.parse({"mapRoles": roles}).granted(
        Mapping(
            "role",
            f"{ROLE}/aws-reserved/sso.amazonaws.com/AWSReservedSSO_View_0a1b",
            "view:{{SessionName}}",
            ("longshore:view",),
        )
    )
    head, _, tail = roles.rpartition("# end")
    new = lines(
        f"- rolearn: {ROLE}/AWSReservedSSO_View_0a1b",
        "  username: view:{{SessionName}}",
        "  groups:",
        "    - longshore:view",
    )
    assert after.data == {"mapRoles": f"{head}{new}# end{tail}"}
    assert after.revoked(f"{ROLE}/AWSReservedSSO_View_0a1b").data == {"mapRoles": roles}
