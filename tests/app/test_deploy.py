"""app.deploy on the real API server: what is applied, that twice is once, and what is refused before anything is."""

from __future__ import annotations

import base64
import json

import pytest

from tests.app.conftest import Bank
from tests.app.pushing import push
from tests.command import ROOT
from tests.live import told
from tests.live_cluster import CLUSTER, NAMESPACE

pytestmark = pytest.mark.integration


def test_the_manifests_are_there_with_digest_and_secret_and_all_pods_are_ready(bank_app: Bank) -> None:
    said = bank_app.deploy().check()
    assert "create Deployment bank" in said.stderr
    found = bank_app.one("Deployment")
    assert bank_app.image().endswith(f"/bank@{bank_app.v1}")
    assert (found["status"]["availableReplicas"], found["spec"]["replicas"]) == (2, 2)
    (secret,) = [one for one in bank_app.all("Secret") if one["metadata"]["name"].startswith("bank-env-")]
    assert secret["immutable"] is True
    (volume,) = found["spec"]["template"]["spec"]["volumes"]
    assert volume["secret"]["secretName"] == secret["metadata"]["name"]
    text = base64.b64decode(secret["data"]["app.env"]).decode()
    value = bank_app.live.secret["TOKEN_SYMMETRIC_KEY"]
    assert value in text
    assert value not in said.stdout + said.stderr
    about = found["metadata"]["annotations"]
    assert about["longshore/image"] == bank_app.v1
    assert about["longshore/run"] == bank_app.live.runs("app.deploy")[0].id
    assert bank_app.holder == ""


def test_a_second_time_nothing_is_written(bank_app: Bank) -> None:
    bank_app.deploy().check()
    mark, calls = bank_app.live.api_mark(), len(bank_app.live.calls())
    assert "nothing to do" in bank_app.deploy().check().stderr
    assert bank_app.live.api_writes(mark) == []
    assert bank_app.live.writes(calls) == []


def test_a_plan_writes_nothing_and_shows_each_field(bank_app: Bank) -> None:
    bank_app.deploy().check()
    mark = bank_app.live.api_mark()
    bank_app.patch({"op": "replace", "path": "/spec/replicas", "value": 3})
    said = bank_app.deploy("--plan", "--exit-code", image=bank_app.v2)
    assert said.code == 4
    assert "Deployment bank: spec.replicas: 2 → 3" in said.stdout
    assert f"Deployment bank: spec.template.spec.containers[bank].image: {bank_app.image()}"[:70] in said.stdout
    assert bank_app.live.api_writes(mark) == []


def test_another_image_rolls_out_and_a_tag_is_resolved(bank_app: Bank) -> None:
    bank_app.deploy().check()
    said = bank_app.deploy(image="v2").check()
    assert f"the tag v2 is {bank_app.v2} now" in said.stderr
    assert bank_app.image().endswith(f"@{bank_app.v2}")
    pods = bank_app.all("Pod")
    assert {pod["spec"]["containers"][0]["image"].partition("@")[2] for pod in pods} == {bank_app.v2}


def test_another_secret_makes_other_pods_and_old_ones_go_when_no_revision_needs_them(bank_app: Bank) -> None:
    bank_app.patch({"op": "replace", "path": "/spec/revisionHistoryLimit", "value": 0})
    bank_app.deploy().check()
    before = {one["metadata"]["name"] for one in bank_app.all("Secret")}
    bank_app.live.put_secret({**bank_app.live.secret, "GREETING": "another-value"})
    said = bank_app.deploy().check()
    assert "another-value" not in said.stdout + said.stderr
    if before & {one["metadata"]["name"] for one in bank_app.all("Secret")}:
        # The controller took the old ReplicaSet away only after the look.
        bank_app.deploy().check()
    after = {one["metadata"]["name"] for one in bank_app.all("Secret")}
    assert len(after) == 1
    assert after.isdisjoint(before)


def test_a_secret_that_an_older_revision_needs_stays(bank_app: Bank) -> None:
    bank_app.deploy().check()
    bank_app.live.put_secret({**bank_app.live.secret, "GREETING": "another-value"})
    bank_app.deploy().check()
    assert len(bank_app.all("Secret")) == 2


