"""The step that writes app.env."""

from __future__ import annotations

from pathlib import Path

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.secrets import app_env, ignored
from longshore.secrets.dialects.dialect import CannotCarry, Dialect, heading
from longshore.secrets.file_store import FileStore
from longshore.secrets.read import ReadSecret
from longshore.secrets.store import is_in_aws, open_store
from longshore.steps.step import Context, Done, Status, Step, ToDo


class WriteAppEnv(Step):
    """Writes the secret that `secret` has read to `path`, as `dialect` reads it."""

    name = "app-env"

    def __init__(self, environment: Environment, secret: ReadSecret, path: Path, dialect: Dialect) -> None:
        self.title = f"Write {path.name} for {dialect.name}"
        self._environment = environment
        self._secret = secret
        self._path = path
        self._dialect = dialect

    def check(self, run: Context) -> Status:
        """Raises CannotCarry for values that the reader can't take; Refused where git would commit the file, or it is no plain file."""
        if self._is_the_store():
            return Done(f"{self._path} is where the secret is kept")
        text = self._text()
        target = app_env.place(self._path)
        ignored.refuse_if_committed(target)
        count = len(self._secret.secret.values)
        if app_env.is_current(target, text):
            return Done(f"{self._path}, {count} keys")
        return ToDo(
            f"{'replace' if target.exists() else 'write'} {self._path} ({count} keys, readable by its owner only)"
        )

    def apply(self, run: Context) -> None:
        app_env.replace(self._path, self._text())

    def _text(self) -> str:
        secret = self._secret.secret
        if not secret.values:
            raise UsageError(
                "the secret has no keys, nothing was written",
                on=secret.where,
                why=f"{self._dialect.name} would start without a setting, and without an error",
                do=f"inv secrets.push --env {self._environment.name} --file app.env",
            )
        try:
            return self._dialect.encode(secret.values, heading(self._dialect.name, secret.where))
        except CannotCarry as error:
            error.do = (f"inv secrets.set --env {self._environment.name} --key {error.keys[0]}",)
            raise

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
