"""secrets.*: the application's secrets, in AWS Secrets Manager or a file."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes, namespace, reads


@changes("app-env")
def pull(run: Invocation, *, out: Annotated[str, "the file to write (default: app.env of the project)"] = "") -> None:
    """Write the secret into app.env for the program that reads it, proven by reading it back; 0600, whole or not at all.

    inv secrets.pull --env sandbox
    """
    from pathlib import Path

    from longshore.secrets import recipes

    run(recipes.pull(run.environment, Path(out) if out else None), protect=False)


@changes("secret")
def push(run: Invocation, *, file: Annotated[str, "JSON or dotenv: keys and values to add or change"]) -> None:
    """Add and change keys of the secret from a file; no key is removed, and no value is shown.

    inv secrets.push --env sandbox --file examples/bank/app.env.example --plan
    """
    from pathlib import Path

    from longshore.secrets import recipes

    run(recipes.push(run.environment, Path(file)))


@changes("secret")
def set(run: Invocation, *, key: Annotated[str, "the key"]) -> None:
    """Set one value of the secret, from a prompt without echo or from standard input.

    openssl rand -hex 16 | inv secrets.set --env sandbox --key TOKEN_SYMMETRIC_KEY --confirm sandbox
    """
    from longshore.secrets import entry, recipes

    run(recipes.set_key(run.environment, key, entry.value_from_prompt_or_stdin(key)))


@reads()
def show(run: Invocation) -> None:
    """Show the names of the keys and the length of each value, never a value.

    inv secrets.show --env sandbox
    """
    from longshore.secrets.show import show

    run.show(show(run.environment))


ns = namespace("secrets", pull, push, set, show)
