"""db.lint for an environment: its files, held against what its database has applied."""

from __future__ import annotations

from longshore.answers import Answer
from longshore.database.diagnosis.diagnose import is_multi_statement
from longshore.database.files.folder import read_folder
from longshore.database.files.lint import lint as lint_files
from longshore.database.history import History
from longshore.database.reach import Reach
from longshore.database.sight import folder
from longshore.database.state import read_state
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError
from longshore.steps.looking import look
from longshore.steps.report import Reporter


def lint(environment: Environment, report: Reporter) -> Answer:
    """Where the database can't be reached the files are judged alone, and that is said."""
    migrations = read_folder(folder(environment))
    version: int | None = None
    history = History()
    multi = False
    try:
        reach = Reach(environment)
        look(reach.steps, report)
        seen = read_state(reach.connection, environment.db_ca_file, env=environment.name)
        version, history = seen.version, seen.history
        multi = is_multi_statement(reach.connection)
    except LongshoreError as error:
        report.warn(f"not held against the database of {environment.name}: {error.what}")
    return lint_files(migrations, version, history, multi_statement=multi)
