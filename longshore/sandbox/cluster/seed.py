"""What `sandbox.up` makes of Kubernetes: the environment's cluster with two nodes and its namespace, by the EKS API as the user `admin`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from longshore.aws.tags import ENVIRONMENT, LONGSHORE, MANAGED_BY
from longshore.environments.environment import SANDBOX
from longshore.errors import Failed
from longshore.sandbox import front_door, kept
from longshore.sandbox.client_files import endpoint
from longshore.sandbox.cluster import kubeconfig
from longshore.sandbox.cluster.api import Api
from longshore.sandbox.cluster.files import Files
from longshore.sandbox.files import write_private
from longshore.sandbox.layout import Layout
from longshore.steps.step import Context, Done, Status, Step, ToDo

START_LIMIT = 90.0
POLL = 0.1
ROLES = {"cluster": "eks.amazonaws.com", "node": "ec2.amazonaws.com"}
"""What EKS and its nodes act as, and which service may."""
GROUP = "nodes"
COUNT = 2
TAGS = {MANAGED_BY: LONGSHORE, ENVIRONMENT: SANDBOX}
"""longshore's own, so that cluster.delete can be rehearsed on it."""

NOTHING = ("the sandbox does not run", "there is none")
"""What `_wanting` says where there is no cluster to mend."""

AWS = dict[str, Any]


