"""image.status, scan, prune and login, on the real registry."""

from __future__ import annotations

import json

import pytest

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.errors import UsageError
from longshore.images import recipes
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from longshore.steps.run import Run, Task
from tests.images.yard import REPOSITORY, Yard
from tests.live import told

pytestmark = pytest.mark.integration

CONFIRMED = ("--confirm", "sandbox")


def push(yard: Yard, text: str) -> str:
    """One more image; its digest."""
    tag = yard.commit(main__txt=text)
    yard.inv("image.push").check()
    found = yard.ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": tag}])["imageDetails"]
    return str(found[0]["imageDigest"])


def digests(yard: Yard) -> set[str]:
    return {image["imageDigest"] for image in yard.images()}


def test_status_before_and_after(yard: Yard) -> None:
    before = json.loads(yard.inv("image.status", "--json").check().stdout)
    assert (before["repository"], before["digest"], before["images"], before["tag"]) == (None, None, [], yard.head)
    assert before["builder"]
    digest = push(yard, "one\n")
    after = json.loads(yard.inv("image.status", "--json").check().stdout)
    assert (after["digest"], after["commit"], after["immutable"], after["lifecycle"]) == (digest, yard.head, True, True)
    assert [(image["digest"], image["tags"]) for image in after["images"]] == [(digest, [yard.head])]
    said = yard.inv("image.status").check().stdout
    assert digest[:19] in said
    assert yard.head[:12] in said


def test_scan_tells_what_was_found_and_fails_where_it_is_as_bad_as_that(yard: Yard) -> None:
    told(yard.inv("image.scan"), 2, "ECR has no such image", "inv image.push")
    digest = push(yard, "one\n")
    unknown = yard.inv("image.scan").check()
    assert "not known: UnsupportedImageError" in unknown.stdout
    assert "what is not known has not passed" in yard.inv("image.scan", "--fail-on", "HIGH").check(1).stdout
    findings = [
        {
            "name": "CVE-2026-1",
            "severity": "MEDIUM",
            "attributes": [{"key": "package_name", "value": "openssl"}, {"key": "package_version", "value": "3.0.1"}],
        },
        {"name": "CVE-2026-2", "severity": "CRITICAL"},
    ]
    yard.live._control("POST", "findings", {"digest": digest, "findings": findings})
    yard.ecr.start_image_scan(repositoryName=REPOSITORY, imageId={"imageDigest": digest})
    answer = json.loads(yard.inv("image.scan", "--json").check().stdout)
    assert (answer["counts"]["CRITICAL"], answer["counts"]["MEDIUM"], answer["counts"]["LOW"]) == (1, 1, 0)
    assert [one["name"] for one in answer["findings"]] == ["CVE-2026-2", "CVE-2026-1"]
    assert answer["findings"][1]["package"] == "openssl"
    yard.inv("image.scan", "--fail-on", "CRITICAL").check(1)
    yard.commit(main__txt="two\n")
    by_digest = yard.inv("image.scan", "--digest", digest, "--fail-on", "MEDIUM").check(1)
    assert "2 findings as bad as that, or worse" in by_digest.stdout


def test_an_image_is_found_by_digest_tag_or_commit(yard: Yard) -> None:
    environment = yard.live.environment
    guard = IdentityGuard(environment, open_session(environment))
    with pytest.raises(UsageError, match="ECR has no such image"):
        recipes.find(environment, guard).check(Looking(Silent()))
    digest = push(yard, "one\n")
    (repository,) = yard.ecr.describe_repositories()["repositories"]
    reference = f"{repository['repositoryUri']}@{digest}"
    for wanted in ("", digest, reference, yard.head):
        found = recipes.find(environment, guard, wanted)
        found.check(Looking(Silent()))
        assert (found.digest, found.reference) == (digest, reference)
    with pytest.raises(UsageError, match="ECR has no such image"):
        recipes.find(environment, guard, "sha256:" + "0" * 64).check(Looking(Silent()))


def test_prune_keeps_the_newest_and_what_is_deployed(yard: Yard) -> None:
    first, second, third, fourth = (push(yard, f"{number}\n") for number in range(4))
    assert "--keep must be 1 or more" in yard.inv("image.prune", "--keep", "0").check(2).stderr
    environment = yard.live.environment
    run = Run(Task("image.prune", {}, "sandbox", "image"), environment.state, Silent())
    run.execute(recipes.prune(environment, 2, lambda: [first]), wait_for_lock=60, confirm=lambda plan: None)
    assert digests(yard) == {first, third, fourth}
    plan = yard.inv("image.prune", "--keep", "1", "--plan").check().stdout
    assert f"delete {third[:19]}" in plan
    assert fourth[:19] not in plan
    told(yard.inv("image.prune", "--keep", "1"), 3, "", "--confirm sandbox")
    yard.inv("image.prune", "--keep", "1", *CONFIRMED).check()
    assert digests(yard) == {fourth}
    assert "nothing to do" in yard.inv("image.prune", "--keep", "1", *CONFIRMED).check().stderr
    assert second not in digests(yard)


def test_login_lets_ones_own_builder_in(yard: Yard) -> None:
    digest = push(yard, "one\n")
    (repository,) = yard.ecr.describe_repositories()["repositories"]
    name = f"{repository['repositoryUri']}@{digest}"
    refused = yard.builder("pull", "--tls-verify=false", name, ok=False)
    assert refused == ""
    before = yard.folder / "own-auth.json"
    kept = before.read_text()
    try:
        said = yard.inv("image.login").check().stderr
        assert "until 20" in said
        yard.builder("pull", "--tls-verify=false", name)
        yard.builder("rmi", "--force", name)
    finally:
        before.write_text(kept)


def test_who_may_not_push_is_told_by_iam(yard: Yard) -> None:
    lines = told(yard.inv("image.push", "--profile", "tester"), 1, "is not authorized to perform")
    assert "secretsmanager:GetSecretValue" in " ".join(lines)
    lines = told(
        yard.inv("image.push", "--profile", "developer"), 1, "is not authorized to perform: ecr:CreateRepository"
    )
    assert yard.images() == []


def test_ci_pushes_where_the_repository_is_made(yard: Yard) -> None:
    push(yard, "one\n")
    tag = yard.commit(main__txt="two\n")
    yard.inv("image.push", "--profile", "github").check()
    assert tag in {tag for image in yard.images() for tag in image["imageTags"]}
    made = [call["principal"] for call in yard.live.calls() if call["operation"] == "PutImage"]
    assert made[-1].endswith(":user/github-ci")


def test_another_account_is_refused(yard: Yard) -> None:
    yard.live.env_file("dev", "AWS_PROFILE=default\nAWS_ACCOUNT_ID=999999999999\nSECRETS=aws:bank/dev\n")
    before = len(yard.live.calls())
    for task in (("image.push",), ("image.build",), ("image.prune", *CONFIRMED), ("image.login",)):
        told(yard.inv(*task), 3, "wrong account 111122223333, nothing was touched")
    assert yard.live.writes(before) == []
    assert yard.built() == []
