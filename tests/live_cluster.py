"""The real sandbox with its cluster, for tests of who gets into Kubernetes: kubectl as each profile, the API server's own log, and a way back."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from longshore.aws.session import open_session
from longshore.sandbox.cluster.api import Api
from longshore.sandbox.cluster.files import Files
from longshore.toolchain import programs
from tests.command import Result, clean, run
from tests.live import FILES, Live, running

CLUSTER = "bank-dev"
NAMESPACE = "bank"
WITH_CLUSTER = {
    **FILES,
    "base": FILES["base"] + f"K8S_NAMESPACE={NAMESPACE}\n",
    "dev": FILES["dev"] + f"EKS_CLUSTER={CLUSTER}\n",
    "prod": FILES["prod"] + "EKS_CLUSTER=bank-prod\n",
}
AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
BINDINGS = (f"{RBAC}/clusterrolebindings", f"{RBAC}/namespaces/{NAMESPACE}/rolebindings")


@dataclass(frozen=True)
class Write:
    """A request that changed something, or would have (`code` is HTTP's), from the API server's audit log."""

    user: str
    verb: str
    resource: str
    namespace: str
    name: str
    code: int


@dataclass(frozen=True)
class LiveCluster(Live):
    """The checkout whose sandbox has the cluster `bank-dev` with the namespace `bank`; EKS_CLUSTER of prod names one that isn't there."""

    # kubectl and the API server.

    def kubectl_env(self, profile: str) -> dict[str, str]:
        """What the shell of `sandbox.env` has, and AWS_PROFILE."""
        found = clean(self.inv.home)
        return found | {
            "PATH": f"{Path(sys.executable).parent}:{found['PATH']}",
            "KUBECONFIG": str(self.layout.kubeconfig),
            "AWS_CONFIG_FILE": str(self.layout.aws_config),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.layout.aws_credentials),
            "AWS_PROFILE": profile,
        }

    def kubectl(self, profile: str, *words: str, input: str = "") -> Result:
        """The real kubectl with the sandbox's kubeconfig: its token is made by the real `aws eks get-token`.

        The API server remembers a token that it accepted for 10 s, and two of one second are one: it is never the last one's second.
        """
        while int(time.time()) <= self._last.get(profile, 0):
            time.sleep(0.02)
        argv = [str(programs.find("kubectl")), *words]
        try:
            return run(argv, cwd=self.project, env=self.kubectl_env(profile), input=input)
        finally:
            self._last[profile] = int(time.time())

    @cached_property
    def _last(self) -> dict[str, int]:
        return {}

    def ask_api(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """A request to the API server as EKS's hidden administrator: status and JSON. A PATCH is a merge patch."""
        return self._api.ask(method, path, body)

    @cached_property
    def _api(self) -> Api:
        files = Files(self.layout.cluster(CLUSTER))
        return Api(self.kept.ports[f"eks-{CLUSTER}.apiserver"], files.certificates.authority, files.token())

    @property
    def audit_log(self) -> Path:
        return self.layout.log(f"eks-{CLUSTER}.audit")

    def api_mark(self) -> int:
        """Where the audit log ends now: for `api_writes`."""
        return self.audit_log.stat().st_size

    def api_writes(self, since: int = 0, *, everyone: bool = False) -> list[Write]:
        """What was written, or tried, since the mark. Dry runs, questions (whoami, can-i) and the components' own work are none;
        EKS's hidden administrator (and so `ask_api`) only with `everyone`.
        """
        with self.audit_log.open("rb") as file:
            file.seek(since)
            records = [json.loads(line) for line in file]
        writes = []
        for record in records:
            user, place = record["user"]["username"], record.get("objectRef", {})
            if "dryRun=" in record["requestURI"] or (user.startswith("eks:") and not everyone):
                continue
            writes.append(
                Write(
                    user,
                    record["verb"],
                    place.get("resource", ""),
                    place.get("namespace", ""),
                    place.get("name", ""),
                    record.get("responseStatus", {}).get("code", 0),
                )
            )
        return writes

    # EKS and IAM, as the user admin.

    @cached_property
    def _session(self) -> Any:
        return open_session(self.environment)

    @property
    def eks(self) -> Any:
        return self._session.client("eks")

    @property
    def iam(self) -> Any:
        return self._session.client("iam")

    # aws-auth and entries.

    @property
    def aws_auth(self) -> dict[str, str]:
        """The ConfigMap's data; empty where it is gone."""
        status, found = self.ask_api("GET", AWS_AUTH)
        return dict(found.get("data") or {}) if status == 200 else {}

    def put_aws_auth(self, data: Mapping[str, str] | None) -> None:
        """Replace the data, as somebody else would; None: delete the ConfigMap."""
        if data is None:
            self.ask_api("DELETE", AWS_AUTH)
            return
        metadata = {"name": "aws-auth", "namespace": "kube-system"}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(data)}
        status, answer = self.ask_api("PUT", AWS_AUTH, body)
        if status == 404:
            status, answer = self.ask_api("POST", AWS_AUTH.rpartition("/")[0], body)
        assert status in (200, 201), answer

    @property
    def entries(self) -> dict[str, dict[str, Any]]:
        """The access entries by principal, each with its policies: ARN of the policy -> scope."""
        found = {}
        for arn in self.eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]:
            about = {"clusterName": CLUSTER, "principalArn": arn}
            entry = self.eks.describe_access_entry(**about)["accessEntry"]
            policies = self.eks.list_associated_access_policies(**about)["associatedAccessPolicies"]
            found[arn] = {
                "kubernetesGroups": entry["kubernetesGroups"],
                "username": entry["username"],
                "type": entry["type"],
                "policies": {one["policyArn"]: one["accessScope"] for one in policies},
            }
        return found

    @cached_property
    def _at_first(self) -> tuple[dict[str, str], dict[str, dict[str, Any]], set[str]]:
        return self.aws_auth, self.entries, self._bindings()

    def _bindings(self) -> set[str]:
        """A chart's own are left out: what was installed for a whole session goes on working."""
        return {
            f"{path}/{one['metadata']['name']}"
            for path in BINDINGS
            for one in self.ask_api("GET", path)[1]["items"]
            if (one["metadata"].get("labels") or {}).get("app.kubernetes.io/managed-by") != "Helm"
        }

    def reset_access(self) -> None:
        """aws-auth, access entries and RBAC's bindings as they were after `sandbox.up`. (The authentication mode goes one way: it stays.)"""
        data, entries, bindings = self._at_first
        if self.aws_auth != data:
            self.put_aws_auth(data)
        for arn in self.entries:
            if self.entries[arn] != entries.get(arn):
                self.eks.delete_access_entry(clusterName=CLUSTER, principalArn=arn)
        for arn, entry in entries.items():
            if arn not in self.entries:
                self._restore(arn, entry)
        for path in self._bindings() - bindings:
            self.ask_api("DELETE", path)

    def _restore(self, arn: str, entry: Mapping[str, Any]) -> None:
        about = {"clusterName": CLUSTER, "principalArn": arn}
        wished = {} if entry["type"] != "STANDARD" else {"kubernetesGroups": entry["kubernetesGroups"]}
        self.eks.create_access_entry(**about, type=entry["type"], **wished)
        for policy, scope in entry["policies"].items():
            scoped = {name: value for name, value in scope.items() if value}
            self.eks.associate_access_policy(**about, policyArn=policy, accessScope=scoped)


@pytest.fixture(scope="session")
def live_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCluster]:
    """The project with its cluster. One for all tests of a session: call `reset_access` before a test that relies on the beginning."""
    with running(LiveCluster, tmp_path_factory.mktemp("live-cluster"), WITH_CLUSTER) as started:
        _ = started._at_first
        yield started


__all__ = ["CLUSTER", "NAMESPACE", "LiveCluster", "Write", "live_cluster"]
