"""The step that judges the pending migrations, before anything is built or changed."""

from __future__ import annotations

from longshore.answers import Answer
from longshore.database.diagnosis.diagnose import is_multi_statement
from longshore.database.files.lint import lint
from longshore.database.sight import Sight
from longshore.errors import UsageError
from longshore.steps.step import Context, Done, Look, Status
from longshore.words import counted


class LintPending(Look):
    """What is pending has no error that `db.lint` finds. Its warnings, and what it says of files that are applied already, are told."""

    name = "lint"
    title = "Judge the pending migrations"

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._judged: dict[int | None, str] = {}

    def check(self, run: Context) -> Status:
        """Raises UsageError for an error."""
        seen = self._sight.seen
        pending = self._sight.migrations.pending(seen.version)
        if not pending:
            return Done("nothing is pending")
        if seen.version not in self._judged:
            multi = is_multi_statement(self._sight.reach.connection)
            answer = lint(self._sight.migrations, seen.version, seen.history, multi_statement=multi)
            self._judged[seen.version] = self._judge(answer, run)
        return Done(self._judged[seen.version])

    def _judge(self, answer: Answer, run: Context) -> str:
        env, judged = self._sight.environment.name, answer.data["files"]
        errors = [one for one in answer.data["problems"] if one["level"] == "error"]
        ours = [one for one in errors if one["file"] in judged or not one["file"]]
        if ours:
            first = ours[0]
            where = f"{first['file']}:{first['line']}" if first["line"] else first["file"]
            more = f" (and {len(ours) - 1} more)" if len(ours) > 1 else ""
            raise UsageError(
                "a pending migration has an error, nothing was done",
                on=where or str(self._sight.migrations.path),
                why=first["text"] + more,
                do=(first["help"], f"inv db.lint --env {env}"),
            )
        for one in errors:
            run.report.warn(one["text"])
        told = len(answer.data["problems"]) - len(errors)
        return f"{counted(len(judged), 'file')}, {counted(told, 'warning')}" + (
            f": inv db.lint --env {env}" if told else ""
        )
