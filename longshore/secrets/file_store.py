"""A developer's own dotenv file as the store of an environment: `file:app.env`.

The values are those that the application reads from it. A change keeps the other lines, comments among them.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.secrets import app_env, dialects, dotenv_file, ignored
from longshore.secrets.dialects.dialect import CannotCarry
from longshore.secrets.known import know_values
from longshore.secrets.secret import Secret, refuse_bad_keys
from longshore.secrets.store import Absent, Overtaken


class FileStore:
    """The store `file:PATH`, relative to the project's folder."""

    def __init__(self, path: str, environment: Environment) -> None:
        self.where = f"file:{path}"
        self.path = environment.root / Path(path).expanduser()
        self._environment = environment
        self._dialect = dialects.find(environment.app_env_dialect)

    def read(self) -> Secret:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            raise Absent(self.where, self._environment.name, f"there is no {self.path}") from None
        values = self._dialect.parse(dotenv_file.read_text(self.path))
        know_values(values)
        refuse_bad_keys(values, self.where)
        return Secret(self.where, values, _version(status), datetime.fromtimestamp(status.st_mtime, UTC))

    def refuse_unfit(self, values: Mapping[str, str]) -> None:
        refuse_bad_keys(values, self.where)
        ignored.refuse_if_committed(app_env.place(self.path))
        self._edited(values)

    def write(self, values: Mapping[str, str], base: Secret | None, version: str = "") -> Secret:
        know_values(values)
        self.refuse_unfit(values)
        text = self._edited(values)
        if self.path.exists():
            current = self.read()
            if base is None or current.version != base.version:
                raise Overtaken(self.where, base, current)
        app_env.replace(self.path, text)
        return self.read()

    def _edited(self, values: Mapping[str, str]) -> str:
        """The file's text with these values: a line that already gives the right one stays as it is."""
        from dotenv.parser import parse_stream

        old = dotenv_file.read_text(self.path) if self.path.exists() and self.path.stat().st_size else ""
        before = self._dialect.parse(old)
        left = dict(values)
        lines: list[str] = []
        met: set[str] = set()
        for binding in parse_stream(io.StringIO(old)):
            key = binding.key
            met.add(key or "")
            if binding.error or key is None or (key in left and before.get(key) == left[key]):
                lines.append(binding.original.string)
                left.pop(key or "", None)
            elif key in left:
                lines.append(self._assignment(key, left.pop(key)))
        left = {key: value for key, value in left.items() if key in met or before.get(key) != value}
        if left and lines and not lines[-1].endswith("\n"):
            lines.append("\n")
        text = "".join([*lines, *(self._assignment(key, value) for key, value in left.items())])
        # The line of a key that was not met would stay, and with it the old value.
        stale = any(key not in met and value != values.get(key) for key, value in before.items())
        if stale or self._dialect.parse(text) != dict(values):
            raise Failed(
                "can't change this file and keep its other lines, nothing was written",
                on=self.where,
                why=f"{self._dialect.name} would not read exactly the values that are meant",
                do="change it in an editor",
            )
        return text

    def _assignment(self, key: str, value: str) -> str:
        line = self._dialect.assignment(key, value)
        if line is None:
            raise CannotCarry(self._dialect.name, [key], "no way of quoting brings this value back exact")
        return line


def _version(status: os.stat_result) -> str:
    return f"{status.st_mtime_ns:x}-{status.st_ino:x}-{status.st_size:x}"
