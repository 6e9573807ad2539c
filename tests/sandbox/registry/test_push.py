"""What a client pushed is what ECR's API lists, and the other way round."""

from __future__ import annotations

import hashlib
import json
import os
import threading

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.registry.conftest import Harbour

pytestmark = pytest.mark.integration


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_what_was_pushed_is_what_describe_images_lists(harbour: Harbour) -> None:
    digest = harbour.push("one")
    (found,) = harbour.describe()
    manifest = harbour.run("manifest", harbour.name("one"))
    assert found["imageDigest"] == digest == f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    assert found["imageTags"] == ["one"]
    assert found["imageSizeInBytes"] == sum(layer["size"] for layer in json.loads(manifest)["layers"]) > 0
    assert found["imageManifestMediaType"] == json.loads(manifest)["mediaType"]
    assert harbour.ecr.list_images(repositoryName="bank")["imageIds"] == [{"imageDigest": digest, "imageTag": "one"}]
    (image,) = harbour.ecr.batch_get_image(repositoryName="bank", imageIds=[{"imageTag": "one"}])["images"]
    assert image["imageManifest"] == manifest


def test_the_repository_names_the_registry_that_answers(harbour: Harbour) -> None:
    (found,) = harbour.ecr.describe_repositories(repositoryNames=["bank"])["repositories"]
    assert found["repositoryUri"] == f"{harbour.registry.address}/bank"


def test_an_image_that_was_pulled_is_the_one_that_was_pushed(harbour: Harbour) -> None:
    content = os.urandom(12_000_000)
    digest = harbour.push("large", content)
    target = harbour.folder / "image.tar"
    harbour.run("export", f"{harbour.registry.address}/bank@{digest}", str(target))
    assert content in target.read_bytes()


def test_a_tag_is_given_once(harbour: Harbour) -> None:
    first = harbour.push("one")
    assert harbour.push("one") == first  # the same image again is no other one
    said = harbour.push("one", b"another", code=1)
    assert "The image tag 'one' already exists in the 'bank' repository and cannot be overwritten" in said
    assert [image["imageDigest"] for image in harbour.describe(imageTag="one")] == [first]
    assert harbour.run("digest", harbour.name("one")) == first


def test_where_tags_are_mutable_the_tag_moves(harbour: Harbour) -> None:
    harbour.ecr.create_repository(repositoryName="loose")
    first, second = harbour.push("one", repository="loose"), harbour.push("one", b"another", repository="loose")
    tags = {image["imageDigest"]: image.get("imageTags") for image in harbour.describe("loose")}
    assert tags == {first: None, second: ["one"]}


