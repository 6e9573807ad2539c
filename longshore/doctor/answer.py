"""What doctor answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from longshore.answers import Answer, Table
from longshore.doctor import environments, programs
from longshore.doctor.finding import FAULT, MISSING, Finding
from longshore.errors import UsageError
from longshore.steps.report import Reporter


def examine(root: Path | None, choose: Callable[[], str], profile: str | None, report: Reporter) -> Answer:
    """All findings. `choose` names the environment that is looked at whole, or raises UsageError.

    Not ok where something that is needed is missing or at fault. Without a project only the machine is looked at.
    """
    report.progress("looking at programs")
    found = list(programs.findings())
    if root is None:
        found.append(Finding("project", "env/base.env", MISSING, "no project here", "longshore init"))
    else:
        report.progress("asking AWS and the database")
        chosen = ""
        try:
            chosen = choose()
        except UsageError as error:
            found.append(Finding("project", error.on, FAULT, error.what, error.do[0] if error.do else ""))
        found += environments.findings(root, chosen, profile)
    bad = [finding for finding in found if finding.state in (MISSING, FAULT)]
    rows = [(one.area, one.name, one.state, one.detail) for one in found]
    mends = list(dict.fromkeys(one.mend for one in bad if one.mend))
    notes = [f"next: {mend}" for mend in mends] if bad else ["all is well"]
    return Answer(
        {"ok": not bad, "findings": [asdict(one) for one in found]},
        [Table(("where", "what", "state", ""), rows)],
        notes,
        ok=not bad,
    )
