"""`longshore init`: what another team's repository needs to say `inv db.migrate`; nothing that is there is overwritten."""

from __future__ import annotations

import os
import re
from pathlib import Path

from longshore.errors import Failed, UsageError
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

TASKS = """from longshore.tasks import ns  # noqa: F401  inv --list shows what it brings
"""

BASE = """# What all environments share. NAME.env overrides it, NAME.local.env (ignored by git) overrides that.
# No secret belongs here: those are in the store that SECRETS names. inv env.show tells where each value is from.
DEFAULT_ENV=sandbox
AWS_REGION={region}
APP={app}
APP_ENV_DIALECT=viper
MIGRATIONS={migrations}
DB_URL_KEY=DB_SOURCE
"""

DEV = """AWS_PROFILE=default
AWS_ACCOUNT_ID={account}
SECRETS=aws:{app}/dev
"""

PROD = """AWS_PROFILE=default
# Nothing is changed in another account than this one. inv aws.whoami --env prod shows the account of the profile.
AWS_ACCOUNT_ID={account}
SECRETS=aws:{app}/prod
# The RDS instance, for snapshots and inv db.provision.
DB_INSTANCE={app}-prod
PROTECTED=true
"""

SANDBOX = """# A rehearsal of prod on this machine: its account, names and protection; the sandbox's own profiles, endpoints and keys.
LIKE=prod
AWS_PROFILE=default
{account}"""

SANDBOX_ACCOUNT = """# Until env/prod.env names the real one.
AWS_ACCOUNT_ID=111122223333
"""

IGNORED_BY_GIT = (".longshore/", "env/*.local.env", "app.env", "*.dump")
IGNORED_BY_BUILDS = (".git", ".longshore", "env", "**/app.env", "**/*.dump")
MIGRATION_FOLDERS = (
    "db/migration",
    "db/migrations",
    "migrations",
    "migration",
    "sql/migrations",
    "internal/db/migrations",
)


class WriteFile(Step):
    """A file that is written when there is none of that name."""

    def __init__(self, root: Path, name: str, text: str) -> None:
        self.name = name
        self.title = name
        self._path = root / name
        self._text = text
        self._wrote = False

    def check(self, run: Context) -> Status:
        if os.path.lexists(self._path):
            return Done("written" if self._wrote else "is there, and stays as it is")
        return ToDo(f"write {counted(len(self._text.splitlines()), 'line')}")

    def apply(self, run: Context) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Exclusive: what came into being since the look stays as it is.
            with self._path.open("x", encoding="utf-8") as file:
                file.write(self._text)
        except OSError as error:
            raise Failed("can't write a file", on=str(self._path), why=str(error.strerror)) from None
        self._wrote = True


class AddLines(Step):
    """Lines that a file must have; those that it lacks are added at its end."""

    def __init__(self, root: Path, name: str, lines: tuple[str, ...]) -> None:
        self.name = name
        self.title = name
        self._path = root / name
        self._lines = lines

    def _missing(self) -> list[str]:
        try:
            present = {line.strip().strip("/") for line in self._path.read_text(encoding="utf-8").splitlines()}
        except FileNotFoundError:
            present = set()
        except (OSError, UnicodeDecodeError) as error:
            raise Failed("can't read a file", on=str(self._path), why=str(error)) from None
        return [line for line in self._lines if line.strip("/") not in present]

    def check(self, run: Context) -> Status:
        missing = self._missing()
        return ToDo(*(f"add {line}" for line in missing)) if missing else Done("has the lines")

    def apply(self, run: Context) -> None:
        try:
            text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
            glue = "" if not text or text.endswith("\n") else "\n"
            with self._path.open("a", encoding="utf-8") as file:
                file.write(glue + "".join(f"{line}\n" for line in self._missing()))
        except OSError as error:
            raise Failed("can't write a file", on=str(self._path), why=str(error.strerror)) from None


def init(root: Path, app: str, region: str, account: str) -> list[Step]:
    """The steps that make a folder a project of longshore. An empty `app` is taken from the folder's name."""
    app = (
        app or re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-").lstrip("0123456789-")[:40].rstrip("-") or "app"
    )
    for flag, name, text in (
        ("app", "APP", app),
        ("region", "AWS_REGION", region),
        ("account", "AWS_ACCOUNT_ID", account),
    ):
        _check(flag, name, text, root)
    values = {"app": app, "region": region, "account": account, "migrations": _migrations(root)}
    sandbox = SANDBOX.format(account="" if account else SANDBOX_ACCOUNT)
    return [
        WriteFile(root, "tasks.py", TASKS),
        WriteFile(root, "env/base.env", BASE.format(**values)),
        WriteFile(root, "env/dev.env", DEV.format(**values)),
        WriteFile(root, "env/prod.env", PROD.format(**values)),
        WriteFile(root, "env/sandbox.env", sandbox),
        AddLines(root, ".gitignore", IGNORED_BY_GIT),
        AddLines(root, ".dockerignore", IGNORED_BY_BUILDS),
    ]


def _check(flag: str, name: str, text: str, root: Path) -> None:
    """Raises UsageError for what the key can't hold: env.check would refuse the files that are written with it."""
    from longshore.environments.keys import KEYS, Malformed

    try:
        next(key for key in KEYS if key.name == name).read(text, root)
    except Malformed as expected:
        raise UsageError(f"--{flag} can't be {text!r}", on="init", why=f"expected {expected}") from None


def _migrations(root: Path) -> str:
    """The folder that holds golang-migrate files already, else the usual one."""
    found = (name for name in MIGRATION_FOLDERS if any((root / name).glob("*.up.sql")))
    return next(found, MIGRATION_FOLDERS[0])
