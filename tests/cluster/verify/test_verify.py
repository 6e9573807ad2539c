"""Each stage and each level, really caused; and the traps that fool a check by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from longshore.aws.session import open_session
from longshore.cluster.eks import Eks
from longshore.cluster.verify import ask as asking
from longshore.cluster.verify import probe
from longshore.cluster.verify.finding import Finding, Stage
from longshore.cluster.verify.verify import verify
from longshore.errors import Refused, UsageError
from longshore.steps.report import Silent
from longshore.toolchain import programs
from tests.cluster.conftest import Dev
from tests.running import error_of

pytestmark = pytest.mark.integration

ADMIN, GITHUB = "arn:aws:iam::111122223333:user/admin", "arn:aws:iam::111122223333:user/github-ci"


class Told:
    """An answer, read as a program would."""

    def __init__(self, dev: Dev, profiles: str, expect: str = "same", namespace: str = "") -> None:
        answer = verify(dev.environment, Silent(), profiles=profiles, expect=expect, namespace=namespace)
        self.ok, self.data, self.notes = answer.ok, answer.data, list(answer.notes)
        self.of: dict[str, dict[str, Any]] = {one["profile"]: one for one in answer.data["profiles"]}

    def stage(self, profile: str) -> str:
        return str(self.of[profile]["stage"])


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def test_unmapped_then_let_in_then_out_again(dev: Dev) -> None:
    """The main job, as a person says it."""
    out = dev.live.inv("cluster.verify", "--profiles", "default,github").check(1)
    assert "NOT the same access: github has none (unmapped (401))" in out.stdout
    assert "next: as an administrator: inv cluster.grant --env sandbox --user github-ci" in out.stdout
    dev.let_in("github-ci", "ClusterAdmin")
    both = dev.live.inv("cluster.verify", "--profiles", "default,github", "--json").check()
    answer = json.loads(both.stdout)
    assert (answer["schema"], answer["ok"], answer["same"], answer["traps"]) == (1, True, True, [])
    assert [one["arn"] for one in answer["profiles"]] == [ADMIN, GITHUB]
    assert [one["username"] for one in answer["profiles"]] == [ADMIN, GITHUB]
    dev.live.reset_access()
    assert dev.live.inv("cluster.verify", "--profiles", "github", "--expect", "none").check().code == 0


@pytest.mark.parametrize(("policy", "level"), [("Admin", "admin"), ("Edit", "edit"), ("View", "view")])
def test_levels(dev: Dev, policy: str, level: str) -> None:
    dev.let_in("github-ci", policy)
    told = Told(dev, "github", level)
    assert told.ok, told.notes
    one = told.of["github"]
    assert (one["level"], one["level_in_namespace"], one["everything"], one["stage"]) == (level, level, False, "in")
    assert one["api_server"] == f"v{programs.version('kube-apiserver')}"
    others = {"admin", "edit", "view", "none"} - {level}
    assert [other for other in sorted(others) if Told(dev, "github", other).ok] == []


def test_a_level_in_one_namespace(dev: Dev) -> None:
    dev.let_in("github-ci", "Edit", "bank")
    one = Told(dev, "github", "edit", namespace="bank")
    assert one.ok
    assert one.of["github"]["lists_cluster_info"] is False
    everywhere = Told(dev, "github", "edit")
    assert not everywhere.ok
    assert "github: edit in bank, not edit in all namespaces (--namespace bank judges that one)" in everywhere.notes
    assert not Told(dev, "github", "none").ok, "something in one namespace is not nothing"
    assert Told(dev, "github", "none", namespace="default").ok, "in that one it is"


def test_not_the_same(dev: Dev) -> None:
    dev.let_in("github-ci", "View")
    told = Told(dev, "default,github")
    assert not told.ok
    assert told.notes[-1] == (
        "NOT the same access: they differ in * *, create deployments.apps, delete pods, get secrets and 5 more"
    )
    assert Told(dev, "default,github", "default=admin,github=view").ok
    assert not Told(dev, "default,github", "default=view,github=admin").ok


def test_known_and_nothing_allowed(dev: Dev) -> None:
    dev.let_in("github-ci")
    told = Told(dev, "github")
    assert (told.ok, told.stage("github"), told.of["github"]["username"]) == (False, "forbidden", GITHUB)
    assert Told(dev, "github", "none").ok


def test_groups_and_a_role_of_ones_own(dev: Dev) -> None:
    dev.let_in("github-ci", groups=("readers",))
    told = Told(dev, "github")
    assert told.of["github"]["groups"] == ["readers", "system:authenticated"]


def test_no_profile_and_no_such_user(dev: Dev) -> None:
    iam, layout = dev.live.iam, dev.live.layout
    iam.create_user(UserName="gone")
    key = iam.create_access_key(UserName="gone")["AccessKey"]
    with layout.aws_credentials.open("a") as file:
        file.write(
            f"\n[gone]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"
        )
        file.write(f"\n[wrong]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = nonsense\n")
    with layout.aws_config.open("a") as file:
        endpoint = dev.live.eks.meta.endpoint_url
        file.writelines(f"\n[profile {name}]\nendpoint_url = {endpoint}\n" for name in ("gone", "wrong"))
    assert Told(dev, "wrong").stage("wrong") == "no-key"
    iam.delete_access_key(UserName="gone", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="gone")
    told = Told(dev, "default,gone,nobody")
    assert (told.stage("default"), told.stage("gone"), told.stage("nobody")) == ("in", "no-such-user", "no-key")
    assert not told.ok
    assert Told(dev, "gone", "none").ok, "a deleted user has no access, proven by AWS"
    assert not Told(dev, "nobody", "none").ok, "of a profile that isn't there nothing is proven"


def test_a_role_with_a_path(dev: Dev) -> None:
    """AWS names its session, without the path; the entry is the role's."""
    iam, layout = dev.live.iam, dev.live.layout
    trust = {"Effect": "Allow", "Principal": {"AWS": ADMIN}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(Path="/team/x/", RoleName="deployer", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    with layout.aws_config.open("a") as file:
        file.write(
            f"\n[profile deploy]\nrole_arn = {arn}\nsource_profile = default\nendpoint_url = {dev.live.eks.meta.endpoint_url}\n"
        )
    try:
        out = Told(dev, "deploy")
        assert (out.stage("deploy"), out.of["deploy"]["describes_cluster"]) == ("unmapped", False)
        assert "  next: as an administrator: inv cluster.grant --env sandbox --role deployer" in out.notes
        dev.live.eks.create_access_entry(clusterName="bank-dev", principalArn=arn)
        scope = {"type": "cluster"}
        policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
        dev.live.eks.associate_access_policy(
            clusterName="bank-dev", principalArn=arn, policyArn=policy, accessScope=scope
        )
        told = Told(dev, "default,deploy", "default=admin,deploy=view")
        assert told.ok, told.notes
        assert told.of["deploy"]["arn"].startswith("arn:aws:sts::111122223333:assumed-role/deployer/")
    finally:
        iam.delete_role(RoleName="deployer")


def test_a_session_that_has_expired(dev: Dev) -> None:
    dev.live.fault("expired-token", "sts", "GetCallerIdentity", times=1)
    assert Told(dev, "default").stage("default") == "expired"


def test_who_may_not_describe_the_cluster_gets_in_all_the_same(dev: Dev) -> None:
    iam = dev.live.iam
    deny = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "eks:DescribeCluster", "Resource": "*"}],
    }
    iam.put_user_policy(UserName="github-ci", PolicyName="blind", PolicyDocument=json.dumps(deny))
    try:
        dev.let_in("github-ci", "View")
        for profiles in ("default,github", "github"):
            told = Told(
                dev,
                profiles,
                ",".join(f"{name}={'admin' if name == 'default' else 'view'}" for name in profiles.split(",")),
            )
            assert told.ok, told.notes
            assert told.of["github"]["describes_cluster"] is False
    finally:
        iam.delete_user_policy(UserName="github-ci", PolicyName="blind")


