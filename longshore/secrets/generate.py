"""The step that gives a key a random value, once: also when it is killed half-way and run again.

What stands in the journal is not the value but the id of the version that is to hold it. The value is in that version before anybody is given it,
so a second run finds it there, and puts that same one in force instead of another.
"""

from __future__ import annotations

import uuid

from longshore.environments.environment import Environment
from longshore.errors import Refused
from longshore.secrets.known import know_values
from longshore.secrets.push import WriteSecret
from longshore.secrets.random_key import WEAK, Recipe
from longshore.secrets.secret import Secret
from longshore.secrets.secrets_manager import CURRENT, LABEL, PREVIOUS, SecretsManager
from longshore.secrets.store import Absent, Store
from longshore.secrets.wish import Wish
from longshore.steps.step import Context, Done, Status, Step, ToDo


class GenerateKey(Step):
    """Puts a random value under a key. One that it has is replaced only with `replace`."""

    name = "generate"

    def __init__(self, environment: Environment, store: Store, key: str, recipe: Recipe, *, replace: bool) -> None:
        self.title = f"Generate {key} in {store.where}"
        self._environment = environment
        self._store = store
        self._key = key
        self._recipe = recipe
        self._replace = replace
        self._write: WriteSecret | None = None

    def check(self, run: Context) -> Status:
        """Raises as Store.read does; Refused for a key that has a value, without `replace`; Overtaken."""
        if self._write is None:
            planned = self._begin(run)
            if isinstance(planned, Done):
                return planned
            self._write = planned
            if self._recipe.bits < WEAK:
                run.report.warn(
                    f"{self._key} will have {self._recipe.bits} bits of randomness: {WEAK} and more are safe"
                )
        status = self._write.check(run)
        if isinstance(status, ToDo):
            *before, change = status.changes
            return ToDo(*before, f"{change}: {self._recipe.described}")
        return Done(f"{self._key} is generated: {self._recipe.described}")

    def apply(self, run: Context) -> None:
        assert self._write is not None, "a step acts before it was looked at"
        self._write.apply(run)

    def _begin(self, run: Context) -> WriteSecret | Done:
        fresh = False

        def compute() -> str:
            nonlocal fresh
            fresh = True
            return str(uuid.uuid4())

        version = run.target("version", compute, relative=True)
        current = self._current()
        has = bool(current and current.values.get(self._key))
        made = self._store.read_version(version) if isinstance(self._store, SecretsManager) and not fresh else None
        if made is not None and current is not None:
            if done := self._in_force(made, current):
                return done
        elif has and not fresh and not self._replace:
            # A file: there was no value when the run began.
            return Done(f"{self._key} has a value, which this run gave it")
        if has and not self._replace:
            raise self._has_a_value()
        value = made.values[self._key] if made is not None else self._recipe.value()
        know_values({self._key: value})
        wish = Wish({self._key: value})
        return WriteSecret(self._environment, self._store, wish, version="" if made is not None else version)

    def _in_force(self, made: Secret, current: Secret) -> Done | None:
        """Whether the value that this run made was in force already. None: it was not, and may still be put in force."""
        if current.version == made.version or current.values.get(self._key) == made.values[self._key]:
            return Done(f"{self._key} is generated: {self._recipe.described}")
        assert isinstance(self._store, SecretsManager)
        stages = next((one.stages for one in self._store.versions() if one.id == made.version), ())
        if PREVIOUS in stages or CURRENT in stages:
            return Done(f"{self._key} was generated in version {made.version[:8]}, and has been changed since")
        if current.values.get(self._key) and not any(stage.startswith(LABEL) for stage in stages):
            raise Refused(
                f"whether {self._key} was generated can't be told any more, nothing was written",
                on=self._store.where,
                why=f"this run was ended in the middle, and others wrote the secret since: {made.version[:8]} may have been in force",
                do=(
                    f"inv secrets.history --env {self._environment.name}",
                    f"inv secrets.set --env {self._environment.name} --key {self._key}",
                ),
            )
        return None

    def _current(self) -> Secret | None:
        try:
            return self._store.read()
        except Absent:
            return None

    def _has_a_value(self) -> Refused:
        name = self._environment.name
        return Refused(
            f"{self._key} has a value, nothing was written",
            on=self._store.where,
            why="what was encrypted or signed with it can't be read or checked with another one",
            do=f"inv secrets.generate --env {name} --key {self._key} --bytes {self._recipe.bytes} --replace",
        )
