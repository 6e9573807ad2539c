"""Explains a dirty version: which file, which way, which statement, whether PostgreSQL rolled it back; and proposes the repair.

golang-migrate writes the *target* version down as dirty before it runs a file, so a dirty version N is either N's up file or the down file of the
version after it. A plain file is one implicit transaction, which an error or a lost connection rolls back whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.database.advisory import Session
from longshore.database.connection.connect import connect
from longshore.database.connection.connection import Connection
from longshore.database.diagnosis.culprit import Reason, culprits, is_from, read_reason
from longshore.database.diagnosis.diagnosis import Diagnosis
from longshore.database.diagnosis.evidence import Fate, Finding, collect
from longshore.database.diagnosis.proposal import Proposal, Way, number
from longshore.database.files.folder import File, Migrations
from longshore.database.sql import split as sql
from longshore.database.state import DatabaseState, InvalidIndex
from longshore.database.table import Place
from longshore.errors import UsageError

__all__ = ["Diagnosis", "diagnose", "is_atomic"]

if TYPE_CHECKING:
    import psycopg

MOST_SHOWN = 4
SILENT = {"SET", "RESET", "SELECT", "COMMENT ON", "GRANT", "REVOKE", "ANALYZE", "LOCK", "SHOW"}
"""Statements that leave nothing to look for, and nothing that undoing would have to mend first."""


def diagnose(
    connection: Connection,
    state: DatabaseState,
    migrations: Migrations,
    reason: str | None = None,
    ca_file: Path | None = None,
    *,
    env: str = "",
) -> Diagnosis:
    """Explain the dirty version that `state` has. `reason` is golang-migrate's complaint, where a journal has kept it.

    Raises UsageError when the version isn't dirty; CannotConnect.
    """
    if not state.dirty:
        raise UsageError(
            "the version is not dirty", on=connection.address, why="there is nothing to repair", do="inv db.status"
        )
    with connect(connection, ca_file, env=env) as database:
        return _Case(connection, state, migrations, read_reason(reason), database, env).diagnosis()


@dataclass(frozen=True)
class _Suspect:
    """A file that may be the one, with what is known of it."""

    file: File
    before: int | None
    script: sql.Script
    findings: tuple[Finding, ...]

    def fates(self, *fates: Fate, action: str = "") -> list[Finding]:
        return [f for f in self.findings if f.fate in fates and action in ("", f.effect.action)]


@dataclass(frozen=True)
class _Case:
    connection: Connection
    state: DatabaseState
    migrations: Migrations
    reason: Reason | None
    database: psycopg.Connection[Any]
    env: str

    def diagnosis(self) -> Diagnosis:
        suspect, certain = self._suspect()
        running = self.state.lock.holding
        if suspect is None:
            return self._without_file(running)
        reason = self.reason if self.reason and is_from(self.reason, suspect.file.text) else None
        invalid = self._invalid(suspect)
        outcome, proof = ("running", _says(running)) if running else self._outcome(suspect, reason, invalid)
        partly = outcome == "part" and suspect.fates(Fate.UNDONE)
        statements = culprits(suspect.script, reason, partly[0].line if partly else 0)
        # Once another session runs, or all is there, no statement failed.
        statements = () if outcome in ("running", "applied") else statements
        return Diagnosis(
            version=self.state.version,
            file=suspect.file.name,
            direction=suspect.file.direction,
            certain=certain,
            before=suspect.before,
            statements=statements,
            message=reason.message if reason else "",
            outcome=outcome,
            proof=proof,
            findings=suspect.findings,
            running=running,
            invalid=invalid,
            proposal=self._proposal(suspect, outcome, invalid),
            env=self.env,
        )

    def _suspect(self) -> tuple[_Suspect | None, str]:
        """The file, and how it is known."""
        version = self.state.version
        here, after = self.migrations.get(version), self.migrations.get(self.migrations.following(version))
        up = here.up if here else None
        down = after.down if after and (version is None or here) else None
        if up is None or down is None:
            only = up or down
            return (self._look(only), "it is the only file that leads there") if only else (None, "")
        for file in (up, down):
            if self.reason and is_from(self.reason, file.text) and not (file is up and is_from(self.reason, down.text)):
                return self._look(file), "golang-migrate's complaint repeats it"
        forwards, backwards = self._look(up), self._look(down)
        assert after is not None
        was_there = (
            [f for f in self._look(after.up).findings if f.effect.action == "create" and f.fate is not Fate.UNDONE]
            if after.up
            else []
        )
        if was_there and (forwards.fates(Fate.BEFORE) or not forwards.findings):
            return backwards, f"{was_there[0].effect} of version {after.version} is there"
        if made := forwards.fates(Fate.DONE):
            return (
                forwards,
                f"{made[0].effect} was {'made' if made[0].effect.action == 'create' else 'removed'} after the version was written down",
            )
        if missing := forwards.fates(Fate.UNDONE):
            return (
                forwards,
                f"{missing[0].effect} is {'not there' if missing[0].effect.action == 'create' else 'still there'}",
            )
        applied = self.state.history.applied()
        if applied and version is not None:
            return (
                (backwards, "the history has this version applied")
                if version in applied
                else (forwards, "the history doesn't have this version")
            )
        if forwards.fates(Fate.BEFORE):
            return backwards, f"{forwards.fates(Fate.BEFORE)[0].effect} of version {version} was there before"
        return forwards, ""

    def _look(self, file: File) -> _Suspect:
        script = sql.split(file.text)
        earlier = [
            item.up for item in self.migrations if item.up and (item.version, file.direction) < (file.version, "up")
        ]

        def existed(name: str) -> bool:
            word = re.compile(rf"\b{re.escape(name)}\b", re.I)
            return any(word.search(one.text) for one in reversed(earlier))

        before = self.migrations.previous(file.version) if file.direction == "up" else file.version
        return _Suspect(file, before, script, tuple(collect(self.database, self.state.place, script, existed)))

    def _outcome(self, suspect: _Suspect, reason: Reason | None, invalid: tuple[InvalidIndex, ...]) -> tuple[str, str]:
        done, undone, old = (suspect.fates(fate) for fate in (Fate.DONE, Fate.UNDONE, Fate.BEFORE))
        before = f"; {_list(old)} was there before" if old else ""
        whole = is_atomic(suspect.script, self.connection)
        # What was made after the version was written down can't be from a run that was rolled back: a person may have finished by hand.
        finished = [f for f in done if f.effect.action == "create"] and not undone and not old
        if whole and reason and reason.is_servers and not finished:
            proof = "the file is one transaction, and PostgreSQL ended it with an error"
            return "rolled back", proof + (f"; {_list(undone)} {_is_not(undone)}" if undone else "") + before
        if whole:
            if sure := [f for f in undone if not f.effect.conditional or f.effect.action == "create"]:
                return "rolled back", f"the file is one transaction, and {_list(sure)} {_is_not(sure)}" + before
            if old:
                return "rolled back", f"the file is one transaction, and {_list(old)} was there before it ran"
            if done:
                return "applied", f"the file is one transaction, and {_list(done)} {_is_so(done)}"
            if kept := self._kept(suspect):
                return (
                    "rolled back",
                    f"the file is one transaction, and {_list(kept)}, which it should undo, is still there",
                )
            return "unknown", "the file is one transaction, but it makes nothing that could be looked for"
        quiet = [s for s in suspect.script.statements if not s.effects and not s.control and s.kind not in SILENT]
        if done and (undone or old):
            return (
                "part",
                f"{_list(done)} {_is_so(done)}, {_list(undone or old)} {_is_not(undone) if undone else 'was there before'}",
            )
        if invalid and not done:
            return "rolled back", "only an INVALID index is left"
        if (undone or old) and not quiet:
            return (
                "rolled back",
                f"the file is not one transaction, and nothing of it is left: {_list(undone or old)} {_is_not(undone)}{before}",
            )
        if done and not quiet:
            return "applied", f"{_list(done)} {_is_so(done)}"
        return "unknown", "the file is not one transaction, and it changes what can't be looked for: " + (
            f"line {quiet[0].line}, {quiet[0].kind}" if quiet else "nothing to look for"
        )

    def _kept(self, suspect: _Suspect) -> list[Finding]:
        """What the up file of a down file's version made, where all of it is there: then the version may be called applied."""
        item = self.migrations.get(suspect.file.version)
        if suspect.file.direction == "up" or item is None or item.up is None:
            return []
        made = self._look(item.up).findings
        return (
            list(made)
            if all(f.effect.action == "create" and f.fate in (Fate.BEFORE, Fate.UNCLEAR) for f in made)
            else []
        )

    def _invalid(self, suspect: _Suspect) -> tuple[InvalidIndex, ...]:
        names = {
            e.name for s in suspect.script.statements for e in s.effects if e.type == "index" and e.action == "create"
        }
        return tuple(i for i in self.state.invalid_indexes if i.name in names and not i.building)

    def _proposal(self, suspect: _Suspect, outcome: str, invalid: tuple[InvalidIndex, ...]) -> Proposal:
        if outcome == "running":
            return Proposal(Way.WAIT)
        if outcome == "applied":
            return Proposal(Way.FORCE, self.state.version)
        if outcome == "rolled back":
            names = tuple(str(Place(index.schema, index.name)) for index in invalid)
            return Proposal(Way.DROP_INDEX if names else Way.FORCE, suspect.before, names)
        flag = f" --env {self.env}" if self.env else ""
        done = suspect.fates(Fate.DONE)
        undo = f" ({_list(done)})" if done else ""
        left = f" ({_list(suspect.fates(Fate.UNDONE))})" if suspect.fates(Fate.UNDONE) else ""
        return Proposal(
            Way.BY_HAND,
            choices=(
                f"undo what it did{undo} in inv db.shell{flag}, then inv db.force --to {number(suspect.before)}{flag}",
                f"finish what is missing{left} in inv db.shell{flag}, then inv db.force --to {number(self.state.version)}{flag}",
            ),
        )

    def _without_file(self, running: tuple[Session, ...]) -> Diagnosis:
        flag = f" --env {self.env}" if self.env else ""
        return Diagnosis(
            version=self.state.version, file="", direction="", certain="", before=None, statements=(),
            message=self.reason.message if self.reason else "", outcome="running" if running else "unknown",
            proof=_says(running) if running else "without its file nobody can tell what it did", findings=(), running=running, invalid=(),
            proposal=Proposal(Way.WAIT) if running else Proposal(
                Way.BY_HAND,
                choices=(
                    f"check out the commit that has the file, then inv db.repair{flag}",
                    f"look at the tables in inv db.shell{flag}, then inv db.force --to VERSION{flag}",
                ),
            ),
            env=self.env,
        )  # fmt: skip


