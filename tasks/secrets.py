"""secrets.*: the application's secrets, in AWS Secrets Manager or a file."""

from __future__ import annotations

from typing import Annotated, Literal

from longshore.cli import Invocation, changes, destroys, namespace, reads


@changes("app-env")
def pull(
    run: Invocation,
    *,
    out: Annotated[str, "the file to write (default: app.env of the project)"] = "",
    dialect: Annotated[
        Literal["viper", "godotenv", "docker", "kubectl", "compose", "systemd", "bash", "node", "python", "github"]
        | None,
        "who reads it (default: APP_ENV_DIALECT)",
    ] = None,
) -> None:
    """Write the secret into app.env for the program that reads it, proven by reading it back; 0600, whole or not at all.

    inv secrets.pull --env sandbox --dialect docker
    """
    from pathlib import Path

    from longshore.secrets import recipes

    run(recipes.pull(run.environment, Path(out) if out else None, dialect or ""), protect=False)


@changes("secret")
def push(
    run: Invocation,
    *,
    file: Annotated[str, "JSON or dotenv: keys and values to add or change"],
    prune: Annotated[bool, "also remove the keys that the file doesn't have (asks)"] = False,
) -> None:
    """Add and change keys of the secret from a file; no value is shown, and no key is removed unless --prune says so.

    inv secrets.push --env sandbox --file examples/bank/app.env.example --plan
    """
    from pathlib import Path

    from longshore.secrets import recipes

    ask = "--prune removes the keys that the file doesn't have" if prune else ""
    run(recipes.push(run.environment, Path(file), prune=prune), ask=ask)


@changes("secret")
def set(run: Invocation, *, key: Annotated[str, "the key"]) -> None:
    """Set one value of the secret, from a prompt without echo or from standard input.

    openssl rand -hex 16 | inv secrets.set --env sandbox --key TOKEN_SYMMETRIC_KEY --confirm sandbox
    """
    from longshore.secrets import entry, recipes

    run(recipes.set_key(run.environment, key, entry.value_from_prompt_or_stdin(key)))


@destroys("secret", "this removes keys from the secret")
def unset(run: Invocation, *, key: Annotated[list[str], "a key to remove (repeat the flag for more)"]) -> None:
    """Remove keys from the secret; the version before keeps them until the next change.

    inv secrets.unset --env sandbox --key OLD_KEY --confirm sandbox
    """
    from longshore.secrets import recipes

    run(recipes.unset(run.environment, key))


@changes("secret")
def generate(
    run: Invocation,
    *,
    key: Annotated[str, "the key that gets a random value"],
    bytes: Annotated[int, "how long the key is for the program that uses it"] = 32,
    encoding: Annotated[
        Literal["alphanumeric", "hex", "base64", "base64url"],
        "how they are written: alphanumeric characters are used as they are, the others are decoded first",
    ] = "alphanumeric",
    replace: Annotated[bool, "replace the value that is there (asks)"] = False,
) -> None:
    """Give a key of the secret a random value of an exact length, which nobody sees; a value that is there stays unless --replace says so.

    inv secrets.generate --env sandbox --key COOKIE_KEY --bytes 32 --encoding hex --plan
    """
    from longshore.secrets import recipes
    from longshore.secrets.random_key import Recipe

    steps = recipes.generate_key(run.environment, key, Recipe(bytes, encoding), replace=replace)
    run(
        steps,
        ask=f"this replaces {key}: what was encrypted or signed with it can't be read or checked any more"
        if replace
        else "",
    )


@destroys("secret", "this makes an older version of the secret current")
def rollback(
    run: Invocation,
    *,
    version: Annotated[str, "the id of a version, or its beginning (default: the one before the current one)"] = "",
) -> None:
    """Make an older version of the secret current again, as one whole; the current one becomes the one before.

    inv secrets.rollback --env sandbox --confirm sandbox
    """
    from longshore.secrets import recipes

    run(recipes.rollback(run.environment, version))


@reads()
def show(
    run: Invocation,
    *,
    reveal: Annotated[bool, "show the values too (asks)"] = False,
    confirm: Annotated[str | None, "the environment's name, where --reveal would ask for it"] = None,
) -> None:
    """Show the names of the keys and the length of each value; with --reveal the values, on standard output only.

    inv secrets.show --env sandbox
    """
    from longshore.secrets import show

    if reveal:
        run.reveal(lambda: show.reveal(run.environment), ask="this shows every value of the secret")
    else:
        run.show(show.show(run.environment))


@reads()
def diff(
    run: Invocation,
    *,
    file: Annotated[str, "the file to compare with (default: app.env of the project)"] = "",
    with_: Annotated[str, "the environment to compare with, instead of a file"] = "",
) -> None:
    """Say which keys are the same, differ or are missing, against a file or another environment; no value is shown.

    inv secrets.diff --env sandbox --file examples/bank/app.env.example
    """
    from longshore.secrets import diff

    run.show(diff.diff(run.environment, file, with_))


@reads()
def history(run: Invocation) -> None:
    """Show the secret's versions: when each was made, its labels, which keys it changed; no value is shown.

    inv secrets.history --env sandbox
    """
    from longshore.secrets.history import history

    run.show(history(run.environment))


@reads(answers=False)
def exec(run: Invocation) -> None:
    """Run the command after -- with the secret's values in its environment, and in no file; its exit code is the task's.

    inv secrets.exec --env sandbox -- sh -c 'echo ${#DB_SOURCE} characters'
    """
    from longshore.secrets import child

    command = run.command
    run.become(command, child.prepare(run.environment, run.report).variables)


@reads()
def check(run: Invocation) -> None:
    """Look for values of the secret where they must not be: in git, in image builds, in both a protected and an unprotected environment.

    inv secrets.check --env sandbox
    """
    from longshore.secrets.check.check import check

    run.show(check(run.environment, run.report))


ns = namespace("secrets", pull, push, set, unset, generate, rollback, show, diff, history, exec, check)
