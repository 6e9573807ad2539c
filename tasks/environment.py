"""env.list, env.show, env.check: what the env files say."""

from __future__ import annotations

from longshore.cli import Invocation, namespace, reads


@reads()
def show(run: Invocation) -> None:
    """Show every setting of an environment, and the file and line that it is from.

    inv env.show --env sandbox
    """
    from longshore.environments import answers

    run.show(answers.show(run.environment))


@reads()
def check(run: Invocation) -> None:
    """Check the env files: syntax, types, unknown keys, secrets in a committed file. Without --env: all of them.

    inv env.check
    """
    from longshore.environments import answers

    run.show(answers.check(run.root, run.environment_name if run.common.env else None))


@reads(environment=False)
def list(run: Invocation) -> None:
    """List the environments.

    inv env.list
    """
    from longshore.environments import answers

    run.show(answers.listing(run.root))


ns = namespace("env", list, show, check)
