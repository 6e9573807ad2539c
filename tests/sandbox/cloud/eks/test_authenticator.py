"""Who somebody is in Kubernetes, over the webhook, as an API server asks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.cloud.conftest import until

MASTERS = "system:masters"


def write(cloud: Any, **sections: Any) -> None:
    cloud.clusters.write(
        "bank", {name: value if isinstance(value, str) else json.dumps(value) for name, value in sections.items()}
    )


def arn(cloud: Any, user: str = "github") -> str:
    return f"arn:aws:iam::{cloud.account}:user/{user}"


def assume(cloud: Any, role: str, session: str = "me@example.com") -> None:
    given = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
    cloud.keys[session] = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def test_everything_that_kubectl_auth_whoami_shows(cloud: Any) -> None:
    eks = cloud.cluster()
    eks.create_access_entry(clusterName="bank", principalArn=arn(cloud), kubernetesGroups=["devs"])
    id = cloud.client("iam").get_user(UserName="github")["User"]["UserId"]
    assert id.startswith("AIDA")
    assert cloud.whoami("github") == {
        "username": arn(cloud),
        "uid": f"aws-iam-authenticator:{cloud.account}:{id}",
        "groups": ["devs"],
        "extra": {
            "accessKeyId": [cloud.keys["github"][0]],
            "arn": [arn(cloud)],
            "canonicalArn": [arn(cloud)],
            "principalId": [id],
            "sessionName": [""],
            "sigs.k8s.io/aws-iam-authenticator/principalId": [id],
        },
    }


def test_unmapped_then_granted_then_revoked_at_once(cloud: Any) -> None:
    cloud.cluster()
    assert cloud.refused("github") == f"ARN is not mapped: {arn(cloud)}"
    write(cloud, mapUsers=[{"userarn": arn(cloud), "username": "github-ci", "groups": ["devs"]}])
    assert (cloud.whoami("github")["username"], cloud.whoami("github")["groups"]) == ("github-ci", ["devs"])
    cloud.clusters.write("bank", None)
    assert cloud.refused("github") == f"ARN is not mapped: {arn(cloud)}"


@pytest.mark.parametrize("mode", ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"])
def test_which_path_a_mode_has(cloud: Any, mode: str) -> None:
    eks = cloud.cluster(mode=mode)
    write(cloud, mapUsers=[{"userarn": arn(cloud), "username": "by-map", "groups": []}])
    if mode == "API":
        assert "not mapped" in cloud.refused("github")
        # Not even asked for.
        assert ("GET", "/api/v1/namespaces/kube-system/configmaps/aws-auth") not in cloud.clusters.planes["bank"][
            "asked"
        ]
    else:
        assert cloud.whoami("github")["username"] == "by-map"
    if mode != "CONFIG_MAP":
        eks.create_access_entry(clusterName="bank", principalArn=arn(cloud), username="by-entry")
        assert cloud.whoami("github")["username"] == "by-entry"


def test_the_creator_is_a_hidden_administrator_only_where_the_config_map_alone_decides(cloud: Any) -> None:
    eks = cloud.cluster(mode="CONFIG_MAP")
    assert (cloud.whoami()["username"], cloud.whoami()["groups"]) == ("kubernetes-admin", [MASTERS])
    cloud.clusters.broken.add("ask")
    assert cloud.whoami()["groups"] == [MASTERS]
    cloud.clusters.broken.clear()
    eks.update_cluster_config(name="bank", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    until(lambda: eks.describe_cluster(name="bank")["cluster"]["accessConfig"]["authenticationMode"] != "CONFIG_MAP")
    assert cloud.whoami()["groups"] == []
    eks.delete_access_entry(clusterName="bank", principalArn=arn(cloud, "admin"))
    assert "not mapped" in cloud.refused()


def test_a_creator_who_was_made_anew_has_the_cluster_back(cloud: Any, allow: Any) -> None:
    everything = allow({"Action": "*", "Resource": "*"})
    cloud.user("maker", everything)
    cloud.cluster(mode="CONFIG_MAP", user="maker")
    iam = cloud.client("iam")

    def remove() -> None:
        iam.delete_access_key(UserName="maker", AccessKeyId=cloud.keys["maker"][0])
        iam.delete_user_policy(UserName="maker", PolicyName="own")
        iam.delete_user(UserName="maker")

    remove()
    cloud.user("maker", everything)
    assert cloud.whoami("maker")["groups"] == [MASTERS]
    remove()
    admin = cloud.client("eks")
    admin.update_cluster_config(name="bank", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"})
    until(lambda: admin.describe_cluster(name="bank")["cluster"]["accessConfig"]["authenticationMode"] != "CONFIG_MAP")
    assert admin.list_access_entries(clusterName="bank")["accessEntries"] == []


def test_an_entry_of_somebody_who_was_made_anew_is_a_tombstone(cloud: Any) -> None:
    eks, iam = cloud.cluster(), cloud.client("iam")
    cloud.user("alice")
    eks.create_access_entry(clusterName="bank", principalArn=arn(cloud, "alice"))
    assert cloud.whoami("alice")["username"] == arn(cloud, "alice")
    iam.delete_access_key(UserName="alice", AccessKeyId=cloud.keys["alice"][0])
    iam.delete_user(UserName="alice")
    cloud.user("alice")
    assert cloud.refused("alice") == (
        f"the access entry of {arn(cloud, 'alice')} is of a principal that was deleted since"
    )
    # The ConfigMap knows names only, and isn't asked while there is an entry.
    write(cloud, mapUsers=[{"userarn": arn(cloud, "alice"), "username": "alice"}])
    assert "deleted since" in cloud.refused("alice")
    eks.delete_access_entry(clusterName="bank", principalArn=arn(cloud, "alice"))
    assert cloud.whoami("alice")["username"] == "alice"
    eks.create_access_entry(clusterName="bank", principalArn=arn(cloud, "alice"))
    assert cloud.whoami("alice")["username"] == arn(cloud, "alice")


def test_a_role_by_its_entry(cloud: Any) -> None:
    eks, role = cloud.cluster(), cloud.role("deploy", path="/ci/")
    eks.create_access_entry(clusterName="bank", principalArn=role)
    assume(cloud, role)
    who = cloud.whoami("me@example.com")
    assert who["username"] == f"arn:aws:sts::{cloud.account}:assumed-role/deploy/me-example.com"
    assert who["uid"].startswith(f"aws-iam-authenticator:{cloud.account}:AROA")
    assert ":" not in who["uid"].rpartition(":")[2]
    assert who["extra"]["arn"] == [f"arn:aws:sts::{cloud.account}:assumed-role/deploy/me@example.com"]
    assert who["extra"]["canonicalArn"] == [f"arn:aws:iam::{cloud.account}:role/deploy"]
    assert who["extra"]["sessionName"] == ["me@example.com"]


def test_a_role_by_aws_auth_is_called_without_its_path(cloud: Any) -> None:
    cloud.cluster()
    role = cloud.role("deploy", path="/ci/")
    assume(cloud, role)
    short = f"arn:aws:iam::{cloud.account}:role/deploy"
    mapping = {
        "username": "{{AccountID}}:{{SessionName}}:{{SessionNameRaw}}:{{AccessKeyID}}",
        "groups": ["g:{{SessionName}}"],
    }
    write(cloud, mapRoles=[{"rolearn": role, **mapping}])
    assert cloud.refused("me@example.com") == f"ARN is not mapped: {short}"
    write(cloud, mapRoles=[{"rolearn": short.upper(), **mapping}])
    who = cloud.whoami("me@example.com")
    key = cloud.keys["me@example.com"][0]
    assert who["username"] == f"{cloud.account}:me-example.com:me@example.com:{key}"
    assert who["groups"] == ["g:me-example.com"]
    # Neither the session nor the role as a user is anybody.
    session = f"arn:aws:sts::{cloud.account}:assumed-role/deploy/me@example.com"
    write(cloud, mapRoles=[{"rolearn": session, **mapping}], mapUsers=[{"userarn": session, "username": "x"}])
    assert "not mapped" in cloud.refused("me@example.com")


def test_a_user_with_a_path_keeps_it(cloud: Any) -> None:
    eks = cloud.cluster()
    iam = cloud.client("iam")
    full = iam.create_user(UserName="bob", Path="/team/")["User"]["Arn"]
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    cloud.keys["bob"] = (key["AccessKeyId"], key["SecretAccessKey"])
    write(cloud, mapUsers=[{"userarn": arn(cloud, "bob"), "username": "short"}])
    assert cloud.refused("bob") == f"ARN is not mapped: {full}".lower().replace("arn is", "ARN is", 1)
    write(cloud, mapUsers=[{"userarn": full, "username": "full"}])
    assert cloud.whoami("bob")["username"] == "full"
    eks.create_access_entry(clusterName="bank", principalArn=full)
    assert cloud.whoami("bob")["username"] == full


def test_an_account_that_is_mapped_lets_everybody_in_by_his_arn(cloud: Any) -> None:
    cloud.cluster()
    write(cloud, mapAccounts=f"- {cloud.account}\n")
    assert (cloud.whoami("tester")["username"], cloud.whoami("tester")["groups"]) == (arn(cloud, "tester"), [])
    write(cloud, mapAccounts="- 999999999999\n")
    assert "not mapped" in cloud.refused("tester")


def test_a_node_is_called_by_its_private_name(cloud: Any) -> None:
    eks, role = cloud.cluster(), cloud.role("node", "ec2.amazonaws.com")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": cloud.account, "Service": "ec2.amazonaws.com"},
            }
        ],
    }
    cloud.client("iam").update_assume_role_policy(RoleName="node", PolicyDocument=json.dumps(trust))
    eks.create_nodegroup(clusterName="bank", nodegroupName="n", subnets=cloud.subnets(), nodeRole=role)
    until(lambda: eks.describe_nodegroup(clusterName="bank", nodegroupName="n")["nodegroup"]["status"] == "ACTIVE")
    member = cloud.app._eks.of_region("eu-west-1")["bank"].nodegroups["n"].members[0]
    assume(cloud, role, member.instance)
    who = cloud.whoami(member.instance)
    assert (who["username"], who["groups"]) == (f"system:node:{member.name}", ["system:nodes"])
    eks.delete_access_entry(clusterName="bank", principalArn=role)
    assert cloud.whoami(member.instance)["groups"] == ["system:bootstrappers", "system:nodes"]
    assume(cloud, role, "me")
    assert cloud.refused("me") == "SessionName did not contain an instance id"
    assume(cloud, role, "i-0123456789abcdef0")
    assert "failed to query EC2" in cloud.refused("i-0123456789abcdef0")


def test_a_fault_of_the_config_map_loses_its_section_only(cloud: Any) -> None:
    cloud.cluster()
    one = json.dumps([{"userarn": arn(cloud), "username": "github-ci"}])
    role = cloud.role("deploy")
    assume(cloud, role)
    roles = json.dumps([{"rolearn": role, "username": "deploy"}])
    write(cloud, mapUsers=f"- {one}\n oops: [", mapRoles=roles)
    assert "not mapped" in cloud.refused("github")
    assert cloud.whoami("me@example.com")["username"] == "deploy"


def test_a_wrong_token_and_a_wrong_cluster(cloud: Any) -> None:
    cloud.cluster()
    status = cloud.ask("authenticate", {"token": "x"})
    assert status == {"authenticated": False, "error": 'token is missing expected "k8s-aws-v1." prefix'}
    assert "signature" in cloud.ask("authenticate", {"token": cloud.token(cluster="other")})["error"]
    assert "no such cluster" in cloud.ask("authenticate", {"token": cloud.token()}, cluster="other")["error"]


def test_keys_of_a_session_and_of_the_root(cloud: Any) -> None:
    eks = cloud.cluster()
    eks.create_access_entry(clusterName="bank", principalArn=arn(cloud))
    given = cloud.client("sts", "github").get_session_token()["Credentials"]
    key = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert cloud.whoami("github", key=key)["username"] == arn(cloud)
    assert cloud.refused("root") == f"ARN is not mapped: arn:aws:iam::{cloud.account}:root"
