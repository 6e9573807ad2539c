"""Mappings changed and taken out of a text, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping
from longshore.errors import UsageError
from tests.cluster.aws_auth.helpers import CI, NODE, USER, granted, lines, revoked

EDIT = replace(CI, groups=("longshore:edit",))


def test_a_change_leaves_comments_unknown_keys_order_quotes_and_case() -> None:
    before = lines(
        "# who may",
        "- groups:  # of Kubernetes",
        "  # the view",
        "  - 'longshore:view'  # binding",
        f"  userARN: {CI.arn.replace('github', 'GitHub')}  # ci",
        "  note: {owner: platform}",
        "  username: 'ci'",
        "",
        "# the rest",
    )
    assert granted(before, EDIT) == lines(
        "# who may",
        "- groups:  # of Kubernetes",
        "  # the view",
        "  - longshore:edit",
        f"  userARN: {CI.arn.replace('github', 'GitHub')}  # ci",
        "  note: {owner: platform}",
        "  username: 'github-ci'",
        "",
        "# the rest",
    )


@pytest.mark.parametrize(
    ("groups", "wished", "after"),
    [
        ("groups: [a, b]", ("b", "c"), 'groups: [b, "c"]'),
        ("groups: [a, b]", ("a",), "groups: [a]"),
        ("groups: [ a ]", ("b",), 'groups: [ "b" ]'),
        ("groups: []", ("a", "b"), 'groups: ["a", "b"]'),
        ("groups: [a]  # x", (), "groups: []  # x"),
        ("groups:", ("a",), 'groups: ["a"]'),
        ("groups: null", ("a",), 'groups: ["a"]'),
        ("groups: a", ("a",), 'groups: ["a"]'),
        ("groups:\n  - a\n  - b\n  - c", ("a", "c"), "groups:\n  - a\n  - c"),
        ("groups:\n  - a\n  - b", ("c", "b"), "groups:\n  - b\n  - c"),
        ("groups:\n      - a", ("b",), "groups:\n      - b"),
        ("groups:\n  - a\n  - b", (), "groups: []"),
        ("groups: &g\n  - a", (), "groups: &g []"),
        ("groups: # x\n  - a", (), "groups: [] # x"),
        ("groups:\n  - a\n  - a", ("a", "b"), "groups:\n  - a\n  - b"),
        ("groups:\n  - 1\n  - a", ("a", "dev team"), 'groups:\n  - a\n  - "dev team"'),
        ("note: x", ("a",), 'note: x\n  groups: ["a"]'),
    ],
)
def test_groups_are_changed_one_by_one(groups: str, wished: tuple[str, ...], after: str) -> None:
    text = f"- userarn: {CI.arn}\n  username: github-ci\n  {{}}\n- userarn: b\n"
    assert granted(text.format(groups), replace(CI, groups=wished)) == text.format(after)


def test_the_order_of_groups_means_nothing() -> None:
    document = Document.parse({"mapUsers": f"- userarn: {CI.arn}\n  username: github-ci\n  groups: [b, a]\n"})
    assert document.granted(replace(CI, groups=("a", "b"))) is document


@pytest.mark.parametrize(
    ("username", "after"),
    [
        ("username: a", "username: github-ci"),
        ('username: "a" # x', 'username: "github-ci" # x'),
        ("username:", "username: github-ci"),
        ("username: 12", "username: github-ci"),
        ("username: |\n    a", "username: github-ci"),
        ("username: a\n    b", "username: github-ci"),
        ("note: x", "note: x\n  username: github-ci"),
        ("? username\n  : a", "? username\n  : github-ci"),
    ],
)
def test_a_username_is_changed(username: str, after: str) -> None:
    text = f"- userarn: {CI.arn}\n  groups: [longshore:view]\n  {{}}\n- userarn: b\n"
    assert granted(text.format(username)) == text.format(after)


def test_the_last_duplicate_stays_as_the_only_one() -> None:
    before = lines(
        f"- userarn: {CI.arn}",
        "  note: first",
        "# between",
        "- userarn: b",
        f"- userarn: {CI.arn}",
        "  note: last",
        "  username: github-ci",
        "  groups: [x]",
        f"- {{userarn: ' {CI.arn}'}}",
    )
    assert granted(before) == lines(
        "# between",
        "- userarn: b",
        f"- userarn: {CI.arn}",
        "  note: last",
        "  username: github-ci",
        '  groups: ["longshore:view"]',
    )


def test_a_role_with_its_path_is_put_right() -> None:
    text = "- rolearn: arn:aws:iam::111122223333:role/{}  # sso\n  username: x\n  groups: [g]\n"
    wished = Mapping("role", "arn:aws:iam::111122223333:role/team/Deploy", "x", ("g",))
    after = Document.parse({"mapRoles": text.format("team/Deploy")}).granted(wished)
    assert after.data["mapRoles"] == text.format("Deploy")


def test_a_mapping_in_the_wrong_list_moves() -> None:
    wrong = NODE + f"- rolearn: {CI.arn}\n  username: x\n"
    after = Document.parse({"mapRoles": wrong, "mapUsers": "[]"}).granted(CI)
    assert after.data["mapRoles"] == NODE
    assert after.of(CI.arn) == (CI,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "- userarn: a\n# 1\n- userarn: CI # 2\n  note: x\n# 3\n- userarn: b\n",
            "- userarn: a\n# 1\n# 3\n- userarn: b\n",
        ),
        ("- userarn: CI\n", "[]\n"),
        ("- userarn: CI", "[]"),
        ("# 1\n- userarn: CI\n", "# 1\n"),
        ("- userarn: a\n- userarn: CI", "- userarn: a"),
        ("- userarn: a\r\n- userarn: CI\r\n", "- userarn: a\r\n"),
        ("- userarn: CI\n- userarn: CI\n- userarn: a\n- userarn: CI", "- userarn: a"),
        ("---\n- userarn: CI\n", "---\n"),
        ("!!seq\n- userarn: CI\n", "!!seq\n[]\n"),
        ("- userarn: CI\n  username: |\n    x\n\n- userarn: a\n", "- userarn: a\n"),
        ("[{userarn: a}, {userarn: CI}]", "[{userarn: a}]"),
        ("[{userarn: CI}, {userarn: a}]", "[{userarn: a}]"),
        ("[{userarn: a}, {userarn: CI}, {userarn: b}]", "[{userarn: a}, {userarn: b}]"),
        ("[{userarn: CI}, {userarn: a}, {userarn: CI}, {userarn: CI}]", "[{userarn: a}]"),
        ("[{userarn: CI}]", "[]"),
        ("[ {userarn: CI}, ]", "[]"),
        ("[\n  {userarn: a}, # 1\n  {userarn: CI}, # 2\n]", "[\n  {userarn: a} # 1\n  , # 2\n]"),
        ("- &x {userarn: CI}\n- *x\n- userarn: a\n", "- userarn: a\n"),
    ],
)
def test_a_mapping_goes_with_its_lines_only(before: str, after: str) -> None:
    before, after = before.replace("CI", CI.arn), after.replace("CI", CI.arn)
    assert revoked(before) == after


def refused(users: str, mapping: Mapping = CI) -> list[str]:
    before = Document.parse({"mapRoles": NODE, "mapUsers": users})
    with pytest.raises(UsageError) as caught:
        before.granted(mapping)
    assert before.data == {"mapRoles": NODE, "mapUsers": users}
    return caught.value.lines()


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        (
            f"- userarn: {CI.arn}\n   username: a\n",
            "line 2 column 12",
            "mapping values are not allowed in this context",
        ),
        (
            "- userarn: a\n  groups:\n    - [b\n",
            "line 4 column 1",
            "did not find expected ',' or ']', while parsing a flow sequence",
        ),
        ("userarn: a\n", "line 1 column 1", "it is keys and values, not a list"),
        ("\n\n  users\n", "line 3 column 3", "it is a text, not a list"),
        ("- userarn: a\n  groups: *g\n", "line 2 column 11", "the alias *g has no anchor"),
        ("- a: .nan\n", "line 1 column 6", "JSON has no such number"),
        ("- a: b\n  ~: c\n", "line 2 column 3", "a key must be a text"),
        ('- a: "x\\/y"\n', "line 1 column 6", "\\/ is no escape that go-yaml reads"),
        ("- a\n- b: \x07\n", "line 2 column 6", "the character U+0007 is not allowed in YAML"),
        ("[" * 200, "line 1 column 101", "it is nested too deeply"),
    ],
)
def test_what_can_not_be_read_is_refused_with_its_place(text: str, where: str, why: str) -> None:
    assert refused(text) == [
        f"error: mapUsers can't be read, so it is not changed (aws-auth mapUsers {where})",
        f"  why: {why}; EKS ignores all of mapUsers",
        "  next: mend it: kubectl edit configmap aws-auth --namespace kube-system",
    ]


SHARED = f"""\
- &one
  userarn: {CI.arn}
  username: github-ci
  groups: &g [a]
