"""iam.*: who there is in the account, what each may do, with which key."""

from __future__ import annotations

from typing import Annotated, Literal

from longshore.cli import Invocation, changes, namespace


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


ns = namespace("iam", setup, add_user)
