"""The tasks of this repository: those of longshore, and those that only its own developers need (not in the wheel)."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, namespace, reads

from . import members


@reads(environment=False, answers=False)
def test(
    run: Invocation,
    *,
    all: Annotated[bool, "also the exhaustive suites"] = False,
    only: Annotated[list[str], "a file or folder of tests; may be repeated"] = (),  # type: ignore[assignment]  # read only
) -> None:
    """Run all checks: ruff, mypy, and the tests on the sandbox.

    inv test
    """
    from tests import suite

    suite.run(all, list(only))


@reads(environment=False)
def bench(run: Invocation, *, only: Annotated[str, "one pair"] = "") -> None:
    """Time pairs of commands in turns on the sandbox, and print the ratios of their medians beside their budgets.

    inv bench --only list
    """
    from tests.bench.bench import run as measure

    run.show(measure(only, run.report))


ns = namespace("", *members, test, bench)

__all__ = ["ns"]
