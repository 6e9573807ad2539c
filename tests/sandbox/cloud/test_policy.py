"""What policies allow: a table of decisions. No server."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.sandbox.cloud.conditions import InvalidPolicy, arn_like, holds
from longshore.sandbox.cloud.policy import Decision, Wish, decide, parse

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bank/dev-AbCdEf"
ABSENT = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bank/dev-??????"
READ = "secretsmanager:GetSecretValue"
HEAD = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"

ALLOW, DENY, SILENT = Decision.ALLOWED, Decision.DENIED, Decision.SILENT


def statement(effect: str = "Allow", action: Any = READ, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


TABLE = [
    ("nothing at all", document(), READ, SECRET, SILENT),
    ("the very action", document(statement()), READ, SECRET, ALLOW),
    ("an action in other case", document(statement(action="SECRETSMANAGER:getsecretvalue")), READ, SECRET, ALLOW),
    ("a star in an action", document(statement(action="secretsmanager:Get*")), READ, SECRET, ALLOW),
    ("a question mark in an action", document(statement(action="secretsmanager:Get?ecretValue")), READ, SECRET, ALLOW),
    ("another action", document(statement(action="secretsmanager:PutSecretValue")), READ, SECRET, SILENT),
    ("a dot is no wildcard", document(statement(action="secretsmanager.GetSecretValue")), READ, SECRET, SILENT),
    ("one of several actions", document(statement(action=["a:b", READ])), READ, SECRET, ALLOW),
    ("a star after the name", document(statement(resource=f"{HEAD}bank/dev*")), READ, SECRET, ALLOW),
    ("six question marks", document(statement(resource=f"{HEAD}bank/dev-??????")), READ, SECRET, ALLOW),
    ("five question marks", document(statement(resource=f"{HEAD}bank/dev-?????")), READ, SECRET, SILENT),
    ("the name without a suffix", document(statement(resource=f"{HEAD}bank/dev")), READ, SECRET, SILENT),
    ("a star for a secret that isn't there", document(statement(resource=f"{HEAD}bank/dev*")), READ, ABSENT, ALLOW),
    (
        "question marks for one that isn't there",
        document(statement(resource=f"{HEAD}bank/dev-??????")),
        READ,
        ABSENT,
        ALLOW,
    ),
    (
        "another name for one that isn't there",
        document(statement(resource=f"{HEAD}bank/prod-??????")),
        READ,
        ABSENT,
        SILENT,
    ),
    ("a resource in other case", document(statement(resource=f"{HEAD}Bank/dev*")), READ, SECRET, SILENT),
    ("a star in the region", document(statement(resource=HEAD.replace("eu-west-1", "*") + "*")), READ, SECRET, ALLOW),
    (
        "a star doesn't reach over colons",
        document(statement(resource="arn:aws:secretsmanager:*:bank/dev-AbCdEf")),
        READ,
        SECRET,
        SILENT,
    ),
    ("a short ARN that ends in a star", document(statement(resource="arn:aws:secretsmanager:*")), READ, SECRET, ALLOW),
    (
        "another account",
        document(statement(resource=HEAD.replace("123456789012", "210987654321") + "*")),
        READ,
        SECRET,
        SILENT,
    ),
    ("a deny after an allow", document(statement(), statement("Deny")), READ, SECRET, DENY),
    ("a deny before an allow", document(statement("Deny"), statement()), READ, SECRET, DENY),
    (
        "a deny of another resource",
        document(statement(), statement("Deny", resource=f"{HEAD}bank/prod*")),
        READ,
        SECRET,
        ALLOW,
    ),
    (
        "NotAction with the action",
        document({"Effect": "Allow", "NotAction": READ, "Resource": "*"}),
        READ,
        SECRET,
        SILENT,
    ),
    (
        "NotAction with another",
        document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        READ,
        SECRET,
        ALLOW,
    ),
    (
        "a deny by NotAction",
        document(statement(action="*"), {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}),
        READ,
        SECRET,
        DENY,
    ),
    (
        "NotResource with it",
        document({"Effect": "Allow", "Action": "*", "NotResource": f"{HEAD}bank/dev*"}),
        READ,
        SECRET,
        SILENT,
    ),
    (
        "NotResource with another",
        document({"Effect": "Allow", "Action": "*", "NotResource": f"{HEAD}bank/prod*"}),
        READ,
        SECRET,
        ALLOW,
    ),
    ("a variable", document(statement(resource=HEAD + "bank/${aws:username}*")), READ, SECRET, ALLOW),
    (
        "a variable without a value",
        document(statement(resource=HEAD + "bank/${aws:PrincipalTag/team}*")),
        READ,
        SECRET,
        SILENT,
    ),
    (
        "a variable with a default",
        document(statement(resource=HEAD + "bank/${aws:PrincipalTag/team, 'dev'}*")),
        READ,
        SECRET,
        ALLOW,
    ),
    ("a star that is one", document(statement(resource=HEAD + "bank/${*}")), READ, SECRET, SILENT),
    (
        "a variable in the old version is text",
        document(statement(resource=HEAD + "bank/${aws:username}*"), version="2008-10-17"),
        READ,
        SECRET,
        SILENT,
    ),
    ("one statement that is no list", {"Version": "2012-10-17", "Statement": statement()}, READ, SECRET, ALLOW),
    (
        "a condition that holds",
        document(statement(Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})),
        READ,
        SECRET,
        ALLOW,
    ),
    (
        "a condition that doesn't",
        document(statement(Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})),
        READ,
        SECRET,
        SILENT,
    ),
    (
        "a deny outside of a region",
        document(
            statement(action="*"),
            statement("Deny", "*", Condition={"StringNotEquals": {"aws:RequestedRegion": ["us-east-1"]}}),
        ),
        READ,
        SECRET,
        DENY,
    ),
]


@pytest.mark.parametrize(("text", "policy", "action", "resource", "decision"), TABLE, ids=[row[0] for row in TABLE])
def test_decisions(text: str, policy: dict[str, Any], action: str, resource: str, decision: Decision) -> None:
    context = {"aws:username": ("dev",), "aws:requestedregion": ("eu-west-1",)}
    assert decide([policy], Wish(action, resource, context)) is decision


def test_a_deny_in_one_policy_beats_an_allow_in_another() -> None:
    wish = Wish(READ, SECRET, {})
    assert decide([document(statement()), document(statement("Deny"))], wish) is DENY
    assert decide([document(), document(statement())], wish) is ALLOW


CONTEXT = {
    "aws:username": ("dev",),
    "aws:principalarn": ("arn:aws:iam::123456789012:user/dev",),
    "aws:securetransport": ("true",),
    "aws:sourceip": ("127.0.0.1",),
    "aws:currenttime": ("2026-06-01T12:00:00Z",),
    "aws:epochtime": ("1780000000",),
    "aws:tagkeys": ("team", "cost"),
    "rds:databaseclass": ("db.t4g.micro",),
    "x:number": ("5",),
}
CONDITIONS: list[tuple[str, dict[str, Any], bool]] = [
    ("StringEquals", {"aws:username": "dev"}, True),
    ("StringEquals", {"AWS:UserName": ["x", "dev"]}, True),
    ("StringEquals", {"aws:username": "DEV"}, False),
    ("StringEquals", {"aws:username": "d*"}, False),
    ("StringEquals", {"missing": "x"}, False),
    ("StringNotEquals", {"missing": "x"}, True),
    ("StringNotEquals", {"aws:username": ["dev", "x"]}, False),
    ("StringNotEquals", {"aws:username": "other"}, True),
    ("StringEqualsIgnoreCase", {"aws:username": "DEV"}, True),
    ("StringNotEqualsIgnoreCase", {"aws:username": "DEV"}, False),
    ("StringLike", {"aws:username": "d?v"}, True),
    ("StringNotLike", {"aws:username": "d*"}, False),
    ("StringLike", {"aws:username": "${aws:username}"}, True),
    ("StringEqualsIfExists", {"missing": "x"}, True),
    ("StringEqualsIfExists", {"aws:username": "x"}, False),
    ("ArnLike", {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}, True),
    ("ArnLike", {"aws:PrincipalArn": "arn:aws:*:user/dev"}, False),
    ("ArnEquals", {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/dev"}, True),
    ("ArnNotLike", {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}, True),
    ("ArnNotEquals", {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/dev"}, False),
    ("Bool", {"aws:SecureTransport": True}, True),
    ("Bool", {"aws:SecureTransport": "false"}, False),
    ("BoolIfExists", {"aws:MultiFactorAuthPresent": "true"}, True),
    ("NumericEquals", {"x:number": 5}, True),
    ("NumericNotEquals", {"x:number": "5.0"}, False),
    ("NumericLessThan", {"x:number": "10"}, True),
    ("NumericLessThanEquals", {"x:number": "5"}, True),
    ("NumericGreaterThan", {"x:number": "5"}, False),
    ("NumericGreaterThanEquals", {"x:number": "5"}, True),
    ("NumericEquals", {"aws:username": "5"}, False),
    ("DateLessThan", {"aws:CurrentTime": "2026-06-01T12:00:01Z"}, True),
    ("DateGreaterThan", {"aws:CurrentTime": "2026-06-01T14:00:00+02:00"}, False),
    ("DateGreaterThanEquals", {"aws:CurrentTime": "2026-06-01"}, True),
    ("DateLessThanEquals", {"aws:EpochTime": "1780000000"}, True),
    ("DateEquals", {"aws:CurrentTime": "2026-06-01T12:00:00Z"}, True),
    ("DateNotEquals", {"aws:CurrentTime": "2026-06-01T12:00:00Z"}, False),
    ("DateLessThan", {"aws:CurrentTime": "soon"}, False),
    ("IpAddress", {"aws:SourceIp": "127.0.0.0/8"}, True),
    ("IpAddress", {"aws:SourceIp": ["10.0.0.0/8", "::1"]}, False),
    ("NotIpAddress", {"aws:SourceIp": "127.0.0.1"}, False),
    ("Null", {"missing": "true"}, True),
    ("Null", {"aws:username": "true"}, False),
    ("Null", {"aws:username": False}, True),
    ("ForAnyValue:StringEquals", {"aws:TagKeys": ["team", "x"]}, True),
    ("ForAnyValue:StringEquals", {"aws:TagKeys": "x"}, False),
    ("ForAnyValue:StringEquals", {"missing": "x"}, False),
    ("ForAnyValue:StringNotEquals", {"missing": "x"}, False),
    ("ForAllValues:StringEquals", {"aws:TagKeys": ["team", "cost", "x"]}, True),
    ("ForAllValues:StringEquals", {"aws:TagKeys": ["team"]}, False),
    ("ForAllValues:StringLike", {"aws:TagKeys": ["t*", "c*"]}, True),
    ("ForAllValues:StringEquals", {"missing": "x"}, True),
]


@pytest.mark.parametrize(
    ("name", "keys", "outcome"), CONDITIONS, ids=[f"{name} {keys}" for name, keys, _ in CONDITIONS]
)
def test_conditions(name: str, keys: dict[str, Any], outcome: bool) -> None:
    assert holds({name: keys}, CONTEXT) is outcome


def test_all_operators_and_keys_must_hold() -> None:
    both = {"StringEquals": {"aws:username": "dev"}, "Bool": {"aws:SecureTransport": "true"}}
    assert holds(both, CONTEXT)
    assert not holds({**both, "Bool": {"aws:SecureTransport": "false"}}, CONTEXT)
    assert not holds({"StringEquals": {"aws:username": "dev", "rds:DatabaseClass": "db.r5.large"}}, CONTEXT)


def test_what_is_no_policy_is_told() -> None:
    with pytest.raises(InvalidPolicy, match="there is no condition operator StringIs"):
        holds({"StringIs": {"aws:username": "x"}}, CONTEXT)
    with pytest.raises(InvalidPolicy, match="there is no set operator ForSomeValues"):
        holds({"ForSomeValues:StringEquals": {"aws:username": "x"}}, CONTEXT)
    with pytest.raises(InvalidPolicy):
        parse("{")
    with pytest.raises(InvalidPolicy):
        parse("[]")


def test_an_arn_has_six_parts() -> None:
    assert arn_like("*", "anything")
    assert arn_like("arn:aws:rds:eu-west-1:1:db:bank*", "arn:aws:rds:eu-west-1:1:db:bank-prod")
    assert not arn_like("arn:aws:rds:eu-west-1:1:db", "arn:aws:rds:eu-west-1:1:db:bank")
    assert not arn_like("arn:aws:rds:eu-west-1:1:db:*", "*")


TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::1:user/a", "2"]}, "Action": "sts:AssumeRole"}]
}


@pytest.mark.parametrize(
    ("names", "decision"),
    [
        (("arn:aws:iam::1:user/a",), ALLOW),
        (("arn:aws:iam::1:user/b",), SILENT),
        (("arn:aws:iam::2:user/b", "2"), ALLOW),
    ],
)
def test_trust_policies_name_their_principals(names: tuple[str, ...], decision: Decision) -> None:
    wish = Wish("sts:AssumeRole", "arn:aws:iam::1:role/r", {})
    assert decide([TRUST], wish, names) is decision
    assert decide([{"Statement": {**TRUST["Statement"][0], "Principal": "*"}}], wish, names) is ALLOW
    inverted = {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::1:user/a"}, "Action": "*"}
    assert decide([{"Statement": inverted}], wish, names) is (SILENT if "arn:aws:iam::1:user/a" in names else DENY)
