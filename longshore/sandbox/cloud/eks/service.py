"""EKS as a service of the sandbox: which operations there are, and what they share.

Nothing of it is moto's: moto has no access entries, no updates that take their time, and certificates that are none. `Clusters` runs the control
planes, in background threads as in AWS.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import RLock
from typing import Any
from uuid import uuid4

from longshore.process.redaction import redact
from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.clusters import Clusters
from longshore.sandbox.cloud.eks import errors
from longshore.sandbox.cloud.eks.records import Cluster, NodeGroup
from longshore.sandbox.cloud.errors import Kind, Refusal, Reply
from longshore.sandbox.cloud.principals import Directory, Key
from longshore.sandbox.cloud.settings import CloudSettings

log = logging.getLogger(__name__)

Operation = Callable[["Eks", Call, Key], Mapping[str, Any]]


class Eks:
    """The clusters of an account in all regions. `lock` is held around every call, and so by what ends in the background."""

    def __init__(self, settings: CloudSettings, clusters: Clusters | None, directory: Directory, lock: RLock) -> None:
        self.account_id = settings.account_id
        self.directory = directory
        self.lock = lock
        self._home = settings.region
        self._clusters = clusters
        self._regions: dict[str, dict[str, Cluster]] = {}
        self._workers: dict[str, ThreadPoolExecutor] = {}
        self._operations: dict[str, Operation] = {}

    def answer(self, call: Call, key: Key) -> Reply:
        """The answer to an operation.

        Raises Refusal.
        """
        operation = self._operation(call.operation)
        if operation is None:
            raise Refusal(Kind.UNKNOWN_OPERATION, f"The sandbox does not play {call.action}.")
        body = json.dumps(operation(self, call, key), default=_plain).encode()
        head = (("Content-Type", "application/json"), ("x-amzn-RequestId", str(uuid4())))
        return Reply(200, head, body)

    def _operation(self, name: str) -> Operation | None:
        if not self._operations:
            from longshore.sandbox.cloud.eks import access_entries, access_policies, cluster_calls, nodegroups, updates

            for module in (cluster_calls, updates, nodegroups, access_entries, access_policies):
                self._operations |= module.OPERATIONS
        return self._operations.get(name)

    @property
    def clusters(self) -> Clusters:
        """Who runs the control planes.

        Raises Refusal where there is nobody.
        """
        if self._clusters is None:
            raise errors.invalid_request("This sandbox runs no clusters: it was started without them.")
        return self._clusters

    def of_region(self, region: str) -> dict[str, Cluster]:
        """The clusters of a region by name."""
        return self._regions.setdefault(region, {})

    def find(self, call: Call, parameter: str = "clusterName") -> Cluster:
        """The cluster that a call names.

        Raises Refusal.
        """
        name = call.text(parameter)
        try:
            return self.of_region(call.region)[name]
        except KeyError:
            raise errors.no_cluster(name) from None

    def nodegroup(self, call: Call) -> tuple[Cluster, NodeGroup]:
        """The node group that a call names.

        Raises Refusal.
        """
        cluster, name = self.find(call), call.text("nodegroupName")
        try:
            return cluster, cluster.nodegroups[name]
        except KeyError:
            raise errors.not_found(f"No node group found for name: {name}.") from None

    def server(self, region: str, name: str) -> str:
        """By what name a cluster's control plane runs: two regions may have clusters of the same name, and no name has a dot."""
        return name if region == self._home else f"{name}.{region}"

    def by_server(self, server: str) -> Cluster | None:
        """The cluster whose control plane runs under this name."""
        every = (cluster for clusters in self._regions.values() for cluster in clusters.values())
        return next((cluster for cluster in every if cluster.server == server), None)

    def background(
        self,
        cluster: Cluster,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
    ) -> None:
        """Do something with a cluster's control plane, after what is being done with it already. `failed` is told why, without secrets."""
        worker = self._workers.get(cluster.server)
        if worker is None:
            worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"eks-{cluster.server}")
            self._workers[cluster.server] = worker

        def end(future: Future[Any]) -> None:
            error = future.exception()
            with self.lock:
                if error is None:
                    done(future.result())
                else:
                    why = redact(f"{type(error).__name__}: {error}")
                    log.error("%s", why)
                    failed(why)

        worker.submit(work).add_done_callback(end)

    def forget(self, cluster: Cluster) -> None:
        """A cluster that is gone."""
        self.of_region(cluster.region).pop(cluster.name, None)
        worker = self._workers.pop(cluster.server, None)
        if worker is not None:
            worker.shutdown(wait=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(type(value).__name__)


def page(items: list[Any], call: Call) -> tuple[list[Any], str | None]:
    """The part of a list that `maxResults` and `nextToken` name, and the token of the next one.

    Raises Refusal.
    """
    size = call.parameters.get("maxResults")
    size = 100 if size is None else int(size)
    token = call.text("nextToken")
    if not 1 <= size <= 100:
        raise errors.invalid_parameter("The value of maxResults must be between 1 and 100.")
    start = 0
    if token:
        number = token.partition(".")[0]
        if not number.isdecimal() or int(number) > len(items):
            raise errors.invalid_parameter("The nextToken is not valid.")
        start = int(number)
    end = start + size
    return items[start:end], f"{end}.{uuid4().hex}" if end < len(items) else None
