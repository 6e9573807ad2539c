"""`longshore init --ci github`, and this repository's own workflows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from longshore.cli.workflow import NAME, Workflow
from longshore.environments.load import load
from longshore.errors import UsageError
from longshore.iam.scope import deploy_role_name
from tests.actionlint import faults_of
from tests.command import ROOT, Inv
from tests.test_docs import FLAG, TASKS, commands, flags

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def init(inv: Inv, folder: Path, *words: str, code: int = 0) -> str:
    return inv("-r", str(inv.project), "init", "--ci", "github", *words, cwd=folder).check(code).stderr


def test_a_new_project_gets_a_workflow(inv: Inv, empty: Path) -> None:
    told = init(inv, empty, "--account", "111122223333", "--region", "eu-west-1")
    text = (empty / NAME).read_text()
    ship = yaml.safe_load(text)["jobs"]["ship"]
    (who,) = (step["with"] for step in ship["steps"] if "configure-aws" in step.get("uses", ""))
    role = deploy_role_name(load(empty, "prod", variables={}))
    assert who == {"role-to-assume": f"arn:aws:iam::111122223333:role/{role}", "aws-region": "eu-west-1"}
    assert ship["permissions"] == {"contents": "read", "id-token": "write"}
    assert (ship["environment"], ship["env"]) == ("prod", {"AWS_PROFILE": ""})
    assert "secrets." not in text, "no key is stored"
    assert faults_of(empty / NAME) == ""
    assert told.splitlines()[-6:] == [
        "next, for the workflow: put longshore[sandbox] @ ADDRESS-OF-YOUR-WHEEL into requirements.txt: it is not on PyPI",
        "next, for the workflow: bring what is shipped: manifests into k8s, migrations into db/migration, a Dockerfile (or DOCKERFILE=PATH in env/prod.env)",
        "next, for the workflow: inv iam.oidc --env prod --repo OWNER/NAME --environment prod",
        f"next, for the workflow: inv cluster.grant --env prod --role {role} --access edit",
        "next, for the workflow: inv ship --env prod: once by yourself, it makes the image repository and the namespace, which the job may not",
        "next, for the workflow: gh variable set SHIP --body prod",
    ]
    (empty / NAME).write_text("name: ours\n")
    (empty / "tasks.py").unlink()
    init(inv, empty)
    assert (empty / NAME).read_text() == "name: ours\n"


def test_nothing_is_lacking_where_all_is_there(inv: Inv, empty: Path) -> None:
    for name in ("deploy/app.yaml", "migrations/1_a.up.sql", "Dockerfile"):
        (empty / name).parent.mkdir(exist_ok=True)
        (empty / name).touch()
    (empty / "requirements.txt").write_text("https://example.com/longshore-0.1.0-py3-none-any.whl\n")
    told = init(inv, empty, "--account", "111122223333")
    assert [line for line in told.splitlines() if line.startswith("next, for")] == [
        f"next, for the workflow: {line}" for line in Workflow(empty).next[-4:]
    ]
    prod = load(empty, "prod", variables={})
    assert (prod.eks_cluster, prod.ecr_repository, prod.namespace) == ("shop-prod", "shop", "shop")
    assert (prod.k8s_overlay, prod.migrations) == (empty / "deploy", empty / "migrations")


def test_manifests_beside_the_project(empty: Path) -> None:
    folder = project(empty, "AWS_PROFILE=x\nAWS_ACCOUNT_ID=444455556666\nK8S_OVERLAY=../k8s\n")
    assert "manifests into ../k8s" in "".join(Workflow(folder).next)


def test_the_role_of_pull_requests_is_none(empty: Path) -> None:
    """Whoever opens a pull request may change the workflow in it: nothing there may have a right at AWS."""
    jobs: dict[str, Any] = yaml.safe_load((ROOT / NAME).read_text())["jobs"]
    assert "permissions" not in jobs["rehearse"]
    assert "github.event_name == 'push'" in jobs["ship"]["if"]
    assert jobs["ship"]["needs"] == "rehearse"


def test_without_an_account_nothing_is_written(inv: Inv, empty: Path) -> None:
    told = init(inv, empty, code=2)
    assert told.splitlines() == [
        "error: --account is missing (init --ci github)",
        "  why: the workflow names the role, and a role is in an account",
        "  next: longshore init --app shop --account 123456789012 --ci github",
    ]
    assert list(empty.iterdir()) == []


def test_an_unknown_ci_is_refused(inv: Inv, empty: Path) -> None:
    told = inv("-r", str(inv.project), "init", "--ci", "gitlab", cwd=empty).check(2).stderr
    assert "  why: it is one of github" in told


def project(folder: Path, prod: str) -> Path:
    (folder / "env").mkdir()
    (folder / "env/base.env").write_text("DEFAULT_ENV=prod\nAWS_REGION=us-gov-west-1\nAPP=till\n")
    (folder / "env/prod.env").write_text(prod)
    return folder


def test_env_prod_counts_more_than_the_flags(empty: Path) -> None:
    folder = project(empty, "AWS_PROFILE=x\nAWS_ACCOUNT_ID=444455556666\n")
    (folder / "requirements-ci.txt").write_text(
        "longshore[sandbox] @ https://example.com/longshore-0.1.0-py3-none-any.whl\n"
    )
    workflow = Workflow(folder, "other", "eu-central-1", "111122223333")
    text = workflow.file()._text
    assert 'role-to-assume: "arn:aws-us-gov:iam::444455556666:role/till-prod-github", aws-region: us-gov-west-1' in text
    assert text.count("pip install -r requirements-ci.txt") == 2
    assert [line for line in workflow.next if "longshore[sandbox]" in line] == []
    assert workflow.next[0] == "set ECR_REPOSITORY, EKS_CLUSTER, K8S_OVERLAY in env/prod.env"


def test_a_faulty_env_file_is_told(empty: Path) -> None:
    with pytest.raises(UsageError, match="environment prod can't be used"):
        Workflow(project(empty, "AWS_ACCOUNT_ID=12\n")).file()


def test_this_repository_uses_the_same() -> None:
    assert (ROOT / NAME).read_text() == Workflow(ROOT).file()._text


def test_the_workflows_of_this_repository() -> None:
    assert faults_of(*WORKFLOWS) == ""


def test_the_workflow_of_the_manual(tmp_path: Path) -> None:
    (block,) = (
        text
        for text in re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs/ci.md").read_text(), re.M | re.S)
        if "jobs:" in text
    )
    shown = tmp_path / "shown.yml"
    shown.write_text(block)
    assert faults_of(shown) == ""


def test_a_fault_in_a_workflow_is_found(tmp_path: Path) -> None:
    """The linter lints."""
    broken = tmp_path / "broken.yml"
    broken.write_text(
        (ROOT / NAME).read_text().replace("runner.os", "runner.oss").replace("needs: rehearse", "needs: it")
    )
    assert 'property "oss" is not defined' in faults_of(broken)
    assert 'needs job "it"' in faults_of(broken)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_each_command_is_there(workflow: Path) -> None:
    runs = [step["run"] for job in yaml.safe_load(workflow.read_text())["jobs"].values() for step in job["steps"] if "run" in step]  # fmt: skip
    said = "```\n" + "\n".join(run for run in runs if "--version" not in run) + "\n```"
    found = list(commands(said))
    assert len(found) == (5 if workflow.name == "ship.yml" else 0)
    for name, rest in found:
        assert name in TASKS
        assert set(FLAG.findall(rest)) <= flags(TASKS[name]), rest
