"""`inv bench`: the ratios of medians to their budgets."""

from __future__ import annotations

from longshore.answers import Answer, Table
from longshore.errors import UsageError, nearest
from longshore.steps.report import Reporter
from tests.bench.cases import MEMORY, OURS, cases
from tests.bench.ground import ground
from tests.bench.pair import in_turns


def run(only: str, report: Reporter) -> Answer:
    """Time every case (or one). A budget that is not kept is reported, not failed: machines are shared and noisy.

    Raises UsageError for a case that isn't there.
    """
    rows, data, seen = [], [], []
    with ground() as here:
        for case in cases(here):
            seen.append(case.name)
            if only not in ("", case.name):
                continue
            report.progress(f"timing {case.name}")
            times = in_turns(case.commands, case.rounds)
            ours = times.pop(OURS)
            limit = case.limit({name: measured.median for name, measured in times.items()})
            others = ", ".join(f"{name} {measured.median:.3f} s" for name, measured in times.items())
            rows.append(
                (case.name, f"{ours.median:.3f} s", f"{limit:.3f} s", f"{ours.median / limit:.2f}",
                 f"{ours.megabytes:.0f} MB", case.budget, others)
            )  # fmt: skip
            data.append(
                {
                    "case": case.name,
                    "seconds": ours.median,
                    "budget_seconds": limit,
                    "ratio": ours.median / limit,
                    "megabytes": ours.megabytes,
                    "rounds": case.rounds,
                    "others": {name: measured.median for name, measured in times.items()},
                }
            )
    if only and only not in seen:
        raise UsageError(f"--only can't be {only!r}{nearest(only, seen)}", why=f"the cases are {', '.join(seen)}")
    columns = ("case", "median", "budget", "ratio", "peak", "budget is", "held against")
    notes = [f"a ratio of at most 1 keeps the budget; a process may take {MEMORY} MB"]
    return Answer({"cases": data, "memory_budget_megabytes": MEMORY}, [Table(columns, rows)], notes)
