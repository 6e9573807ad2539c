"""cluster.*: EKS: who gets in, what runs there, the cluster itself."""

from __future__ import annotations

from typing import Annotated, Literal

from longshore.cli import Invocation, changes, namespace


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
    from longshore.cluster.access.grant import chosen, levels_told
    from longshore.cluster.access.grant import grant as steps
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
    from longshore.cluster.access.grant import chosen
    from longshore.cluster.access.revoke import revoke as steps

    kind, name = chosen(user, role)
    run(steps(run.environment, kind, name, namespace))


ns = namespace("cluster", grant, revoke)
