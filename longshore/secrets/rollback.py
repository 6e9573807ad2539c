"""The step that makes an older version of the secret current again."""

from __future__ import annotations

from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError, nearest
from longshore.secrets.secret import Secret
from longshore.secrets.secrets_manager import PREVIOUS, SecretsManager
from longshore.secrets.store import Overtaken
from longshore.secrets.wish import changes
from longshore.steps.step import Context, Done, Status, Step, ToDo


class MakeCurrent(Step):
    """Moves AWSCURRENT to the version whose id begins with `version`; an empty one means the version before the current one (AWSPREVIOUS).

    Which one that is, is settled when the plan is made: it stands in the journal, and a second run doesn't go back a second time.
    """

    name = "rollback"

    def __init__(self, environment: Environment, store: SecretsManager, version: str) -> None:
        self.title = f"Roll {store.where} back"
        self._environment = environment
        self._store = store
        self._version = version
        self._base: Secret | None = None

    def check(self, run: Context) -> Status:
        """Raises as Store.read does; UsageError for a version that isn't there; Overtaken."""
        current = self._store.read()
        target = run.target("version", self._find, relative=not self._version)
        if current.version == target:
            return Done(f"version {target[:8]} is current")
        began = run.target("from", lambda: current.version, relative=not self._version)
        if not self._version and current.version != began:
            raise Refused(
                "the secret has changed since this rollback was begun, nothing was touched",
                on=f"{self._store.where}: version {current.version[:8]}",
                why=f"it was to go from {began[:8]} to {target[:8]}, and that run did not finish",
                do=f"inv secrets.rollback --env {self._environment.name} --version VERSION (inv secrets.history has them)",
            )
        if self._base is None:
            self._base = current
        elif self._base.version != current.version:
            raise Overtaken(self._store.where, self._base, current)
        older = self._store.read_version(target)
        if older is None:
            raise self._gone(target)
        differs = changes(current.values, older.values)
        made = f", made {older.created.astimezone():%Y-%m-%d %H:%M:%S}" if older.created else ""
        return ToDo(
            f"make version {target[:8]}{made}, current in the place of {current.version[:8]}",
            *(differs or ["no key differs"]),
        )

    def apply(self, run: Context) -> None:
        assert self._base is not None, "a step acts before it was looked at"
        self._store.make_current(run.target("version", self._find), self._base)

    def _find(self) -> str:
        versions = self._store.versions()
        if not self._version:
            previous = [one.id for one in versions if PREVIOUS in one.stages]
            if previous:
                return previous[0]
            raise UsageError(
                "there is no version before this one",
                on=self._store.where,
                why=f"no version is {PREVIOUS}",
                do=f"inv secrets.history --env {self._environment.name}",
            )
        found = [one.id for one in versions if one.id.startswith(self._version)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(
                f"--version {self._version} is the beginning of {len(found)} versions",
                on=self._store.where,
                why=f"they are {', '.join(found)}",
            )
        raise self._gone(self._version, nearest(self._version, [one.id for one in versions]))

    def _gone(self, version: str, hint: str = "") -> UsageError:
        return UsageError(
            f"there is no version {version}",
            on=self._store.where,
            why=f"AWS keeps those with a staging label, and removes the others when it likes{hint}",
            do=f"inv secrets.history --env {self._environment.name}",
        )