class SeedCluster(Step):
    """The cluster answers, has Ready nodes and the namespace, and the sandbox's kubeconfig leads to it."""

    name = "sandbox-cluster"
    title = "start the cluster"

    def __init__(self, layout: Layout, region: str, cluster: str, namespace: str) -> None:
        self._layout = layout
        self._region = region
        self._cluster = cluster
        self._namespace = namespace
        self._clients: dict[tuple[str, str], Any] = {}

    def check(self, run: Context) -> Status:
        wanting = self._wanting()
        if wanting:
            act = f"make the EKS cluster {self._cluster} with {COUNT} nodes"
            return ToDo(f"{act if wanting in NOTHING else f'mend the EKS cluster {self._cluster}'}: {wanting}")
        cluster = self._described() or {}
        return Done(f"{self._cluster} at {cluster['endpoint']}, Kubernetes {cluster['version']}")

    def apply(self, run: Context) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._make_cluster(run)
            self._await(run, "waiting for the API server", self._answers)
            self._make_nodes(run)
            self._make_namespace()
            write_private(self._layout.kubeconfig, self._kubeconfig())
        except (ClientError, BotoCoreError, OSError) as error:
            raise Failed(
                "the sandbox's cluster can't be made", on=self._cluster, why=_first_line(error), do="inv sandbox.up"
            ) from None

    def _wanting(self) -> str:
        """What is not as wished, or nothing."""
        from botocore.exceptions import BotoCoreError, ClientError

        if not self._layout.state.exists():
            return NOTHING[0]
        try:
            cluster = self._described()
            if cluster is None:
                return NOTHING[1]
            if cluster["status"] != "ACTIVE":
                return f"it is {cluster['status']}"
            groups = self._client("eks").list_nodegroups(clusterName=self._cluster)["nodegroups"]
            if not groups:
                return "it has no nodes"
            if not self._namespace_exists():
                return f"it has no namespace {self._namespace}"
            written = self._layout.kubeconfig
            if not written.exists() or written.read_text(encoding="utf-8") != self._kubeconfig():
                return "no kubeconfig leads to it"
        except OSError as error:
            return f"it does not answer: {error}"
        except (ClientError, BotoCoreError) as error:
            return f"AWS does not answer: {_first_line(error)}"
        return ""

    # AWS.

    def _client(self, service: str) -> Any:
        # Loaded each time: a sandbox that was started anew may have another port.
        keep = kept.load(self._layout)
        if keep is None:
            raise Failed("the sandbox has no keys", on=str(self._layout.kept), do="inv sandbox.up")
        where = service, endpoint(keep)
        if where not in self._clients:
            self._clients[where] = front_door.client(service, self._region, keep)
        return self._clients[where]

    def _described(self) -> AWS | None:
        eks = self._client("eks")
        try:
            found: AWS = eks.describe_cluster(name=self._cluster)["cluster"]
        except eks.exceptions.ResourceNotFoundException:
            return None
        return found

    def _make_cluster(self, run: Context) -> None:
        eks = self._client("eks")
        cluster = self._described()
        if cluster is not None and cluster["status"] == "FAILED":
            eks.delete_cluster(name=self._cluster)
            self._await(run, "ending a cluster that failed", lambda: self._described() is None)
            cluster = None
        if cluster is None:
            eks.create_cluster(
                name=self._cluster,
                roleArn=self._role("cluster"),
                resourcesVpcConfig={"subnetIds": self._subnets()},
                accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"},
                tags=TAGS,
            )
        self._await(run, "starting the control plane", self._is_active)

    def _is_active(self) -> bool:
        cluster = self._described() or {"status": "gone"}
        if cluster["status"] == "FAILED":
            issues = cluster.get("health", {}).get("issues") or [{"message": "its control plane did not start"}]
            raise Failed(
                "the cluster did not start",
                on=self._cluster,
                why=str(issues[0]["message"]),
                do="inv sandbox.up, or without it: inv sandbox.up --without cluster",
            )
        return bool(cluster["status"] == "ACTIVE")

    def _make_nodes(self, run: Context) -> None:
        eks = self._client("eks")
        if not eks.list_nodegroups(clusterName=self._cluster)["nodegroups"]:
            eks.create_nodegroup(
                clusterName=self._cluster,
                nodegroupName=GROUP,
                nodeRole=self._role("node"),
                subnets=self._subnets(),
                scalingConfig={"minSize": 0, "maxSize": 10, "desiredSize": COUNT},
                tags=TAGS,
            )

        def ready() -> bool:
            names = eks.list_nodegroups(clusterName=self._cluster)["nodegroups"]
            described = (eks.describe_nodegroup(clusterName=self._cluster, nodegroupName=name) for name in names)
            return all(self._group_is_active(one["nodegroup"]) for one in described)

        self._await(run, "waiting for the nodes", ready)

    def _group_is_active(self, group: AWS) -> bool:
        if group["status"] == "CREATE_FAILED":
            issues = group.get("health", {}).get("issues") or [{"message": "they did not become Ready"}]
            raise Failed("the cluster's nodes did not start", on=self._cluster, why=str(issues[0]["message"]))
        return bool(group["status"] == "ACTIVE")

    def _role(self, kind: str) -> str:
        iam = self._client("iam")
        name = f"longshore-sandbox-{kind}"
        trust = {"Effect": "Allow", "Principal": {"Service": ROLES[kind]}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        try:
            return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
        except iam.exceptions.EntityAlreadyExistsException:
            return str(iam.get_role(RoleName=name)["Role"]["Arn"])

    def _subnets(self) -> list[str]:
        """The default VPC's: SUBNETS of the environment that is played are AWS's own, the sandbox has none of their names."""
        wanted = [{"Name": "default-for-az", "Values": ["true"]}]
        return [subnet["SubnetId"] for subnet in self._client("ec2").describe_subnets(Filters=wanted)["Subnets"]]

    # Kubernetes, as the hidden administrator: the user `admin` may have been shut out in a rehearsal.

    def _api(self) -> Api:
        files = Files(self._layout.cluster(self._cluster))
        cluster = self._described() or {}
        port = int(str(cluster.get("endpoint", ":0")).rpartition(":")[2])
        return Api(port, files.certificates.authority, files.token())

    def _answers(self) -> bool:
        try:
            return self._api().ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def _namespace_exists(self) -> bool:
        path = f"/api/v1/namespaces/{self._namespace}" if self._namespace else "/readyz"
        status, _ = self._api().ask("GET", path)
        if status not in (200, 404):
            raise ConnectionError(f"HTTP {status}")
        return status == 200

    def _make_namespace(self) -> None:
        if not self._namespace:
            return
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self._namespace}}
        status, answer = self._api().ask("POST", "/api/v1/namespaces", body)
        if status not in (201, 409):
            raise Failed("can't make the namespace", on=self._namespace, why=str(answer.get("message", status)))

    def _kubeconfig(self) -> str:
        cluster = self._described() or {}
        authority = cluster["certificateAuthority"]["data"]
        return kubeconfig.text(self._cluster, self._region, cluster["endpoint"], authority)

    def _await(self, run: Context, doing: str, reached: Callable[[], bool]) -> None:
        run.report.progress(doing)
        deadline = time.monotonic() + START_LIMIT
        while not reached():
            if time.monotonic() > deadline:
                raise Failed(f"{doing}: not done within {START_LIMIT:g} s", on=self._cluster, do="inv sandbox.status")
            run.sleep(POLL)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