def test_of_two_that_push_a_tag_at_once_one_wins(harbour: Harbour) -> None:
    token, outcomes = harbour.password(), list[bool]()

    def push(content: bytes) -> None:
        try:
            harbour.push("race", content, token=token)
            outcomes.append(True)
        except AssertionError:
            outcomes.append(False)

    threads = [threading.Thread(target=push, args=(bytes([number]) * 10,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == [False, False, False, True]


def test_an_image_that_is_deleted_is_gone_from_the_registry(harbour: Harbour) -> None:
    digest = harbour.push("one")
    harbour.run("tag", harbour.name("one"), "two")
    assert harbour.describe()[0]["imageTags"] == ["one", "two"]
    answer = harbour.ecr.batch_delete_image(repositoryName="bank", imageIds=[{"imageTag": "one"}])
    assert answer["imageIds"] == [{"imageDigest": digest, "imageTag": "one"}]
    assert harbour.run("digest", harbour.name("two")) == digest
    assert "MANIFEST_UNKNOWN" in harbour.run("digest", harbour.name("one"), code=1)
    # With its last tag goes the image.
    harbour.ecr.batch_delete_image(repositoryName="bank", imageIds=[{"imageTag": "two"}])
    assert harbour.describe() == []
    assert "MANIFEST_UNKNOWN" in harbour.run("manifest", f"{harbour.registry.address}/bank@{digest}", code=1)


def test_what_is_not_there_is_told(harbour: Harbour) -> None:
    answer = harbour.ecr.batch_delete_image(repositoryName="bank", imageIds=[{"imageTag": "no"}])
    assert [failure["failureCode"] for failure in answer["failures"]] == ["ImageNotFound"]
    with pytest.raises(ClientError) as error:
        harbour.describe(imageTag="no")
    assert code_of(error) == "ImageNotFoundException"
    with pytest.raises(ClientError) as error:
        harbour.describe("nowhere")
    assert code_of(error) == "RepositoryNotFoundException"


def test_put_image_gives_one_more_tag(harbour: Harbour) -> None:
    digest = harbour.push("one")
    manifest = harbour.run("manifest", harbour.name("one"))
    harbour.ecr.put_image(repositoryName="bank", imageManifest=manifest, imageTag="released")
    assert harbour.run("digest", harbour.name("released")) == digest
    with pytest.raises(ClientError) as error:
        harbour.ecr.put_image(repositoryName="bank", imageManifest=manifest, imageTag="released")
    assert code_of(error) == "ImageAlreadyExistsException"


def test_an_image_of_a_list_stays_as_long_as_the_list(harbour: Harbour) -> None:
    digest = harbour.push("part")
    harbour.run("index", "append", "-m", harbour.name("part"), "-t", harbour.name("list"))
    answer = harbour.ecr.batch_delete_image(repositoryName="bank", imageIds=[{"imageDigest": digest}])
    assert [failure["failureCode"] for failure in answer["failures"]] == ["ImageReferencedByManifestList"]
    assert "imageSizeInBytes" not in harbour.describe(imageTag="list")[0]


def test_a_repository_with_images_is_deleted_by_force_only(harbour: Harbour) -> None:
    harbour.push("one")
    with pytest.raises(ClientError) as error:
        harbour.ecr.delete_repository(repositoryName="bank")
    assert code_of(error) == "RepositoryNotEmptyException"
    harbour.ecr.delete_repository(repositoryName="bank", force=True)
    assert "NAME_UNKNOWN" in harbour.run("digest", harbour.name("one"), code=1)
    harbour.ecr.create_repository(repositoryName="bank")
    assert harbour.describe() == []


def test_images_come_in_pages(harbour: Harbour) -> None:
    digests = {harbour.push(f"tag{number}", bytes([number])) for number in range(3)}
    pages = harbour.ecr.get_paginator("describe_images").paginate(
        repositoryName="bank", PaginationConfig={"PageSize": 2}
    )
    found = [[image["imageDigest"] for image in page["imageDetails"]] for page in pages]
    assert [len(page) for page in found] == [2, 1]
    assert {digest for page in found for digest in page} == digests


def test_a_scan_finds_what_the_test_says(harbour: Harbour) -> None:
    harbour.ecr.create_repository(repositoryName="scanned", imageScanningConfiguration={"scanOnPush": True})
    digest = harbour.push("one", repository="scanned")
    image = {"repositoryName": "scanned", "imageId": {"imageDigest": digest}}
    waiter = lambda: harbour.ecr.describe_image_scan_findings(**image)  # noqa: E731
    assert waiter()["imageScanStatus"]["status"] in ("IN_PROGRESS", "FAILED")
    finding = {"name": "CVE-2026-1", "severity": "HIGH", "uri": "https://example.com"}
    harbour.cloud.control("POST", "findings", {"digest": digest, "findings": [finding]})
    harbour.ecr.start_image_scan(**image)
    harbour.ecr.get_waiter("image_scan_complete").wait(**image, WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    assert waiter()["imageScanFindings"]["findingSeverityCounts"] == {"HIGH": 1}
    assert harbour.describe("scanned")[0]["imageScanFindingsSummary"]["findingSeverityCounts"] == {"HIGH": 1}
