"""cluster.*: EKS: who gets in, what runs there, the cluster itself."""

from __future__ import annotations

from typing import Annotated, Literal

from longshore.cli import Invocation, changes, destroys, namespace, reads


@changes("access")
def grant(
    run: Invocation,
    *,
    user: Annotated[str, "the IAM user, by name or ARN"] = "",
    role: Annotated[str, "the IAM role, by name or ARN; a permission set of IAM Identity Center by its name"] = "",
    access: Annotated[Literal["admin", "edit", "view"] | None, "what it may (default: view)"] = None,
    namespace: Annotated[str, "only in this namespace"] = "",
    group: Annotated[str, "instead of a level: membership of a Kubernetes group of your own"] = "",
    via: Annotated[
        Literal["aws-auth", "entry"] | None, "the path (default: by the cluster's authentication mode)"
    ] = None,
) -> None:
    """Let an IAM user or role into the cluster, and prove it as the grantee where a profile of this machine is it.

    inv cluster.grant --env sandbox --user github-ci --access view --confirm sandbox
    """
    from longshore.cluster.access.grants.grant import chosen, levels_told
    from longshore.cluster.access.grants.grant import grant as steps
    from longshore.cluster.access.level import grant as level

    kind, name = chosen(user, role)
    wanted = level(access, namespace, group)
    run(steps(run.environment, kind, name, wanted, via))
    if not access and not group:
        run.advise(levels_told(wanted))


@changes("access")
def revoke(
    run: Invocation,
    *,
    user: Annotated[str, "the IAM user, by name or ARN"] = "",
    role: Annotated[str, "the IAM role, by name or ARN"] = "",
    namespace: Annotated[str, "only what it was granted in this namespace"] = "",
) -> None:
    """Take an IAM user's or role's access to the cluster away, by every path; never your own, nor the last administrator's.

    inv cluster.revoke --env sandbox --user github-ci --confirm sandbox
    """
    from longshore.cluster.access.grants.grant import chosen
    from longshore.cluster.access.grants.revoke import revoke as steps

    kind, name = chosen(user, role)
    run(steps(run.environment, kind, name, namespace))


@changes("cluster")
def create(
    run: Invocation, *, version: Annotated[str, "Kubernetes' minor version (default: the newest that EKS takes)"] = ""
) -> None:
    """Make the environment's EKS cluster (billed by the hour; asks) with its roles, wait until it is there, and prove that you get in.

    inv cluster.create --env sandbox --plan
    """
    from longshore.cluster.provision.cluster_step import QUESTION
    from longshore.cluster.provision.create import create

    run(create(run.environment, version), ask=QUESTION)


@changes("cluster")
def add_nodes(
    run: Invocation,
    *,
    count: Annotated[int, "how many nodes"],
    type: Annotated[str, "the EC2 instance type (default: t3.medium)"] = "t3.medium",
    group: Annotated[
        str, "the node group's name (default: after the type and the time: each call adds another one)"
    ] = "",
) -> None:
    """Make one more managed node group (billed by the hour), and wait until its nodes are Ready.

    inv cluster.add-nodes --env sandbox --count 2 --plan
    """
    from longshore.cluster.provision.add_nodes import add_nodes

    run(add_nodes(run.environment, count, type, group))


@changes("cluster")
def scale_nodes(
    run: Invocation,
    *,
    count: Annotated[int, "how many nodes the group has then; 0 asks"],
    group: Annotated[str, "the node group (default: the only one)"] = "",
) -> None:
    """Give a node group that many nodes, and wait until they are Ready and the others gone.

    inv cluster.scale-nodes --env sandbox --count 3 --plan
    """
    from longshore.cluster.provision.scale_nodes import question, scale_nodes

    run(scale_nodes(run.environment, count, group), ask=question(count))


@reads()
def nodes(run: Invocation) -> None:
    """Show the nodes as Kubernetes sees them, and the node groups as AWS has them.

    inv cluster.nodes --env sandbox
    """
    from longshore.cluster.provision.nodes import nodes

    run.show(nodes(run.environment, run.report))


@destroys("cluster", "everything that runs in the cluster ends for good")
def delete(run: Invocation) -> None:
    """Delete the cluster that cluster.create made: what has a load balancer first, then its nodes, then the cluster; and tell what stays.

    inv cluster.delete --env sandbox --plan
    """
    from longshore.cluster.provision.delete import delete

    run(delete(run.environment))