def test_another_account_is_refused(dev: Dev) -> None:
    other = replace(dev.environment, account_id="999988887777")
    with pytest.raises(Refused, match="wrong account 111122223333"):
        verify(other, Silent(), profiles="default,github")
    assert asking._at_aws(other, "github", asking._models()).finding.stage is Stage.WRONG_ACCOUNT


def test_another_server_behind_the_name(dev: Dev, tmp_path: Path) -> None:
    """The endpoint that DescribeCluster tells is somebody else's: the CA doesn't fit. And nobody there: unreachable."""
    from cryptography import x509  # noqa: F401  the sandbox's own, to make another CA

    from longshore.sandbox.cluster.certificates import Certificates

    session = open_session(dev.environment)
    cluster = Eks(session).cluster("bank-dev")
    assert cluster is not None
    mine = asking._Candidate(Finding("default", Stage.IN, identity=asking.whoami(session)), session)
    path = programs.find("kubectl")

    def stage(**fields: str) -> Stage:
        return asking._at_cluster(dev.environment, mine, replace(cluster, **fields), path, "bank").stage

    another = Certificates(tmp_path / "another")
    (tmp_path / "another").mkdir()
    another.make()
    assert stage() is Stage.IN
    assert stage(certificate_authority=another.authority.read_text()) is Stage.WRONG_CLUSTER
    assert stage(endpoint="https://127.0.0.1:1") is Stage.UNREACHABLE