- userarn: {USER}/b
  groups: *g  # as ci
- <<: *one
  userarn: {USER}/c
- userarn: {USER}/d
  groups: *g
"""


def test_what_others_use_of_a_mapping_that_goes_moves_to_the_first_of_them() -> None:
    one = f'{{"userarn": "{CI.arn}", "username": "github-ci", "groups": ["a"]}}'
    assert revoked(SHARED) == lines(
        f"- userarn: {USER}/b",
        '  groups: &g ["a"]  # as ci',
        f"- <<: &one {one}",
        f"  userarn: {USER}/c",
        f"- userarn: {USER}/d",
        "  groups: *g",
    )


def test_what_others_use_of_a_mapping_that_changes_stays_for_them() -> None:
    text = f"- userarn: {CI.arn}\n  username: github-ci\n  groups: &g [a]\n- userarn: {USER}/b\n  groups: *g\n"
    after = granted(text, replace(CI, groups=("a", "b")))
    assert after == text.replace("&g [a]", '&g [a, "b"]').replace("*g", '&g ["a"]')
    assert granted(text, replace(CI, username="x", groups=("a",))) == text.replace("github-ci\n", "x\n", 2).replace(
        "user/x", "user/github-ci"
    )


def test_a_list_that_can_not_be_changed_without_touching_others_is_refused() -> None:
    text = f"- &x {{groups: [a]}}\n- userarn: {CI.arn}\n  note: n\n  groups: [b]\n  <<: *x\n"
    assert refused(text) == [
        "error: mapUsers can't be changed without touching something else in it (aws-auth mapUsers line 2 column 3)",
        "  why: the mapping would not be read as it is wished",
        "  next: change it by hand: kubectl edit configmap aws-auth --namespace kube-system",
    ]


def test_a_field_that_is_there_twice_is_refused() -> None:
    text = f"- userarn: {CI.arn}\n  note: x\n  username: a\n  username: b\n"
    assert "why: username is there twice in the mapping of line 1" in refused(text)[1]


def test_a_field_that_is_there_twice_is_written_anew_where_nothing_else_is_lost() -> None:
    text = f"- userarn: {CI.arn}\n  username: a\n  username: b\n- userarn: b\n"
    assert granted(text) == lines(
        "- userarn: b", f"- userarn: {CI.arn}", "  username: github-ci", "  groups:", "    - longshore:view"
    )


def test_an_alias_is_written_anew() -> None:
    text = f"- &x\n  userarn: {USER}/b\n  username: b\n- <<: *x\n  userarn: {CI.arn}\n"
    assert granted(text) == text + '  username: github-ci\n  groups: ["longshore:view"]\n'