@reads()
def components(run: Invocation) -> None:
    """Show each part of the cluster: its health where that can be seen, what AWS manages, versions and skew.

    inv cluster.components --env sandbox
    """
    from longshore.cluster.components.components import components

    run.show(components(run.environment, run.report))


@changes("kubeconfig")
def connect(
    run: Invocation,
    *,
    kubeconfig: Annotated[str, "the file to write (default: kubectl's own)"] = "",
    print_: Annotated[
        bool, "write a file of longshore's own, and print the line that makes a shell use it, for eval"
    ] = False,
    keep_current: Annotated[bool, "leave the current context what it is"] = False,
) -> None:
    """Put a context named after the environment into your kubeconfig: kubectl acts by it as the environment's profile.

    inv cluster.connect --env sandbox --plan
    """
    from longshore.cluster import connect as room

    if print_:
        room.refuse_together(kubeconfig, run.common.json)
        run(room.connect_privately(run.environment), protect=False)
        if not run.common.plan:
            run.export(room.export_lines(run.environment), room.hint(run.environment))
    else:
        run(room.connect(run.environment, kubeconfig, keep_current=keep_current), protect=False)


@reads()
def verify(
    run: Invocation,
    *,
    profiles: Annotated[str, "the profiles to ask as, with commas between (default: the one that acts)"] = "",
    expect: Annotated[str, "what they should have: same, admin, edit, view, none, or PROFILE=LEVEL,..."] = "same",
    namespace: Annotated[str, "judge the level in this namespace (default: in all)"] = "",
) -> None:
    """Ask AWS and Kubernetes as each profile who it is and what it may do; exit 0 only if all have what is expected.

    inv cluster.verify --env sandbox --profiles default,github
    """
    from longshore.cluster.verify.verify import verify

    run.show(verify(run.environment, run.report, profiles=profiles, expect=expect, namespace=namespace))


@reads()
def access(run: Invocation) -> None:
    """Show who has what in the cluster, by which path (aws-auth, access entries), what is wrong with it, and the snapshots.

    inv cluster.access --env sandbox
    """
    from longshore.cluster.access.listing.listing import access

    run.show(access(run.environment, run.report))


@changes("access")
def undo(
    run: Invocation, *, to: Annotated[str, "the snapshot to go back to (default: the newest of this machine)"] = ""
) -> None:
    """Put who has access back to a snapshot, which each grant and revocation takes first; what differs is shown, then it asks.

    inv cluster.undo --env sandbox --plan
    """
    from longshore.cluster.access.undoing.undo import undo

    run(undo(run.environment, to), ask="it takes away and gives back access, as shown")


@reads()
def monitor(
    run: Invocation, *, namespace: Annotated[str, "only this namespace (default: all that one may look into)"] = ""
) -> None:
    """Watch nodes, pods and events: by k9s (read-only) where it is installed, else in a view that q ends. Off a terminal, look once.

    inv cluster.monitor --env sandbox
    """
    from longshore.cluster.monitor.monitor import Monitor

    watched = Monitor(run.environment, run.report, namespace)
    if run.common.json or not watched.is_at_terminal:
        run.show(watched.once())
    elif (k9s := watched.k9s()) is not None:
        run.become(*k9s)
    else:
        run.hand_over(watched.live)


@changes("access")
def migrate_access(
    run: Invocation,
    *,
    user: Annotated[str, "only this IAM user, by name or ARN"] = "",
    role: Annotated[str, "only this IAM role, by name or ARN"] = "",
    final: Annotated[bool, "then have EKS read aws-auth no more (mode API), for good"] = False,
) -> None:
    """Move who is in aws-auth to access entries: each entry is proven to give the same before the old line goes.

    inv cluster.migrate-access --env sandbox --plan
    """
    from longshore.cluster.access.grants.grant import chosen
    from longshore.cluster.access.migration.migrate import migrate

    kind, name = chosen(user, role) if user or role else (None, "")
    found = migrate(run.environment, run.report, kind, name, final=final)
    run(found.steps, ask=found.ask)


ns = namespace(
    "cluster",
    access,
    add_nodes,
    components,
    connect,
    create,
    delete,
    grant,
    migrate_access,
    monitor,
    nodes,
    revoke,
    scale_nodes,
    undo,
    verify,
)
