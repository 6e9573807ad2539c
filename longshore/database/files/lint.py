"""Judges migrations before they run: squawk's findings, the files' names and contents, and what golang-migrate would pass over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from longshore.answers import Answer, Table
from longshore.database.files.folder import File, Migrations, content_faults
from longshore.database.history import History
from longshore.database.sql import split as sql
from longshore.programs.squawk import Squawk
from longshore.words import counted

OURS = frozenset({"require-lock-timeout", "require-statement-timeout", "prefer-robust-stmts"})
"""squawk's rules that longshore's way of running meets: the session has a lock_timeout, and a plain file is one transaction."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, where. `line` 0: the file as a whole; `file` empty: the folder."""

    level: str
    """`error` or `warning`."""
    file: str
    line: int
    rule: str
    text: str
    help: str = ""


def lint(migrations: Migrations, version: int | None, history: History, *, multi_statement: bool = False) -> Answer:
    """Judge the files that are pending at `version` (all, where it is None), and hold the applied ones against the history.

    `multi_statement`: the URL has x-multi-statement, so a file is no transaction. `ok` is false when there is an error, not for warnings.

    Raises ProgramMissing, Failed (squawk), UsageError (a file can't be read).
    """
    pending = migrations.pending(version)
    ups = [item.up for item in pending if item.up]
    files = [file for item in pending for file in (item.up, item.down) if file]
    scripts = {file.name: sql.split(file.text) for file in files}
    problems = [
        *(
            Problem(fault.level, fault.files[-1] if fault.files else "", 0, fault.kind, fault.text, fault.do)
            for fault in migrations.faults
        ),
        *(Problem(fault.level, fault.files[0], 0, fault.kind, fault.text, fault.do) for fault in content_faults(files)),
        *against_history(migrations, version, history),
        *(problem for file in files for problem in in_script(file.name, scripts[file.name], multi_statement)),
        *_squawk(migrations, ups, scripts, multi_statement),
    ]
    problems.sort(key=lambda problem: (problem.level != "error", problem.file, problem.line, problem.rule))
    errors = [problem for problem in problems if problem.level == "error"]
    rows = [
        (p.level, f"{p.file}:{p.line}" if p.line else p.file, p.rule, p.text + (f" ({p.help})" if p.help else ""))
        for p in problems
    ]
    what = "all files" if version is None else f"what is pending at version {version}"
    return Answer(
        data={
            "version": version,
            "files": [file.name for file in files],
            "problems": [asdict(problem) for problem in problems],
        },
        tables=[Table(("level", "where", "rule", "what"), rows, empty="nothing found")],
        notes=[
            f"{counted(len(files), 'file')} judged ({what}): {counted(len(errors), 'error')}, {counted(len(problems) - len(errors), 'warning')}"
        ],
        ok=not errors,
        faults=[f"{p.file}:{p.line}: {p.text}" if p.line else p.text for p in errors],
    )


def against_history(migrations: Migrations, version: int | None, history: History) -> Iterator[Problem]:
    """What the database's history tells about files: changed, gone, or with a number that golang-migrate passes over."""
    applied = history.applied()
    if version is not None and migrations.get(version) is None:
        text = f"the database is at version {version}, which no file has: golang-migrate stops there"
        yield Problem("error", "", 0, "unknown-version", text, "check out the commit that has it")
    for number, record in applied.items():
        item = migrations.get(number)
        if item is None or item.up is None:
            if number != version:
                yield Problem(
                    "warning",
                    record.name,
                    0,
                    "gone",
                    f"{record.name} was applied and is no longer there: it can't be rolled back",
                )
        elif record.sha256 != item.up.sha256:
            text = (
                f"{item.up.name} was changed after it was applied on {record.applied_at:%Y-%m-%d} by {record.by_whom}"
            )
            yield Problem(
                "error", item.up.name, 0, "changed", text, "restore it, and put the change into a new migration"
            )
    if version is None or not applied:
        return
    # Before the first record nobody knows what was applied.
    first = min(applied)
    for item in migrations:
        if first < item.version < version and item.version not in applied and item.up:
            text = f"{item.up.name} is lower than the database's version {version} and was never applied: golang-migrate skips it in silence"
            yield Problem(
                "error", item.up.name, 0, "skipped", text, f"renumber it above {max(version, migrations.last or 0)}"
            )


def in_script(name: str, script: sql.Script, multi_statement: bool) -> Iterator[Problem]:
    """What golang-migrate's way of running a file (one query, an implicit transaction) makes of its statements."""
    if script.error:
        yield Problem("error", name, script.error_line, "unterminated", f"{script.error}: PostgreSQL refuses the file")
    committed = inside = False
    new_values: dict[str, sql.Statement] = {}
    for statement in script.statements:
        if statement.psql_only:
            text = f"{statement.title}: only psql can run this, golang-migrate can't"
            yield Problem("error", name, statement.line, "psql-only", text)
        if statement.outside_transaction and not multi_statement and len(script.statements) > 1:
            text = f"{statement.kind} can't run beside other statements: PostgreSQL refuses it in the file's implicit transaction"
            yield Problem("error", name, statement.line, "not-alone", text, "put it into a migration of its own")
        if committed and not inside and not statement.control:
            text = "runs after a COMMIT: where it fails, what was committed stays, and the version is dirty"
            yield Problem(
                "warning", name, statement.line, "after-commit", text, "leave BEGIN and COMMIT out, or split the file"
            )
            committed = False
        inside = statement.control == "begin" or (inside and statement.control == "")
        committed = committed or statement.control == "commit"
        if statement.control == "commit":
            new_values.clear()
        for value in sorted(new_values.keys() & statement.names):
            text = f"uses the enum value {value}, which line {new_values[value].line} adds: PostgreSQL refuses that in one transaction"
            yield Problem("warning", name, statement.line, "new-enum-value", text, "use it in the next migration")
        if statement.adds_enum_value and not multi_statement:
            new_values |= {effect.name: statement for effect in statement.effects if effect.action == "create"}


def _squawk(
    migrations: Migrations, ups: Sequence[File], scripts: dict[str, sql.Script], multi_statement: bool
) -> Iterator[Problem]:
    """squawk's findings; a file whose only statement can't run in a transaction is in none."""
    alone = [
        file.name
        for file in ups
        if multi_statement or any(s.outside_transaction for s in scripts[file.name].statements)
    ]
    together = [file.name for file in ups if file.name not in set(alone)]
    squawk = Squawk.installed(migrations.path)
    for names, in_transaction in ((together, True), (alone, False)):
        for found in squawk.check(names, in_transaction=in_transaction) if names else ():
            if found.rule not in OURS:
                yield Problem(found.level, found.file, found.line, found.rule, found.text, found.help)
