"""The step that writes values into the secret, or takes keys out of it."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.environments.environment import Environment
from longshore.errors import UsageError, nearest
from longshore.secrets import dialects
from longshore.secrets.dialects.dialect import CannotCarry, colliding
from longshore.secrets.known import know_values
from longshore.secrets.secret import Secret, refuse_bad_keys
from longshore.secrets.store import Absent, Overtaken, Store
from longshore.secrets.wish import Wish, changes
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted


class WriteSecret(Step):
    """Makes the secret what a wish says; keys that it doesn't speak of stay.

    It starts from the version that the plan was made with: when another one is current by the time it acts, it refuses. `version` is the id that
    the new version gets where the store has such ids.
    """

    name = "write-secret"

    def __init__(self, environment: Environment, store: Store, wish: Wish, *, version: str = "") -> None:
        know_values(wish.values)
        refuse_bad_keys(wish.values, store.where)
        self.title = f"Write {store.where}"
        self._environment = environment
        self._store = store
        self._wish = wish
        self._version = version
        self._base: Secret | None = None
        self._seen = False

    def check(self, run: Context) -> Status:
        """Raises as Store.read does, Overtaken, and UsageError for keys that viper, where it is the reader, takes for one."""
        current = self._read()
        stored = current.values if current else {}
        wanted = self._wish.applied(stored)
        to_do = changes(stored, wanted)
        if current and not to_do:
            return Done(f"{self._found(stored)}, {len(stored)} in all, version {current.version[:8]}")
        if not self._seen:
            self._base, self._seen = current, True
            self._refuse_or_warn(run, wanted)
            self._store.refuse_unfit(wanted)
        elif current and (self._base is None or current.version != self._base.version):
            raise Overtaken(self._store.where, self._base, current)
        return ToDo(*([] if current else [f"create {self._store.where}"]), *to_do)

    def apply(self, run: Context) -> None:
        before = self._base.values if self._base else {}
        self._base = self._store.write(self._wish.applied(before), self._base, self._version)

    def _read(self) -> Secret | None:
        try:
            return self._store.read()
        except Absent:
            if not self._wish.values:
                raise
            return None

    def _found(self, stored: Mapping[str, str]) -> str:
        if self._wish.without:
            gone = (f"{key} is not there{nearest(key, list(stored))}" for key in sorted(self._wish.without))
            return ", ".join(gone)
        return f"{counted(len(self._wish.values), 'key')} as given"

    def _refuse_or_warn(self, run: Context, wanted: Mapping[str, str]) -> None:
        given = {name.lower() for name in self._wish.values}
        same = [key for key in colliding(wanted) if key.lower() in given]
        if same and self._environment.app_env_dialect == "viper":
            raise UsageError("keys that differ only in case", on=", ".join(same), why="viper takes them for one key")
        if dialect := dialects.written().get(self._environment.app_env_dialect):
            for key, value in self._wish.values.items():
                if dialect.assignment(key, value) is None:
                    run.report.warn(
                        f"{key}: {CannotCarry(dialect.name, [key], '').what}, so secrets.pull will refuse it"
                    )
