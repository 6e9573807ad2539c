"""The step that writes values into the secret."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.secrets import dialects
from longshore.secrets.dialects.dialect import CannotCarry, colliding
from longshore.secrets.known import know_values
from longshore.secrets.secret import Secret, refuse_bad_keys
from longshore.secrets.store import Absent, Overtaken, Store
from longshore.steps.step import Context, Done, Status, Step, ToDo


class WriteSecret(Step):
    """Adds and changes keys of the secret; the others stay.

    It starts from the version that the plan was made with: when another one is current by the time it acts, it refuses.
    """

    name = "write-secret"

    def __init__(self, environment: Environment, store: Store, values: Mapping[str, str]) -> None:
        know_values(values)
        refuse_bad_keys(values, store.where)
        self.title = f"Write {store.where}"
        self._environment = environment
        self._store = store
        self._values = dict(values)
        self._base: Secret | None = None
        self._seen = False

    def check(self, run: Context) -> Status:
        """Raises as Store.read does, Overtaken, and UsageError for keys that differ only in case from others."""
        current = self._read()
        stored = current.values if current else {}
        changes = _changes(stored, self._values)
        if current and not changes:
            given = f"{len(self._values)} key{'' if len(self._values) == 1 else 's'} as given"
            return Done(f"{given}, {len(stored)} in all, version {current.version[:8]}")
        if not self._seen:
            self._base, self._seen = current, True
            self._refuse_or_warn(run, {**stored, **self._values})
            self._store.refuse_unfit({**stored, **self._values})
        elif current and (self._base is None or current.version != self._base.version):
            raise Overtaken(self._store.where, self._base, current)
        return ToDo(*([] if current else [f"create {self._store.where}"]), *changes)

    def apply(self, run: Context) -> None:
        before = self._base.values if self._base else {}
        self._base = self._store.write({**before, **self._values}, self._base)

    def _read(self) -> Secret | None:
        try:
            return self._store.read()
        except Absent:
            return None

    def _refuse_or_warn(self, run: Context, merged: Mapping[str, str]) -> None:
        if same := [key for key in colliding(merged) if key.lower() in {name.lower() for name in self._values}]:
            raise UsageError("keys that differ only in case", on=", ".join(same), why="viper takes them for one key")
        if dialect := dialects.written().get(self._environment.app_env_dialect):
            for key, value in self._values.items():
                if dialect.assignment(key, value) is None:
                    run.report.warn(
                        f"{key}: {CannotCarry(dialect.name, [key], '').what}, so secrets.pull will refuse it"
                    )


def _changes(stored: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    return [
        *(f"add {key}" for key in sorted(wanted) if key not in stored),
        *(f"change {key}" for key in sorted(wanted) if key in stored and stored[key] != wanted[key]),
    ]
