"""aws.*: the profiles of the AWS config files, and who each one is."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes, namespace, reads


@reads()
def profiles(run: Invocation) -> None:
    """Show each profile, the identity that it resolves to, and what is wrong with it.

    inv aws.profiles --env sandbox
    """
    from longshore.aws.profiles import audit

    run.show(audit(run.environment if run.has_project else None))


@reads()
def whoami(run: Invocation) -> None:
    """Show who acts: the account and identity of the profile, by AWS's own answer, and why it is that profile.

    inv aws.whoami --env sandbox --profile github
    """
    from longshore.aws.who import who

    run.show(who(run.environment))


@reads(answers=False)
def use(run: Invocation, *, profile: Annotated[str, "the profile to switch to"]) -> None:
    """Print the line that switches your shell to a profile, for eval.

    eval "$(inv aws.use --env sandbox --profile github)"
    """
    from longshore.aws import use
    from longshore.aws.config_files import files_of

    run.export(use.lines(profile, files_of(run.environment if run.has_project else None)), use.hint(profile))


@changes("profiles")
def configure(
    run: Invocation,
    *,
    profile: Annotated[str, "the profile to write"],
    replace: Annotated[bool, "also when the profile is another identity now"] = False,
) -> None:
    """Keep an access key as a profile, once AWS has proven it; typed without echo, or from standard input.

    inv aws.configure --env sandbox --profile mine --plan
    """
    from longshore.aws import new_key
    from longshore.aws.configure import configure

    environment = run.environment if run.has_project else None
    run(configure(environment, profile, new_key.ask(profile), replace=replace), protect=False)


ns = namespace("aws", configure, profiles, use, whoami)