def test_an_api_server_that_stands_still(dev: Dev, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.5)
    monkeypatch.setattr(asking, "SECONDS", 0.5)
    with dev.stopped("apiserver"):
        told = Told(dev, "default,github", "default=admin,github=none")
    assert [told.stage(name) for name in ("default", "github")] == ["unreachable"] * 2
    assert not told.ok, "of one that doesn't answer nothing is proven"


def test_no_such_cluster(dev: Dev) -> None:
    with pytest.raises(UsageError, match="there is no cluster bank-gone"):
        verify(replace(dev.environment, eks_cluster="bank-gone"), Silent(), profiles="default")


def test_it_is_not_fooled(dev: Dev, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With what `aws eks update-kubeconfig` writes, and a key in the shell, a check by hand finds one identity twice. This one doesn't."""
    kept = dev.live.kept.keys["default"]
    cluster = dev.live.eks.describe_cluster(name="bank-dev")["cluster"]
    file = tmp_path / "config"
    pinned = [{"name": "AWS_PROFILE", "value": "default"}]
    words = ["--region", "eu-central-1", "eks", "get-token", "--cluster-name", "bank-dev", "--output", "json"]
    program = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": words, "env": pinned}
    server = {"server": cluster["endpoint"], "certificate-authority-data": cluster["certificateAuthority"]["data"]}
    arn = cluster["arn"]
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": arn,
        "clusters": [{"name": arn, "cluster": server}],
        "users": [{"name": arn, "user": {"exec": program}}],
        "contexts": [{"name": arn, "context": {"cluster": arn, "user": arn}}],
    }  # fmt: skip
    file.write_text(json.dumps(config))
    by_hand = dev.live.kubectl("github", "--kubeconfig", str(file), "auth", "whoami").check().stdout
    assert "user/admin" in by_hand, "AWS_PROFILE=github, and yet"
    monkeypatch.setenv("KUBECONFIG", str(file))
    monkeypatch.setenv("AWS_PROFILE", "default")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", kept.id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", kept.secret)
    told = Told(dev, "default,github")
    assert (told.stage("default"), told.stage("github"), told.ok) == ("in", "unmapped", False)
    assert told.of["github"]["arn"] == GITHUB
    assert [(trap["kind"], trap["context"]) for trap in told.data["traps"]] == [("pinned", arn)]
    assert any("AWS_ACCESS_KEY_ID" in note and "ignored" in note for note in told.notes)


def test_wrong_usage(dev: Dev) -> None:
    dev.live.inv("cluster.verify", "--profiles", "default", "--expect", "wiev").check(2)
    dev.live.inv("cluster.verify", "--profiles", "default,,github").check(2)


def test_a_namespace_that_is_not_there_proves_nothing(dev: Dev) -> None:
    out = dev.live.inv(
        "cluster.verify", "--profiles", "default,github", "--expect", "none", "--namespace", "bnk"
    ).check(2)
    assert error_of(out)[0] == "error: there is no namespace bnk; did you mean bank? (--namespace)"
    dev.let_in("github-ci", "View", "bank")
    # Who may not list namespaces is believed.
    assert not Told(dev, "github", "view", "bnk").ok
