from __future__ import annotations

import pytest

from longshore.cluster.aws_auth.arn import canonical, kind_of, mapped, matches_somebody, parse

ROLE = "arn:aws:iam::111122223333:role"
USER = "arn:aws:iam::111122223333:user"


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        (f"{USER}/Ana", f"{USER}/Ana"),
        (f"{USER}/team/a/Ana", f"{USER}/team/a/Ana"),
        (f"{ROLE}/Deploy", f"{ROLE}/Deploy"),
        (f"{ROLE}/team/a/Deploy", f"{ROLE}/Deploy"),
        (
            f"{ROLE}/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_View_0a1b",
            f"{ROLE}/AWSReservedSSO_View_0a1b",
        ),
        ("arn:aws:sts::111122223333:assumed-role/Deploy/ana@example.com", f"{ROLE}/Deploy"),
        ("arn:aws-cn:iam::111122223333:role/a/b", "arn:aws-cn:iam::111122223333:role/b"),
        ("arn:aws-us-gov:sts::111122223333:assumed-role/b/s", "arn:aws-us-gov:iam::111122223333:role/b"),
        ("ARN:AWS:IAM::111122223333:ROLE/a/B", f"{ROLE}/B"),
        ("arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root"),
        ("arn:aws:sts::111122223333:federated-user/Bob", "arn:aws:sts::111122223333:federated-user/Bob"),
        ("instance", "instance"),
    ],
)
def test_the_arn_that_aws_auth_must_have(arn: str, told: str) -> None:
    assert mapped(arn) == told


def test_arns_of_one_principal_are_equal() -> None:
    same = [
        f"{ROLE}/Deploy",
        f"{ROLE}/x/deploy",
        "arn:aws:sts::111122223333:assumed-role/DEPLOY/s",
        f" {ROLE}/Deploy\n",
    ]
    assert {canonical(arn) for arn in same} == {f"{ROLE}/deploy"}
    assert canonical(f"{USER}/x/Deploy") == f"{USER}/x/deploy"


def test_arns_of_others_differ() -> None:
    others = [
        f"{ROLE}/a",
        f"{ROLE}/b",
        f"{USER}/a",
        f"{USER}/x/a",
        "arn:aws-cn:iam::111122223333:role/a",
        "arn:aws:iam::444455556666:role/a",
    ]
    assert len({canonical(arn) for arn in others}) == len(others)


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "a",
        "arn:aws:iam::1:user/a",
        "arn:aws:iam::111122223333:user/",
        "arn:aws:iam::111122223333:user",
        "arn:aws:iam::111122223333:group/a",
        "arn:aws:iam::111122223333:role/a b",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:role/a\n",
        "arn:aws:iam::111122223333:root/a",
        "arn:aws:s3:::bucket",
        "arn:aws:sts::111122223333:assumed-role/Deploy",
        "arn:aws:sts::111122223333:user/a",
        "arn:aws-x:iam::111122223333:user/a",
        "arn:aws:iam:eu-west-1:111122223333:user/a",
    ],
)
def test_what_is_nobody(arn: str) -> None:
    assert parse(arn) is None
    assert not matches_somebody(arn)


def test_the_parts_of_an_arn() -> None:
    found = parse("arn:aws:sts::111122223333:assumed-role/Deploy/ana")
    assert found is not None
    assert (found.partition, found.service, found.account) == ("aws", "sts", "111122223333")
    assert (found.what, found.name, found.path, found.session, found.kind) == (
        "assumed-role",
        "Deploy",
        "",
        "ana",
        "role",
    )
    user = parse(f"{USER}/team/a/ana")
    assert user is not None and (user.name, user.path, user.kind) == ("ana", "team/a", "user")


def test_a_role_with_its_path_and_a_session_match_nobody() -> None:
    assert (
        matches_somebody(f"{ROLE}/a")
        and matches_somebody(f"{USER}/x/a")
        and matches_somebody(f"{USER.removesuffix(':user')}:root")
    )
    assert not matches_somebody(f"{ROLE}/x/a")
    assert not matches_somebody("arn:aws:sts::111122223333:assumed-role/a/s")


def test_the_list_an_arn_belongs_into() -> None:
    assert kind_of(f"{ROLE}/a") == "role"
    assert kind_of("arn:aws:sts::111122223333:assumed-role/a/s") == "role"
    assert kind_of(f"{USER}/a") == "user"
    assert kind_of("arn:aws:iam::111122223333:root") == "user"
    assert kind_of("nobody") == "user"
