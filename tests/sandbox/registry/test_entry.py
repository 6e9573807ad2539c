"""Who gets into the registry: by ECR's password, and only to what IAM allows."""

from __future__ import annotations

import json

import pytest

from longshore.sandbox import processes
from longshore.sandbox.cloud.ecr import passwords
from tests.sandbox.registry.conftest import Harbour, basic

pytestmark = pytest.mark.integration


def test_nobody_gets_in_without_ecrs_password(harbour: Harbour) -> None:
    status, headers, _ = harbour.http("GET", "/v2/")
    assert (status, headers["www-authenticate"].partition(" ")[0]) == (401, "Basic")
    for token in (basic("AWS", "guess"), basic("admin", "x"), "no base64"):
        assert harbour.code("GET", "/v2/", token) == (401, "UNAUTHORIZED")
        assert harbour.code("GET", "/v2/bank/manifests/one", token) == (401, "UNAUTHORIZED")
    assert harbour.http("GET", "/v2/", harbour.password())[0] == 200


def test_a_password_ends_after_twelve_hours_and_with_its_key(harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
    token = harbour.password()
    harbour.cloud.client("iam").update_access_key(
        UserName="github", AccessKeyId=harbour.cloud.keys["github"][0], Status="Active"
    )
    mine = harbour.password("github")
    harbour.cloud.client("iam").update_access_key(
        UserName="github", AccessKeyId=harbour.cloud.keys["github"][0], Status="Inactive"
    )
    assert harbour.http("GET", "/v2/", mine)[0] == 401
    assert harbour.http("GET", "/v2/", token)[0] == 200
    now = passwords.time.time
    monkeypatch.setattr(passwords.time, "time", lambda: now() + passwords.LIFETIME + 1)
    assert harbour.http("GET", "/v2/", token)[0] == 401


def test_iam_decides_on_each_layer(harbour: Harbour) -> None:
    harbour.push("one")
    arn = f"arn:aws:ecr:*:{harbour.cloud.account}:repository/bank"
    pull = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
    statements = [
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
        {"Effect": "Allow", "Action": pull, "Resource": arn},
    ]
    harbour.cloud.user("reader", {"Version": "2012-10-17", "Statement": statements})
    reader = harbour.password("reader")
    harbour.run("manifest", harbour.name("one"), token=reader)
    said = harbour.push("two", b"by reader", token=reader, code=1)
    assert "reader is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr" in said
    assert [image["imageTags"] for image in harbour.describe()] == [["one"]]
    harbour.push("two", b"by github", token=harbour.password("github"))


def test_the_calls_stand_in_the_list_of_calls(harbour: Harbour) -> None:
    harbour.push("one")
    calls = [(call["operation"], call["mutating"], call["status"]) for call in harbour.cloud.calls()]
    assert ("PutImage", True, 200) in calls
    assert ("UploadLayerPart", True, 200) in calls or ("CompleteLayerUpload", True, 200) in calls
    principal = f"arn:aws:iam::{harbour.cloud.account}:user/admin"
    assert {call["principal"] for call in harbour.cloud.calls() if call["operation"] == "PutImage"} == {principal}


def test_a_repository_must_be_made_first(harbour: Harbour) -> None:
    said = harbour.push("one", repository="unmade", code=1)
    assert "The repository with name 'unmade' does not exist in the registry" in said


def test_a_manifest_whose_layers_are_missing_is_refused(harbour: Harbour) -> None:
    missing = {"digest": "sha256:" + "0" * 64, "size": 3, "mediaType": "application/vnd.oci.image.layer.v1.tar"}
    manifest = {"schemaVersion": 2, "config": missing, "layers": [missing]}
    kind = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
    path, token = "/v2/bank/manifests/one", harbour.password()
    assert harbour.code("PUT", path, token, json.dumps(manifest).encode(), kind) == (404, "MANIFEST_BLOB_UNKNOWN")
    assert harbour.code("PUT", path, token, b"no json", kind) == (400, "MANIFEST_INVALID")
    other = f"/v2/bank/manifests/sha256:{'1' * 64}"
    assert harbour.code("PUT", other, token, json.dumps(manifest).encode(), kind) == (400, "DIGEST_INVALID")
    assert harbour.describe() == []


def test_images_are_deleted_by_the_api_only(harbour: Harbour) -> None:
    digest = harbour.push("one")
    assert harbour.code("DELETE", f"/v2/bank/manifests/{digest}", harbour.password()) == (405, "UNSUPPORTED")


def test_charts_are_open_to_everyone_on_this_machine(harbour: Harbour) -> None:
    digest = harbour.push("1.0.0", repository="charts/traefik", token="")
    assert harbour.run("digest", harbour.name("1.0.0", "charts/traefik"), token="") == digest
    names = {one["repositoryName"] for one in harbour.ecr.describe_repositories()["repositories"]}
    assert names == {"bank"}


def test_faults_happen_on_the_wire(harbour: Harbour) -> None:
    harbour.cloud.fault("throttling", "ecr", "PutImage", times=20)
    assert "TOOMANYREQUESTS" in harbour.push("one", code=1)
    harbour.cloud.control("DELETE", "faults")
    harbour.push("one")


def test_the_registry_comes_back_with_all_that_it_had(harbour: Harbour) -> None:
    digest = harbour.push("one")
    harbour.run("tag", harbour.name("one"), "two")
    server = harbour.registry.server._server
    assert server is not None
    processes.kill(server)
    assert harbour.registry.died()
    assert harbour.registry.revive()
    assert harbour.run("digest", harbour.name("two")) == digest
    target = harbour.folder / "image.tar"
    harbour.run("export", harbour.name("one"), str(target))
    assert b"hello" in target.read_bytes()


def test_nothing_is_left_of_it(harbour: Harbour) -> None:
    harbour.push("one")
    server, folder = harbour.registry.server._server, harbour.registry.server._layout.registry
    assert folder.is_dir()
    harbour.registry.stop()
    assert server is not None
    assert not server.alive()
    assert not folder.exists()