def test_a_typing_error_is_told_with_file_line_and_field(bank_app: Bank) -> None:
    file = bank_app.live.project / "k8s" / "base" / "deployment.yaml"
    lines = file.read_text().splitlines()
    number = next(n for n, line in enumerate(lines) if "readinessProbe:" in line)
    lines[number] = lines[number].replace("readinessProbe", "readynessProbe")
    file.write_text("\n".join(lines) + "\n")
    mark = bank_app.live.api_mark()
    said = told(bank_app.deploy(), 2, "the manifests have errors, nothing was applied")
    assert said[0].endswith(f"(k8s/base/deployment.yaml:{number + 1})")
    assert "readynessProbe: there is no such field" in said[1]
    file.write_text((ROOT / "k8s" / "base" / "deployment.yaml").read_text().replace("replicas: 2", "replicas: -1"))
    said = told(bank_app.deploy(), 2, "the manifests have errors, nothing was applied (k8s/base/deployment.yaml:6)")
    assert "spec.replicas: Invalid value: -1: must be greater than or equal to 0" in said[1]
    assert bank_app.live.api_writes(mark) == []


def test_yaml_that_cannot_be_read_is_told_with_its_file(bank_app: Bank) -> None:
    (bank_app.live.project / "k8s" / "base" / "service.yaml").write_text("apiVersion: v1\nkind: [Service\n")
    said = told(bank_app.deploy(), 2, "the manifests can't be read")
    assert "service.yaml" in said[1]


def test_an_image_that_ecr_has_not_is_refused(bank_app: Bank) -> None:
    told(bank_app.deploy(image="sha256:" + "0" * 64), 2, "there is no such image in ECR")
    told(bank_app.deploy(image="v9"), 2, "there is no such image in ECR")


def test_without_a_wish_it_is_the_commits_image_or_the_digest_that_the_manifests_name(bank_app: Bank) -> None:
    live = bank_app.live
    dockerfile = live.project / "Dockerfile"
    lines = told(bank_app.inv("app.deploy"), 2, "which image? none is given, and the commit's can't be told")
    assert "there is no Dockerfile" in lines[1]
    dockerfile.write_text("FROM scratch\nCOPY migrations /migrations\n")
    try:
        told(bank_app.inv("app.deploy"), 2, "there is no image of", then="inv image.push")
        tag = json.loads(bank_app.inv("image.status", "--json").check().stdout)["tag"]
        digest = push(live._session.client("ecr"), tag)
        bank_app.inv("app.deploy").check()
        assert bank_app.image().endswith(f"@{digest}")
        image = "/spec/template/spec/containers/0/image"
        bank_app.patch({"op": "replace", "path": image, "value": f"bank@{bank_app.v2}"})
        bank_app.inv("app.deploy").check()
        assert bank_app.image().endswith(f"@{bank_app.v2}")
    finally:
        dockerfile.unlink()


def test_another_current_context_of_the_user_changes_nothing(bank_app: Bank) -> None:
    elsewhere = bank_app.live.inv.home / ".kube" / "config"
    elsewhere.parent.mkdir(parents=True, exist_ok=True)
    elsewhere.write_text(
        json.dumps(
            {
                "apiVersion": "v1", "kind": "Config", "current-context": "other",
                "contexts": [{"name": "other", "context": {"cluster": "other", "user": "other", "namespace": "x"}}],
                "clusters": [{"name": "other", "cluster": {"server": "https://127.0.0.1:9"}}],
                "users": [{"name": "other", "user": {"token": "t"}}],
            }
        )
    )  # fmt: skip
    try:
        bank_app.inv("app.deploy", "--image", "v1", env={"KUBECONFIG": str(elsewhere)}).check()
        bank_app.one("Deployment")
    finally:
        elsewhere.unlink()


PLAIN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "example.com/team/bank:latest", envFrom: [{secretRef: {name: bank-env}}]}
      - {name: side, image: "registry.example/side:1"}
