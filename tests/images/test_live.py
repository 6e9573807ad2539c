"""From a commit to ECR, by the real builder and the real registry."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import clean
from tests.images.yard import IGNORE, REPOSITORY, Yard
from tests.live import told

pytestmark = pytest.mark.integration

CONFIRMED = ("--confirm", "sandbox")


def pushed(yard: Yard, *words: str) -> str:
    """Push, and the digest that is the answer."""
    answer = json.loads(yard.inv("image.push", *words, "--json").check().stdout)
    found = answer["ended"].get("image-push") or answer["steps"][-1]["found"]
    return str(found.partition("@")[2])


def test_what_was_pushed_is_what_the_aws_cli_lists_and_what_is_pulled(yard: Yard) -> None:
    digest = pushed(yard)
    live, aws = yard.live, str(Path(sys.executable).with_name("aws"))
    env = clean(live.inv.home) | {
        "AWS_CONFIG_FILE": str(live.layout.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(live.layout.aws_credentials),
    }
    said = subprocess.run(
        [aws, "ecr", "describe-images", "--repository-name", REPOSITORY], env=env, capture_output=True, check=True
    )
    (image,) = json.loads(said.stdout)["imageDetails"]
    assert (image["imageDigest"], image["imageTags"]) == (digest, [yard.head])
    assert yard.ask_crane("digest", f"REGISTRY/{REPOSITORY}:{yard.head}").strip() == digest
    files = yard.files(digest)
    assert (files["app/main.txt"], files["etc/motd"]) == ("the application\n", "made by the tests\n")
    labels = yard.config(digest)["config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == yard.head
    assert labels["org.opencontainers.image.title"] == "bank"
    (repository,) = yard.ecr.describe_repositories()["repositories"]
    assert (repository["imageTagMutability"], repository["imageScanningConfiguration"]) == (
        "IMMUTABLE",
        {"scanOnPush": True},
    )
    rules = json.loads(yard.ecr.get_lifecycle_policy(repositoryName=REPOSITORY)["lifecyclePolicyText"])["rules"]
    assert [rule["selection"]["tagStatus"] for rule in rules] == ["untagged", "any"]
    tags = yard.ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"]
    assert {"Key": "managed-by", "Value": "longshore"} in tags


def test_a_second_time_there_is_nothing_to_do_and_no_builder_is_needed(yard: Yard) -> None:
    digest = pushed(yard)
    before = len(yard.live.calls())
    only_git = yard.folder / "only-git"
    only_git.mkdir()
    (only_git / "git").symlink_to(str(shutil.which("git")))
    again = yard.inv("image.push", env={"PATH": str(only_git)}).check()
    assert "nothing to do" in again.stderr
    assert yard.live.writes(before) == []
    assert [image["imageDigest"] for image in yard.images()] == [digest]
    assert pushed(yard) == digest


def test_the_plan_does_nothing(yard: Yard) -> None:
    said = yard.inv("image.push", "--plan").check().stdout
    assert f"build {yard.head} from" in said
    assert "known after the image is built" in said
    assert f"push {yard.head} to bank" in said
    assert (yard.built(), yard.images()) == ([], [])
    assert yard.inv("image.push", "--plan", "--exit-code").code == 4


def test_a_changed_tree_has_a_tag_of_its_own_and_the_commit_keeps_its_image(yard: Yard) -> None:
    clean = pushed(yard)
    yard.write("main.txt", "changed\n")
    dirty = yard.inv("image.push").check()
    assert "1 file changed since the commit: the tag says dirty" in dirty.stderr
    tags = sorted(tag for image in yard.images() for tag in image["imageTags"])
    assert tags[0] == yard.head
    assert tags[1].startswith(f"{yard.head}-dirty-")
    yard.write("main.txt", "the application\n")
    assert pushed(yard) == clean


def test_a_changed_tree_is_refused_where_it_is_protected(yard: Yard) -> None:
    yard.live.env_file("sandbox", "LIKE=prod\nAWS_PROFILE=default\nSECRETS=aws:bank/dev\n")
    yard.write("main.txt", "changed\n")
    lines = told(yard.inv("image.push", *CONFIRMED), 3, "the image would not be the commit's (1 changed file)")
    assert "sandbox is protected: what runs there must be a commit" in lines[1]
    assert (yard.built(), yard.images()) == ([], [])


def test_an_env_file_is_not_sent_to_the_builder(yard: Yard) -> None:
    yard.write(".dockerignore", ".git\n.longshore\nenv\n")
    yard.write("app.env", "TOKEN=x\n")
    lines = told(yard.inv("image.push"), 3, "secrets would be sent to the builder, nothing was built", "/app.env")
    assert "app.env is an env file" in lines[1]
    assert (yard.built(), yard.images()) == ([], [])


def test_a_value_of_the_secret_is_not_sent_to_the_builder(yard: Yard) -> None:
    value = yard.live.secret["TOKEN_SYMMETRIC_KEY"]
    yard.commit(config__json=json.dumps({"key": value}))
    result = yard.inv("image.build")
    lines = told(result, 3, "secrets would be sent to the builder")
    assert "config.json holds the value of TOKEN_SYMMETRIC_KEY" in lines[1]
    assert value not in result.stdout + result.stderr
    assert yard.built() == []


def test_a_value_is_no_build_argument_and_stands_in_no_dockerfile(yard: Yard) -> None:
    value = yard.live.secret["TOKEN_SYMMETRIC_KEY"]
    result = yard.inv("image.push", "--build-arg", f"KEY={value}")
    assert "--build-arg KEY holds the value of TOKEN_SYMMETRIC_KEY" in told(result, 3, "secrets would be sent")[1]
    journals = "".join(path.read_text() for path in (yard.live.state / "runs").glob("*"))
    assert value not in result.stderr + journals
    yard.commit(Dockerfile=f"FROM scratch\nENV KEY={value}\nCOPY main.txt /\n", __dockerignore=f"{IGNORE}Dockerfile\n")
    assert "Dockerfile holds the value of" in told(yard.inv("image.push"), 3, "secrets would be sent")[1]
    assert (yard.built(), yard.images()) == ([], [])


@pytest.mark.parametrize("place", ["config", "layer"])
def test_an_image_that_holds_a_value_is_thrown_away(yard: Yard, place: str) -> None:
    value = yard.live.secret["TOKEN_SYMMETRIC_KEY"]
    leaky = yard.folder / f"leaky-{place}"
    leaky.mkdir()
    (leaky / "motd").write_text(value if place == "layer" else "x")
    environment = f"ENV KEY={value}\n" if place == "config" else ""
    (leaky / "Dockerfile").write_text(f"FROM scratch\n{environment}COPY motd /etc/motd\n")
    yard.builder("build", "--tag", f"localhost/leaky:{place}", str(leaky))
    yard.commit(Dockerfile=f"FROM localhost/leaky:{place}\nCOPY main.txt /\n")
    result = yard.inv("image.push")
    lines = told(result, 1, "the image holds secrets: it was thrown away")
    where = "/etc/motd" if place == "layer" else "the image's config or manifest"
    assert f"{where} holds the value of TOKEN_SYMMETRIC_KEY" in lines[1]
    assert value not in result.stderr
    assert (yard.built(), yard.images()) == ([], [])


@pytest.mark.parametrize("ignore", [IGNORE, ".git\n.longshore\n"], ids=["left out", "not left out"])
def test_a_dockerfile_that_copies_app_env_works_unchanged(yard: Yard, ignore: str) -> None:
    yard.write(".dockerignore", ignore)
    yard.write("app.env", "TOKEN=real\n")
    yard.commit(Dockerfile="FROM scratch\nWORKDIR /app\nCOPY app.env main.txt ./\n")
    files = yard.files(pushed(yard))
    # The real one is mounted over it.
    assert files == {"app/app.env": "", "app/main.txt": "the application\n"}
    assert (yard.project / "app.env").read_text() == "TOKEN=real\n"


def test_bake_env_asks_and_says_what_it_costs(yard: Yard) -> None:
    lines = told(yard.inv("image.push", "--bake-env"), 3, "")
    assert "whoever can pull it can read every value" in " ".join(lines)
    assert yard.built() == []
    digest = pushed(yard, "--bake-env", *CONFIRMED)
    files = yard.files(digest)
    assert yard.live.secret["TOKEN_SYMMETRIC_KEY"] in files["app/app.env"]
    assert not (yard.project / "app.env").exists()
    assert list((yard.live.state / "tmp").iterdir()) == []
    (image,) = yard.images()
    assert image["imageTags"][0].startswith(f"{yard.head}-env-")
    # The commit's own image is another one.
    assert pushed(yard) != digest


def test_a_baked_image_goes_to_no_public_repository(yard: Yard) -> None:
    yard.ecr.create_repository(repositoryName=REPOSITORY)
    statement = {"Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    yard.ecr.set_repository_policy(repositoryName=REPOSITORY, policyText=policy)
    told(yard.inv("image.push", "--bake-env", *CONFIRMED), 3, "goes to no repository that everyone may read")
    assert (yard.built(), yard.images()) == ([], [])


def test_a_dockerfile_that_fails_is_told_with_its_reason(yard: Yard) -> None:
    yard.commit(Dockerfile="FROM scratch\nCOPY no-such-file /\n")
    lines = told(yard.inv("image.push"), 1, "could not build the image")
    assert "no-such-file" in lines[1]
    assert yard.images() == []
