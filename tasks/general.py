"""The tasks without a namespace: init, demo, doctor."""

from __future__ import annotations

from typing import Annotated, Literal

from longshore.cli import Invocation, changes, reads


@changes("project", environment=False)
def init(
    run: Invocation,
    *,
    app: Annotated[str, "the application's name (default: the folder's)"] = "",
    region: Annotated[str, "the AWS region"] = "eu-central-1",
    account: Annotated[str, "production's AWS account id"] = "",
    ci: Annotated[Literal["github"] | None, "also a workflow that ships what is on main"] = None,
) -> None:
    """Write tasks.py, env/ and the ignore lines into this folder, and a workflow where it is asked for; nothing that is there is overwritten.

    longshore init --app bank
    """
    from pathlib import Path

    from longshore.cli import init

    run(init.init(Path.cwd(), app, region, account, ci))
    for line in init.advice(Path.cwd(), ci):
        run.advise(line)


@reads(environment=False, answers=False)
def demo(run: Invocation) -> None:
    """Show the main job on the sandbox, narrated: profiles, secrets, migrations, a failure and its repair.

    inv demo
    """
    from pathlib import Path

    from longshore.demo import story

    story.play(Path.cwd())


@reads()
def doctor(run: Invocation) -> None:
    """Look at programs, profiles, identities, environments and what they reach; name what mends what is missing.

    inv doctor --env sandbox
    """
    from longshore.doctor.answer import examine

    root = run.root if run.has_project else None
    run.show(examine(root, lambda: run.environment_name, run.common.profile, run.report))
