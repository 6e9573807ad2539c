"""db.repair: explain a dirty version, propose, and act on the proposal once it is confirmed."""

from __future__ import annotations

from longshore.database.connection.connect import connect
from longshore.database.diagnosis.diagnose import Diagnosis, diagnose
from longshore.database.diagnosis.proposal import Way
from longshore.database.force import Force
from longshore.database.move import COMPLAINT
from longshore.database.reach import Reach
from longshore.database.sight import Sight
from longshore.database.table import Place
from longshore.database.version import number, shown
from longshore.database.wishes import as_it_is
from longshore.environments.environment import Environment
from longshore.errors import Refused
from longshore.steps import journal
from longshore.steps.run import RUNS
from longshore.steps.step import Context, Done, Look, Status, Step, ToDo, Unknown


def repair(environment: Environment) -> list[Step]:
    """Look, explain, drop what a failed CREATE INDEX CONCURRENTLY left, set the version."""
    reach = Reach(environment)
    sight = Sight(reach, as_it_is, even_dirty=True)
    explain = Explain(sight)
    return [*reach.steps, sight, explain, DropInvalid(explain), SetVersion(explain)]


class Explain(Look):
    """Tells which file, which statement, and what PostgreSQL kept. `target` is the version to set; None: there is nothing to repair."""

    name = "diagnosis"
    title = "Diagnosis"

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.diagnosis: Diagnosis | None = None
        self.target: int | None = None

    def check(self, run: Context) -> Status:
        seen, environment = self.sight.seen, self.sight.environment
        if not seen.dirty:
            return Done(f"version {shown(seen.version)} is clean: nothing to repair")
        told = self.diagnosis is not None
        self.diagnosis = diagnose(
            self.sight.reach.connection,
            seen,
            self.sight.migrations,
            self._complaint(),
            environment.db_ca_file,
            env=environment.name,
        )
        if not told:
            for line in self.diagnosis.lines():
                run.report.note(line)
        proposal = self.diagnosis.proposal
        if proposal.can_act:
            self.target = self._absolute(run, number(proposal.version))
        elif run.acts:
            raise self._refusal(self.diagnosis)
        return Done(f"{self.diagnosis.file}: {self.diagnosis.outcome}", self.diagnosis.json())

    def _absolute(self, run: Context, proposed: int) -> int:
        # Not relative: what a run that did not finish was to set is wrong for a database that is dirty for another reason now.
        target = run.target("version", lambda: proposed)
        if target != proposed:
            raise Refused(
                f"this run was to set version {shown(target)}, and now it would be {shown(proposed)}: nothing was done",
                on=self.sight.reach.connection.address,
                why="the database is dirty for another reason than when the run began",
                do=f"inv db.repair --env {self.sight.environment.name}",
            )
        return target

    def _refusal(self, diagnosis: Diagnosis) -> Refused:
        if diagnosis.proposal.way is Way.WAIT:
            return Refused(
                "somebody still works on it",
                on=str(diagnosis.running[0]),
                do=f"wait, then inv db.repair --env {self.sight.environment.name}",
            )
        return Refused(
            f"version {shown(diagnosis.version)} can't be repaired without a decision of yours",
            on=diagnosis.file,
            why=diagnosis.proof,
            do=diagnosis.proposal.choices,
        )

    def _complaint(self) -> str | None:
        """What golang-migrate said when it failed, from the newest journal that has it; the diagnosis checks that it is from this file."""
        environment = self.sight.environment
        for record in journal.all_runs(environment.state / RUNS):
            if record.environment == environment.name and COMPLAINT in record.notes:
                return record.notes[COMPLAINT]
        return None


class SetVersion(Force):
    """Set the version that the diagnosis proposes; where it proposes none, that is a person's to decide."""

    def __init__(self, explain: Explain) -> None:
        super().__init__(explain.sight, lambda: explain.target)
        self._explain = explain

    def check(self, run: Context) -> Status:
        diagnosis = self._explain.diagnosis
        if diagnosis is not None and not diagnosis.proposal.can_act:
            return Unknown(f"the proposal is: {diagnosis.proposal.way.value}")
        return super().check(run)


class DropInvalid(Step):
    """Drop the INVALID indexes that a failed CREATE INDEX CONCURRENTLY left: they cost writes and serve no query."""

    name = "indexes"
    title = "Drop INVALID indexes"

    def __init__(self, explain: Explain) -> None:
        self.explain = explain

    def _left(self) -> list[str]:
        if self.explain.diagnosis is None:
            return []
        invalid = {str(Place(index.schema, index.name)) for index in self.explain.sight.seen.invalid_indexes}
        return [name for name in self.explain.diagnosis.proposal.indexes if name in invalid]

    def check(self, run: Context) -> Status:
        left = self._left()
        return ToDo(*(f"DROP INDEX CONCURRENTLY {name}" for name in left)) if left else Done("none")

    def apply(self, run: Context) -> None:
        sight = self.explain.sight
        settings = {"lock_timeout": "10s"}
        with connect(
            sight.reach.connection,
            sight.environment.db_ca_file,
            read_only=False,
            settings=settings,
            env=sight.environment.name,
        ) as database:
            for name in self._left():
                run.report.progress(f"dropping {name}")
                database.execute(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {name}".encode()
                )  # quoted by Place, from the catalogue
        sight.look_again()
