"""iam.*: who there is in the account, what each may do, with which key."""

from __future__ import annotations

from typing import Annotated, Literal

from longshore.cli import Invocation, changes, destroys, namespace, reads


@changes("iam")
def setup(run: Invocation) -> None:
    """Make the groups admin, developer and tester, with least-privilege policies for this environment; what others changed is shown and changed back.

    inv iam.setup --env sandbox --plan
    """
    from longshore.iam.setup import setup

    run(setup(run.environment))


@changes("iam")
def add_user(
    run: Invocation,
    *,
    user: Annotated[str, "the user's name"],
    group: Annotated[Literal["admin", "developer", "tester"], "what the user may do"],
    path: Annotated[str, "the path of a user who is made (default: /)"] = "/",
) -> None:
    """Make a user, and put the user into a group.

    inv iam.add-user --env sandbox --user ana --group developer --plan
    """
    from longshore.iam.add_user import add_user

    run(add_user(run.environment, user, group, path))


@destroys("iam", "this removes a user with all keys and rights")
def remove_user(run: Invocation, *, user: Annotated[str, "the user's name"]) -> None:
    """Remove a user: the ways into the cluster, keys, password, MFA devices, memberships and policies first, in the order that IAM wants.

    inv iam.remove-user --env sandbox --user ana --plan
    """
    from longshore.cluster.access.grants.leaving import leave
    from longshore.iam.remove_user import remove_user

    environment = run.environment
    run(remove_user(environment, user, leave(environment, user)))


@changes("access-keys")
def key(
    run: Invocation,
    *,
    user: Annotated[str, "the user's name"],
    save_as: Annotated[str, "the profile to keep the key in, on this machine"],
) -> None:
    """Make an access key for a user, and keep it as a profile; its secret is shown to nobody.

    inv iam.key --env sandbox --user ana --save-as ana --plan
    """
    from longshore.iam.key import key

    run(key(run.environment, user, save_as))


@changes("access-keys")
def rotate_key(
    run: Invocation,
    *,
    user: Annotated[str, "the user's name"],
    save_as: Annotated[str, "the profile to keep the new key in, on this machine"],
) -> None:
    """Put another access key in the place of a user's, and disable the old one; the next call deletes what is disabled.

    inv iam.rotate-key --env sandbox --user ana --save-as ana --plan
    """
    from longshore.iam.key import rotate_key

    run(rotate_key(run.environment, user, save_as))


@changes("iam")
def roles(run: Invocation) -> None:
    """Make the roles that EKS needs: the cluster's own, and that of its nodes.

    inv iam.roles --env sandbox --plan
    """
    from longshore.iam.roles import guarded_roles

    run(guarded_roles(run.environment))


@changes("iam")
def oidc(
    run: Invocation,
    *,
    repo: Annotated[str, "the GitHub repository: owner/name"],
    branch: Annotated[str, "trust jobs on this branch"] = "",
    environment: Annotated[str, "trust jobs that name this environment of GitHub's (default: named as ours)"] = "",
    sub: Annotated[str, "trust exactly this subject, where the repository's tokens have another form"] = "",
    replace: Annotated[bool, "also when the role is trusted by another subject now (asks)"] = False,
) -> None:
    """Let jobs of one GitHub repository deploy as a role, without a key: GitHub's identity provider, and a trust that names the job to the letter.

    inv iam.oidc --env sandbox --repo acme/bank --environment production --plan
    """
    from longshore.iam.github import oidc

    steps = oidc(run.environment, repo, branch, environment, sub, replace=replace)
    run(steps, ask="this takes the role from the subject that it trusts now" if replace else "")


@reads()
def status(run: Invocation) -> None:
    """Show groups and users: whether the policies are as they should be, keys with their age and last use, MFA, and what to mend.

    inv iam.status --env sandbox
    """
    from longshore.iam.status import status

    run.show(status(run.environment, run.report))


@reads()
def can(
    run: Invocation,
    *,
    action: Annotated[str, "the action, such as ecr:PutImage"],
    resource: Annotated[str, "the ARN that it is about (default: *)"] = "*",
) -> None:
    """Say whether the profile's identity may do something: allowed, denied or not known, by IAM's simulator; nothing is tried.

    inv iam.can --env sandbox --profile developer --action eks:DescribeCluster
    """
    from longshore.iam.simulate.can import can

    run.show(can(run.environment, action, resource))


ns = namespace("iam", setup, add_user, remove_user, key, rotate_key, roles, oidc, status, can)
