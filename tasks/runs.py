"""runs.list, runs.show, runs.resume: the journal of what was done."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes, namespace, reads


@reads(environment=False)
def list(run: Invocation) -> None:
    """List the runs of this project, the newest first.

    inv runs.list
    """
    from longshore.steps import listing

    run.show(listing.listing(run.state, run.state / "runs"))


@reads(environment=False)
def show(run: Invocation, *, id: Annotated[str, "the run"]) -> None:
    """Show what a run did, step by step, and how to go on with it.

    inv runs.show --id 20260131-120000-ab12
    """
    from longshore.steps import listing

    run.show(listing.show(run.state, run.state / "runs", id))


@changes("run", environment=False)
def resume(run: Invocation, *, id: Annotated[str, "the run"]) -> None:
    """Go on with a run that did not finish: the same task, arguments and targets; what is done is skipped.

    inv runs.resume --id 20260131-120000-ab12
    """
    from longshore.cli.resume import resume

    resume(run, id)


ns = namespace("runs", list, show, resume)