def is_atomic(script: sql.Script, connection: Connection) -> bool:
    """Whether a file happens as a whole or not at all: an implicit transaction, or one BEGIN ... COMMIT around all."""
    work = [s for s in script.statements if not s.control]
    if any(s.outside_transaction for s in work):
        return False
    controls = [s.control for s in script.statements if s.control]
    if controls == ["begin", "commit"]:
        return script.statements[0].control == "begin" and script.statements[-1].control == "commit"
    return not controls and (not is_multi_statement(connection) or len(work) == 1)


def is_multi_statement(connection: Connection) -> bool:
    """Whether golang-migrate is told to send each statement of a file by itself."""
    return connection.migrate.get("x-multi-statement") in ("1", "t", "T", "TRUE", "true", "True")


def _says(running: tuple[Session, ...]) -> str:
    return f"{running[0]} holds golang-migrate's lock"


def _list(findings: list[Finding]) -> str:
    names = [str(f.effect) for f in findings]
    return ", ".join(names[:MOST_SHOWN]) + (f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else "")


def _is_not(findings: list[Finding]) -> str:
    actions = {f.effect.action for f in findings}
    return (
        "is not there"
        if actions == {"create"}
        else "is still there"
        if actions == {"drop"}
        else "is not as the file makes it"
    )


def _is_so(findings: list[Finding]) -> str:
    actions = {f.effect.action for f in findings}
    return "is there" if actions == {"create"} else "is gone" if actions == {"drop"} else "is as the file makes it"
