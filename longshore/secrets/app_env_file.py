"""app.env, or any other file of keys and values for one reader."""

from __future__ import annotations

from pathlib import Path

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.secrets import app_env, ignored
from longshore.secrets.dialects.dialect import Dialect, heading
from longshore.secrets.file_store import FileStore
from longshore.secrets.secret import Secret
from longshore.secrets.store import is_in_aws, open_store
from longshore.steps.step import Done, Status, ToDo
from longshore.words import counted

APP_ENV = "app.env"


class AppEnvFile:
    """A file that is replaced, whole or not at all: `out` (relative to the current folder), else app.env of the project."""

    def __init__(self, environment: Environment, dialect: Dialect, out: Path | None) -> None:
        self.dialect = dialect
        self._environment = environment
        self._path = Path.cwd() / out.expanduser() if out else environment.root / APP_ENV
        self.title = f"Write {self._path.name} for {dialect.name}"

    def look(self, secret: Secret) -> Status:
        """Raises CannotCarry; Refused where git would commit the file, or it is no plain file; UsageError where it is the secret itself."""
        if self._is_the_store():
            self._refuse_another_dialect()
            return Done(f"{self._path} is where the secret is kept")
        text = self._text(secret)
        target = app_env.place(self._path)
        ignored.refuse_if_committed(target)
        count = len(secret.values)
        if app_env.is_current(target, text):
            return Done(f"{self._path}, {counted(count, 'key')}")
        return ToDo(
            f"{'replace' if target.exists() else 'write'} {self._path} ({counted(count, 'key')}, readable by its owner only)"
        )

    def write(self, secret: Secret) -> None:
        app_env.replace(self._path, self._text(secret))

    def _text(self, secret: Secret) -> str:
        return self.dialect.encode(secret.values, heading(self.dialect.name, secret.where))

    def _is_the_store(self) -> bool:
        if is_in_aws(self._environment):
            return False
        store = open_store(self._environment, None)
        return (
            isinstance(store, FileStore)
            and self._path.exists()
            and store.path.exists()
            and store.path.samefile(self._path)
        )

    def _refuse_another_dialect(self) -> None:
        kept_for = self._environment.app_env_dialect
        if self.dialect.name != kept_for:
            raise UsageError(
                f"this file is the secret itself, kept for {kept_for}",
                on=str(self._path),
                why=f"written for {self.dialect.name} it would be another secret",
                do="write another file: --out PATH",
            )
