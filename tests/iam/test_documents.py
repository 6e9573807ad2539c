"""The templates, and how documents are compared."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from longshore.environments.environment import Environment
from longshore.iam.documents import LARGEST, differences, dump, render, size
from longshore.iam.roles import cluster_role_name, node_role_name
from longshore.iam.scope import DEPLOY, GROUPS, LONGEST_ROLE, Scope, deploy_role_name

TEMPLATES = [*(template for templates in GROUPS.values() for template in templates), DEPLOY]
PROD = Environment(
    name="prod",
    root=Path("/nowhere"),
    profile="default",
    region="eu-central-1",
    account_id="111122223333",
    subnets=(),
    security_groups=(),
    eks_cluster="bank-prod",
    namespace="bank",
    secrets="aws:bank/prod",
    app="bank",
    app_env_dialect="viper",
    migrations=None,
    db_url_key="DB_SOURCE",
    db_ca_file=None,
    db_instance="Bank-Prod",
    migration_history=True,
    ecr_repository="bank",
    k8s_overlay=None,
    protected=False,
)
LONGEST = dataclasses.replace(
    PROD,
    name="n" * 40,
    region="us-gov-west-1",
    eks_cluster="c" * 100,
    secrets="aws:" + "s" * 250,
    app="a" * 40,
    db_instance="d" * 63,
    ecr_repository="r" * 100,
)
BARE = dataclasses.replace(PROD, eks_cluster="", secrets="file:app.env", db_instance="", ecr_repository="")


def scope(environment: Environment, partition: str = "aws") -> Scope:
    return Scope(environment, partition)


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("environment", [PROD, LONGEST, BARE], ids=["prod", "longest", "bare"])
def test_every_document_is_one_that_iam_takes(template: str, environment: Environment) -> None:
    document = scope(environment, "aws-us-gov" if environment is LONGEST else "aws").document(template)
    assert size(document) <= LARGEST
    assert document["Version"] == "2012-10-17"
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(sids) == len(set(sids))
    for statement in document["Statement"]:
        assert re.fullmatch(r"[A-Za-z0-9]+", statement["Sid"])
        assert statement["Effect"] == "Allow"
        actions = statement["Action"]
        actions = actions if isinstance(actions, list) else [actions]
        assert sorted(set(actions)) == actions
        assert all(re.fullmatch(r"[a-z0-9]+:[A-Za-z]+\*?", action) for action in actions)
        assert statement["Resource"]
        for arn in statement["Resource"]:
            assert arn == "*" or re.fullmatch(r"arn:[a-z-]+:[a-z0-9]+:[^:]*:[0-9]*:.+", arn), arn
            assert "<" not in arn
    assert "<" not in dump(document)


@pytest.mark.parametrize("template", TEMPLATES)
def test_nothing_that_changes_is_allowed_everywhere(template: str) -> None:
    for statement in scope(PROD).document(template)["Statement"]:
        if statement["Resource"] == ["*"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            reading = r"\w+:(Describe|List|Get)\w*\*?|ecr:GetAuthorizationToken|iam:SimulatePrincipalPolicy"
            assert [action for action in actions if not re.fullmatch(reading, action)] == []
            assert not any(action.startswith("secretsmanager:Get") for action in actions)


def test_what_an_environment_lacks_is_not_allowed() -> None:
    bare = {template: dump(scope(BARE).document(template)) for template in TEMPLATES}
    assert not any("secret:bank" in text or "cluster/" in text or "repository/" in text for text in bare.values())
    assert "secretsmanager:GetSecretValue" not in bare["developer"]


def test_a_developer_reads_the_secret_of_an_unprotected_environment_only() -> None:
    open_to, closed = (
        dump(scope(dataclasses.replace(PROD, protected=value)).document("developer")) for value in (False, True)
    )
    assert "secret:bank/prod-??????" in open_to
    assert "secretsmanager" not in closed


def test_the_sandbox_has_the_names_of_what_it_plays() -> None:
    sandbox = dataclasses.replace(PROD, name="sandbox", like="prod")
    assert scope(sandbox).policy_arn("tester") == "arn:aws:iam::111122223333:policy/longshore/bank-prod-tester"
    assert deploy_role_name(sandbox) == "bank-prod-github"


def test_names_of_roles() -> None:
    assert (cluster_role_name(PROD), node_role_name(PROD)) == ("bank-prod-cluster", "bank-prod-node")
    long = [cluster_role_name(dataclasses.replace(PROD, eks_cluster="c" * 99 + last)) for last in "ab"]
    assert long[0] != long[1]
    assert all(len(name) <= LONGEST_ROLE and name.endswith("-cluster") for name in long)


def test_every_placeholder_is_known() -> None:
    """Each template is JSON by itself, with placeholders that the scope knows."""
    for template in [*TEMPLATES, "trust-service", "trust-github"]:
        text = json.dumps(render(template, {**scope(PROD).values, "service": "x.amazonaws.com", "sub": "repo:a/b:x"}))
        assert "<" not in text


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


LOOK = {"Sid": "Look", "Effect": "Allow", "Action": ["a:B", "a:C"], "Resource": ["x", "y"]}


@pytest.mark.parametrize(
    ("now", "lines"),
    [
        (document(LOOK), []),
        (document({**LOOK, "Action": ["A:c", "a:b"], "Resource": ["y", "x", "x"]}), []),
        ({"Version": "2012-10-17", "Statement": LOOK}, []),
        (document({**LOOK, "Action": "a:B"}), ["~ Look: + a:C"]),
        (document({**LOOK, "Resource": ["x", "Y"]}), ["~ Look: + y, - Y"]),
        (document({**LOOK, "Effect": "Deny"}), ["~ Look: Effect Deny becomes Allow"]),
        (
            document({**LOOK, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
            ['~ Look: Condition {"Bool": {"aws:SecureTransport": ["true"]}} becomes nothing'],
        ),
        (document(), ["+ Look: Allow a:B, a:C on x, y"]),
        (
            document(LOOK, {"Effect": "Deny", "NotAction": "b:*", "Resource": "*"}),
            ["- statement 2: Deny everything but b:* on *"],
        ),
        (document(LOOK, LOOK), ["- Look (2): Allow a:B, a:C on x, y"]),
    ],
)
def test_differences(now: dict[str, Any], lines: list[str]) -> None:
    assert differences(now, document(LOOK)) == lines