"""


def test_a_plain_folder_is_deployed_the_same_way(bank_app: Bank) -> None:
    bank_app.plain(web=PLAIN, nested="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata: {answer: 'yes'}\n")
    bank_app.deploy().check()
    containers = bank_app.one("Deployment", "web")["spec"]["template"]["spec"]["containers"]
    assert containers[0]["image"].endswith(f"/bank@{bank_app.v1}")
    assert not containers[0]["image"].startswith("example.com")
    assert containers[1]["image"] == "registry.example/side:1"
    (secret,) = bank_app.all("Secret")
    assert containers[0]["envFrom"] == [{"secretRef": {"name": secret["metadata"]["name"]}}]
    assert set(secret["data"]) == set(bank_app.live.secret)
    assert bank_app.one("ConfigMap", "more")["data"] == {"answer": "yes"}


def test_manifests_without_a_secret_need_none(bank_app: Bank) -> None:
    bank_app.plain(web=PLAIN.replace("envFrom: [{secretRef: {name: bank-env}}]", ""))
    bank_app.live.env_file("sandbox.local", "SECRETS=aws:bank/nowhere\n")
    try:
        bank_app.deploy().check()
        assert bank_app.all("Secret") == []
    finally:
        (bank_app.live.project / "env" / "sandbox.local.env").unlink()


SETS = """\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}}}
spec:
  {more}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: web, image: "example.com/bank:1"}}]}}
"""


def test_a_namespace_is_made_and_stateful_sets_and_daemon_sets_are_watched_too(bank_app: Bank) -> None:
    bank_app.plain(
        a=SETS.format(kind="StatefulSet", name="store", more="serviceName: store\n  replicas: 2"),
        b=SETS.format(kind="DaemonSet", name="agent", more="minReadySeconds: 0"),
    )
    bank_app.live.env_file("sandbox.local", "K8S_NAMESPACE=other\n")
    try:
        plan = bank_app.deploy("--plan").check().stdout
        assert "create the namespace other" in plan
        assert "create StatefulSet store" in plan
        bank_app.deploy().check()
        (store,), (agent,) = bank_app.all("StatefulSet", "other"), bank_app.all("DaemonSet", "other")
        assert store["status"]["availableReplicas"] == 2
        assert agent["status"]["numberAvailable"] == agent["status"]["desiredNumberScheduled"] == 2
        assert "nothing to do" in bank_app.deploy().check().stderr
        (bank_app.live.project / "plain" / "a.yaml").write_text(
            SETS.format(kind="StatefulSet", name="store", more="serviceName: store\n  replicas: 3").replace(
                "labels: {app: store}", "labels: {app: store, longshore/chaos: image-pull}"
            )
        )
        lines = told(bank_app.deploy(), 1, "StatefulSet store does not become ready")
        assert "ImagePullBackOff" in lines[1]
    finally:
        (bank_app.live.project / "env" / "sandbox.local.env").unlink()
        bank_app.live.ask_api("DELETE", "/api/v1/namespaces/other")


def test_a_job_of_ci_that_may_only_edit_the_namespace(bank_app: Bank) -> None:
    about = {"clusterName": CLUSTER, "principalArn": "arn:aws:iam::111122223333:user/github-ci"}
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"
    bank_app.live.eks.create_access_entry(**about)
    scope = {"type": "namespace", "namespaces": [NAMESPACE]}
    bank_app.live.eks.associate_access_policy(**about, policyArn=policy, accessScope=scope)
    bank_app.deploy("--profile", "github").check()
    assert bank_app.image().endswith(bank_app.v1)
    assert "nothing to do" in bank_app.deploy("--profile", "github").check().stderr
    for task in ("app.restart", "app.scale --replicas 1", "app.rollback"):
        bank_app.inv(*task.split(), "--profile", "github").check()
    # Of the kinds that might be left it sees those that it may list.
    assert bank_app.live.kubectl("github", "auth", "can-i", "list", "roles", "-n", NAMESPACE).stdout.strip() == "no"
    base = bank_app.live.project / "k8s" / "base" / "kustomization.yaml"
    base.write_text(base.read_text().replace("- service.yaml\n", ""))
    bank_app.deploy("--profile", "github", "--prune").check()
    assert bank_app.all("Service") == []
