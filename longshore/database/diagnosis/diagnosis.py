"""What is told about a dirty version, to a person and to a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from longshore.database.advisory import Session
from longshore.database.diagnosis.evidence import Finding
from longshore.database.diagnosis.proposal import Proposal, Way, named, number
from longshore.database.sql.split import Statement
from longshore.database.state import InvalidIndex
from longshore.process.redaction import redact

MOST_SHOWN = 4


@dataclass(frozen=True)
class Diagnosis:
    """What is known about a dirty version."""

    version: int | None
    """The dirty version; None: golang-migrate's -1, left by a failed down of the first file."""
    file: str
    """The name of the file that did not finish; empty where it isn't in the folder."""
    direction: str
    """`up` or `down`."""
    certain: str
    """How file and direction are known; empty: they are assumed."""
    before: int | None
    """The version that the database had before the file ran."""
    statements: tuple[Statement, ...]
    """The one that failed; several: one of them; none: nothing tells."""
    message: str
    """What PostgreSQL said, where it is known."""
    outcome: str
    """`running`, `rolled back`, `applied`, `part`, `unknown`."""
    proof: str
    """How the outcome is known."""
    findings: tuple[Finding, ...]
    running: tuple[Session, ...]
    invalid: tuple[InvalidIndex, ...]
    """INVALID indexes that the file left."""
    proposal: Proposal
    env: str = ""

    def lines(self) -> list[str]:
        """For a person."""
        flag = f" --env {self.env}" if self.env else ""
        head = f"{named(self.version)} is dirty: "
        lines = [
            head + (f"{self.file} ({self.direction}) did not finish" if self.file else "no file of the folder has it")
        ]
        if self.file:
            lines.append(
                f"known by: {self.certain}"
                if self.certain
                else "which way it went is assumed: nothing in the database tells"
            )
        if self.message:
            lines.append(f"PostgreSQL said: {redact(self.message)}")
        if len(self.statements) == 1:
            lines.append(f"it failed in line {self.statements[0].line}: {redact(self.statements[0].title)}")
        elif self.statements:
            lines.append("it failed in one of these:")
            lines += [f"  line {s.line}: {redact(s.title)}" for s in self.statements[:MOST_SHOWN]]
        lines.append(f"outcome: {self.outcome}: {self.proof}")
        lines += [f"left behind: INVALID index {index.schema}.{index.name} on {index.table}" for index in self.invalid]
        to = f"inv db.force --to {number(self.proposal.version)}{flag}"
        if self.proposal.way is Way.WAIT:
            lines.append(f"proposal: wait until it ends, then look again: inv db.repair{flag}")
        elif self.proposal.way is Way.FORCE:
            lines.append(f"proposal: force to {named(self.proposal.version)} ({to})")
        elif self.proposal.way is Way.DROP_INDEX:
            lines += [f"proposal: DROP INDEX CONCURRENTLY {name}" for name in self.proposal.indexes]
            lines.append(f"  then force to {named(self.proposal.version)} ({to})")
        else:
            lines.append("proposal: by hand, one of:")
            lines += [f"  {choice}" for choice in self.proposal.choices]
        return lines

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "version": self.version,
            "file": self.file,
            "direction": self.direction,
            "known_by": self.certain,
            "before": self.before,
            "statements": [{"line": s.line, "text": redact(s.title)} for s in self.statements],
            "message": redact(self.message),
            "outcome": self.outcome,
            "proof": self.proof,
            "objects": [
                {"object": str(f.effect), "action": f.effect.action, "line": f.line, "fate": f.fate.value}
                for f in self.findings
            ],
            "running": [str(session) for session in self.running],
            "invalid_indexes": [f"{index.schema}.{index.name}" for index in self.invalid],
            "proposal": {
                "way": self.proposal.way.value,
                "version": self.proposal.version,
                "indexes": list(self.proposal.indexes),
                "choices": list(self.proposal.choices),
            },
        }
