"""Everything that says who gets into a cluster, read side by side; what can't be read is told, and the rest is read all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from longshore.cluster.access import bound as bindings
from longshore.cluster.access import census as censuses
from longshore.cluster.access.bound import Bound
from longshore.cluster.access.census import Census
from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.entries import Entries, Entry
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.cluster.provision.nodegroups import NodeGroups
from longshore.errors import LongshoreError
from longshore.steps.step import Context

AWS_AUTH, ENTRIES, BINDINGS, IAM, NODES = "aws-auth", "access entries", "bindings", "IAM", "node groups"


@dataclass(frozen=True)
class Survey:
    """What was read. None is what could not be, or isn't there; `unread` says why, by what it is."""

    document: Document | None
    entries: Sequence[Entry] | None
    bound: Bound | None
    census: Census | None
    node_roles: Sequence[str]
    """The roles of the managed node groups."""
    unread: Mapping[str, LongshoreError]


def survey(run: Context, guard: ClusterGuard) -> Survey:
    """Read it all. Raises what the reading of aws-auth did where no path could be read."""
    cluster, aws_auth = guard.cluster, AwsAuth(guard)
    kubectl = guard.kubectl(run)

    def bound() -> Bound:
        with asking(guard, doing="list the bindings"):
            return bindings.read(kubectl)

    questions: dict[str, Callable[[], Any]] = {
        AWS_AUTH: lambda: aws_auth.read(run).document,
        BINDINGS: bound,
        IAM: lambda: censuses.take(guard.identity.session, guard.environment.account_id),
        NODES: lambda: [group.role for group in NodeGroups(guard.eks, cluster.name).all()],
    }
    if cluster.has_entries:
        questions[ENTRIES] = Entries(guard.eks, cluster.name).all
    run.report.progress(f"looking who gets into {cluster.name}")
    # Made before the threads ask for them.
    for service in ("eks", "iam"):
        guard.identity.session.client(service)
    found: dict[str, Any] = {}
    unread: dict[str, LongshoreError] = {}
    with ThreadPoolExecutor(max_workers=len(questions)) as pool:
        futures = {what: pool.submit(ask) for what, ask in questions.items()}
        for what, future in futures.items():
            try:
                found[what] = future.result()
            except LongshoreError as error:
                unread[what] = error
    if AWS_AUTH in unread and ENTRIES not in found:
        raise unread[AWS_AUTH]
    return Survey(
        found.get(AWS_AUTH),
        found.get(ENTRIES),
        found.get(BINDINGS),
        found.get(IAM),
        tuple(dict.fromkeys(found.get(NODES, ()))),
        unread,
    )
