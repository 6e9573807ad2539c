"""iam.roles and iam.oidc as commands on the sandbox."""

from __future__ import annotations

import json
from typing import Any

import pytest

from longshore.errors import UsageError
from longshore.iam.github import subject_of
from longshore.iam.roles import cluster_role_name, node_role_name
from longshore.iam.trust import described
from tests.iam.conftest import Account
from tests.live import ACCOUNT, told

pytestmark = pytest.mark.integration

OIDC = ("iam.oidc", "--repo", "acme/bank")
ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"


def trust(account: Account, role: str) -> dict[str, Any]:
    found: dict[str, Any] = account.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    return found


def attached(account: Account, role: str) -> list[str]:
    found = account.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return sorted(policy["PolicyArn"] for policy in found)


def service(name: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": name}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def github(sub: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": PROVIDER},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": sub}},
            }
        ],
    }


def test_roles_of_a_cluster(account: Account) -> None:
    assert account.changes("iam.roles") == {
        "role-bank-dev-cluster": ["make it, trusted by eks.amazonaws.com"],
        "role-bank-dev-cluster-policies": ["attach arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"],
        "role-bank-dev-node": ["make it, trusted by ec2.amazonaws.com"],
        "role-bank-dev-node-policies": [
            "attach arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
            "attach arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
            "attach arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",
        ],
    }
    account.inv("iam.roles").check()
    environment = account.environment()
    assert trust(account, cluster_role_name(environment)) == service("eks.amazonaws.com")
    assert trust(account, node_role_name(environment)) == service("ec2.amazonaws.com")
    assert attached(account, "bank-dev-cluster") == ["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"]
    assert len(attached(account, "bank-dev-node")) == 3
    assert account.changes("iam.roles") == {}
    assert "nothing to do" in account.inv("iam.roles").check().stderr


def test_a_trust_that_was_widened_is_shown_and_taken_back(account: Account) -> None:
    account.inv("iam.roles").check()
    wider = service("eks.amazonaws.com")
    wider["Statement"].append(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    )
    account.iam.update_assume_role_policy(RoleName="bank-dev-cluster", PolicyDocument=json.dumps(wider))
    assert account.changes("iam.roles") == {
        "role-bank-dev-cluster": [f"- trusted by arn:aws:iam::{ACCOUNT}:root"],
    }
    account.inv("iam.roles").check()
    assert trust(account, "bank-dev-cluster") == service("eks.amazonaws.com")


def test_somebody_else_s_role_of_that_name_is_left(account: Account) -> None:
    document = json.dumps(service("lambda.amazonaws.com"))
    account.iam.create_role(RoleName="bank-dev-node", AssumeRolePolicyDocument=document)
    before = len(account.live.calls())
    lines = told(account.inv("iam.roles"), 3, "the role bank-dev-node is trusted otherwise, nothing was touched")
    assert "why: - trusted by lambda.amazonaws.com; + trusted by ec2.amazonaws.com" in lines[1]
    assert account.live.writes(before) == []


def test_roles_need_a_cluster_s_name(account: Account) -> None:
    file = account.live.project / "env" / "dev.env"
    file.write_text(file.read_text().replace("EKS_CLUSTER=bank-dev\n", ""))
    assert "EKS_CLUSTER is not set" in account.inv("iam.roles").check(2).stderr


def test_github_s_jobs_get_a_role_to_the_letter(account: Account) -> None:
    assert account.changes(*OIDC)["role-bank-dev-github"] == [
        f"make it, trusted by {ISSUER} if aud = sts.amazonaws.com and sub = repo:acme/bank:environment:dev"
    ]
    account.inv(*OIDC).check()
    assert trust(account, "bank-dev-github") == github("repo:acme/bank:environment:dev")
    assert attached(account, "bank-dev-github") == [f"arn:aws:iam::{ACCOUNT}:policy/longshore/bank-dev-deploy"]
    provider = account.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    assert (provider["Url"], provider["ClientIDList"]) == (ISSUER, ["sts.amazonaws.com"])
    assert account.changes(*OIDC) == {}


def test_another_subject_is_not_taken_silently(account: Account) -> None:
    account.inv(*OIDC).check()
    other = (*OIDC, "--branch", "main")
    lines = told(account.inv(*other), 3, "the role bank-dev-github is trusted otherwise", "--branch main --replace")
    assert "- trusted by" in lines[1]
    assert "sub = repo:acme/bank:environment:dev; + trusted by" in lines[1]
    told(account.inv(*other, "--replace"), 3, "this takes the role from the subject that it trusts now")
    assert trust(account, "bank-dev-github") == github("repo:acme/bank:environment:dev")
    account.inv(*other, "--replace", "--confirm", "sandbox").check()
    assert trust(account, "bank-dev-github") == github("repo:acme/bank:ref:refs/heads/main")


def test_a_provider_without_our_audience_gets_it(account: Account) -> None:
    account.iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=["other"])
    assert account.changes(*OIDC)["provider"] == ["add the audience sts.amazonaws.com to other"]
    account.inv(*OIDC).check()
    provider = account.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    assert sorted(provider["ClientIDList"]) == ["other", "sts.amazonaws.com"]


@pytest.mark.parametrize(
    ("words", "sub"),
    [
        (("acme/bank", "", "", ""), "repo:acme/bank:environment:dev"),
        (("acme/bank", "", "prod:eu", ""), "repo:acme/bank:environment:prod%3Aeu"),
        (("acme/bank", "release/1", "", ""), "repo:acme/bank:ref:refs/heads/release/1"),
        (("acme/bank", "", "", "repo:acme@1/bank@2:environment:x"), "repo:acme@1/bank@2:environment:x"),
    ],
)
def test_subjects(account: Account, words: tuple[str, str, str, str], sub: str) -> None:
    assert subject_of(account.environment(), *words) == sub


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("bank", "", "", ""), "--repo can't be 'bank'"),
        (("acme/*", "", "", ""), "--repo can't be"),
        (("acme/bank", "*", "", ""), "that can't be the subject"),
        (("acme/bank", "", "pr?d", ""), "that can't be the subject"),
        (("acme/bank", "", "", "repo:acme/*:ref:x"), "that can't be the subject"),
        (("acme/bank", "", "", "acme/bank"), "that can't be the subject"),
        (("acme/bank", "main", "prod", ""), "--branch and --environment don't go together"),
    ],
)
def test_what_is_no_subject(account: Account, words: tuple[str, str, str, str], what: str) -> None:
    with pytest.raises(UsageError) as told:
        subject_of(account.environment(), *words)
    assert what in told.value.what


def test_a_trust_in_words() -> None:
    assert described({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}) == ["everybody"]
    like = {"StringLike": {f"{ISSUER}:sub": ["repo:a/b:*", "repo:c/d:*"]}}
    statement = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Condition": like}
    assert described({"Statement": [statement]}) == [f"{ISSUER} if sub is like repo:a/b:* or repo:c/d:*"]
