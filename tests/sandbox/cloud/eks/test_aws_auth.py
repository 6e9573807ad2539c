"""aws-auth as aws-iam-authenticator reads it: its parser's faults included."""

from __future__ import annotations

import pytest

from longshore.cluster.aws_auth.document import Document
from longshore.sandbox.cloud.eks.aws_auth import AwsAuth, Mapped, parse
from tests.cluster.aws_auth.generate import document

ARN = "arn:aws:iam::111122223333:user/alice"


def users(text: str) -> dict[str, Mapped]:
    return dict(parse({"mapUsers": text}).users)


@pytest.mark.parametrize(
    "text", ["", "  \n", '""', "null", "[]", "# nothing", "{}", "text", "12", "``", "a: b", "[1, two, null, []]"]
)
def test_what_holds_no_mapping(text: str) -> None:
    assert parse({"mapUsers": text, "mapRoles": text, "mapAccounts": text}).users == {}


def test_nothing_at_all() -> None:
    assert parse({}) == AwsAuth({}, {}, frozenset())
    assert parse({"other": "x"}) == AwsAuth({}, {}, frozenset())


@pytest.mark.parametrize(
    "text",
    [
        f"- userarn: {ARN}\n  username: alice\n  groups:\n  - devs\n  - ops\n",
        f"- groups: [devs, ops]\n  userarn: {ARN}\n  username: alice",
        f'[{{"userarn": "{ARN}", "username": "alice", "groups": ["devs", "ops"]}}]',
        f"---\n  - UserARN: '{ARN}'\n    UserName: alice\n    GROUPS: [devs, ops]\n    more: {{a: 1}}\n",
        f"- &a\n  userarn: {ARN}\n  username: alice\n  groups: &g [devs, ops]\n",
        f"- userarn: {ARN}\r\n  username: alice\r\n  groups: [devs, ops]\r\n",
        f"- <<: {{username: alice, groups: [devs, ops]}}\n  userarn: {ARN}\n",
    ],
)
def test_ways_to_write_the_same(text: str) -> None:
    assert users(text) == {ARN.lower(): Mapped("alice", ("devs", "ops"))}


@pytest.mark.parametrize(
    "text",
    [
        f"- userarn: {ARN}\n  username: [alice\n",
        f"- userarn: {ARN}\n username: alice\n",
        f"- userarn: {ARN}\n\tusername: alice\n",
        f"- userarn: {ARN}\n  username: alice: bob\n",
        f"- userarn: *nobody\n- userarn: {ARN}\n",
    ],
)
def test_a_section_that_is_no_yaml_is_lost_whole_and_the_others_stay(text: str) -> None:
    role = "arn:aws:iam::111122223333:role/x"
    found = parse({"mapUsers": text, "mapRoles": f"- rolearn: {role}\n  username: r\n"})
    assert (found.users, found.roles) == ({}, {role: Mapped("r", ())})


def test_only_the_first_document_counts() -> None:
    assert list(users(f"- userarn: {ARN}\n---\n- userarn: {ARN}2\n")) == [ARN.lower()]


def test_the_last_of_an_arn_wins_whatever_its_case() -> None:
    text = f"- userarn: {ARN}\n  username: one\n- userarn: {ARN.upper()}\n  username: two\n"
    assert users(text) == {ARN.lower(): Mapped("two", ())}


def test_a_value_of_the_wrong_type_leaves_its_field_empty_and_the_rest_as_it_is() -> None:
    good = f"- userarn: {ARN}2\n  username: bob\n  groups: [devs]\n"
    found = users(
        f"- userarn: {ARN}\n  username: 12\n  groups: devs\n- userarn: 12\n  username: x\n- username: nobody\n- text\n- null\n- userarn: ''\n{good}"
    )
    assert found == {ARN.lower(): Mapped("", ()), f"{ARN}2".lower(): Mapped("bob", ("devs",))}
    assert users(f"- userarn: {ARN}\n  groups: [1, devs, null]\n")[ARN.lower()].groups == ("", "devs", "")


@pytest.mark.parametrize("word", ["yes", "No", "on", "y", "n", "true", "~", "1.5", "0x1F"])
def test_words_that_are_no_strings_to_yaml(word: str) -> None:
    assert users(f"- userarn: {ARN}\n  username: {word}\n")[ARN.lower()].username == ""
    assert users(f"- userarn: {ARN}\n  username: '{word}'\n")[ARN.lower()].username == word


@pytest.mark.parametrize("word", ["2026-11-29", "12:30:45", "alice@example.com", "'{{SessionName}}'"])
def test_words_that_are_strings(word: str) -> None:
    assert users(f"- userarn: {ARN}\n  username: {word}\n")[ARN.lower()].username == word.strip("'")


def test_of_two_spellings_of_a_key_the_last_in_order_counts() -> None:
    assert users(f"- userarn: {ARN}\n  username: exact\n  Username: folded\n")[ARN.lower()].username == "exact"
    assert users(f"- userarn: {ARN}\n  username: 12\n  Username: folded\n")[ARN.lower()].username == "folded"


def test_a_second_list_of_groups_is_read_over_the_first() -> None:
    text = f"- userarn: {ARN}\n  Groups: [a, b, c]\n  groups: [1, x]\n"
    assert users(text)[ARN.lower()].groups == ("a", "x")
    assert users(f"- userarn: {ARN}\n  Groups: [a]\n  groups: text\n")[ARN.lower()].groups == ("a",)
    assert users(f"- userarn: {ARN}\n  Groups: [a]\n  groups: ~\n")[ARN.lower()].groups == ()


def test_accounts_need_no_quotes() -> None:
    assert parse({"mapAccounts": "- 012345678901\n- '111122223333'\n"}).accounts == {"012345678901", "111122223333"}
    assert parse({"mapAccounts": "- [1\n"}).accounts == frozenset()


def test_what_is_no_mapping_of_text_can_not_hang() -> None:
    bomb = "a: &a [x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefghij", "bcdefghijk", strict=True))
    assert parse({"mapUsers": bomb}).users == {}


@pytest.mark.parametrize(
    "text",
    [
        f"- &a\n  userarn: {ARN}\n  groups: *a\n",
        f"- userarn: {ARN}\n- x: {{? [a] : b}}\n",
        f"- userarn: {ARN}\n- x:\n    ~: b\n",
        f"- userarn: {ARN}\n- <<: text\n",
        f"- userarn: {ARN}\n  groups: [dev?s]\n",
        f'- userarn: "{ARN.replace("/", chr(92) + "/")}"\n',
    ],
)
def test_what_json_can_not_hold_or_the_authenticators_parser_stumbles_over(text: str) -> None:
    assert users(text) == {}


def test_a_merge_replaces_what_stood_before_it() -> None:
    text = f"- &a {{userarn: {ARN}, username: a, groups: [x]}}\n- username: b\n  <<: *a\n  groups: [z]\n"
    assert users(text) == {ARN.lower(): Mapped("a", ("z",))}


def test_it_reads_documents_as_longshore_does() -> None:
    # Two readers that know nothing of each other, and the real parser's faults in both.
    for seed in range(1500):
        data = document(seed)
        ours, theirs = parse(data), Document.parse(data)
        for part, read in ((theirs.roles, ours.roles), (theirs.users, ours.users)):
            expected = {
                mapping.arn.lower(): Mapped(mapping.username, mapping.groups)
                for mapping in part.mappings
                if mapping.arn
            }
            assert dict(read) == expected, seed
        assert set(theirs.accounts) - {""} == ours.accounts - {""}, seed
