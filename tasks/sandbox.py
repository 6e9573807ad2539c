"""sandbox.*: AWS, Kubernetes and PostgreSQL on this machine, to rehearse in."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes, destroys, namespace, reads


@changes("sandbox")
def up(
    run: Invocation,
    *,
    without: Annotated[list[str], "what to leave out: cluster, registry"] = (),  # type: ignore[assignment]  # read only
) -> None:
    """Start the sandbox: AWS with signatures and IAM enforced, Kubernetes, and PostgreSQL, on 127.0.0.1.

    inv sandbox.up
    """
    from longshore.sandbox import lifecycle

    run(lifecycle.up(run.sandbox, without=without), protect=False)


@changes("sandbox")
def down(run: Invocation) -> None:
    """End the sandbox. Its database's data and its keys stay; what its AWS and its clusters hold is forgotten.

    inv sandbox.down
    """
    from longshore.sandbox import lifecycle

    run(lifecycle.down(run.sandbox), protect=False)


@destroys("sandbox")
def reset(run: Invocation) -> None:
    """End the sandbox and remove all that it kept.

    inv sandbox.reset
    """
    from longshore.sandbox import lifecycle

    run(lifecycle.reset(run.sandbox), protect=False)


@reads()
def status(run: Invocation) -> None:
    """Show the sandbox's servers: each is really asked.

    inv sandbox.status
    """
    from longshore.sandbox.status import status

    run.show(status(run.sandbox))


@reads(answers=False)
def env(run: Invocation) -> None:
    """Print export lines that point your own aws, kubectl and psql at the sandbox, for eval.

    eval "$(inv sandbox.env)"
    """
    from longshore.sandbox.exports import exports

    run.print(*exports(run.sandbox))


ns = namespace("sandbox", down, env, reset, status, up)
