"""The step that makes an access key for a user, proves it and keeps it as a profile: whole, or not at all.

AWS tells a key's secret once, in the answer to the call that makes it. A run that is ended between that answer and the writing of the file leaves
a key that nobody has. The journal has the keys that were there before and the one that was made, so the run that goes on finds it and deletes it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from longshore.aws.errors import short_key
from longshore.errors import LongshoreError, Refused
from longshore.iam.api import Iam
from longshore.iam.entities import AccessKey
from longshore.iam.saved import SavedProfile
from longshore.iam.settling import settle
from longshore.iam.user import TheUser
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

MOST_KEYS = 2
"""Access keys that a user can have (IAM User Guide, quotas)."""
BEGUN = timedelta(minutes=2)
ENDED = timedelta(minutes=30)
"""How long before (our clock and AWS's differ) and after its beginning a run is taken for the maker of a key whose id it could not write down."""


class MakeKey(Step):
    """A key that was not there when the run began, in the profile. `replaces` may be in the profile now."""

    name = "key"

    def __init__(self, iam: Iam, user: TheUser, saved: SavedProfile) -> None:
        self.title = f"Key of {user.name_of} in {saved.where}"
        self._iam = iam
        self._user = user
        self._saved = saved
        self._lost: tuple[AccessKey, ...] | None = None

    def check(self, run: Context) -> Status:
        """Raises Refused for a profile of somebody else, and where there are two keys already."""
        keys = self._iam.keys(self._user.name_of)
        resumed = True

        def compute() -> str:
            nonlocal resumed
            resumed = False
            return " ".join(key.id for key in keys)

        before = run.target("keys-before", compute, relative=True).split()
        found = self._saved.read()
        present = self._saved.key_id(found)
        new = [key for key in keys if key.id not in before]
        if made := next((key for key in new if key.active and key.id == present), None):
            return Done(f"{made.short}, proven by STS")
        self._saved.refuse_another(found, self._user.found, keys)
        if self._lost is None:
            # Only what was lost before this process began: a key that appears now is somebody else's.
            self._lost = tuple(key for key in new if self._is_lost(run, key)) if resumed else ()
        return self._to_do(run, keys, present)

    def _to_do(self, run: Context, keys: list[AccessKey], present: str) -> Status:
        lost = [key for key in keys if key in (self._lost or ())]
        if len(keys) - len(lost) >= MOST_KEYS:
            raise self._two_keys(keys)
        instead = f" instead of {short_key(present)}" if present else ""
        return ToDo(
            *(f"delete {key.short}: this run made it and was cut off, nobody has its secret" for key in lost),
            f"make a key, prove it by STS, and keep it as {self._saved.where}{instead}",
        )

    def apply(self, run: Context) -> None:
        user = self._user.found
        for key in self._lost or ():
            self._iam.delete_key(user.name, key.id)
        key, secret = self._iam.create_key(user.name)
        run.target(_made(key), lambda: True, relative=True)
        try:
            self._saved.prove(run, key, secret, user)
            self._saved.store(run, key, secret)
        except BaseException:
            # Nobody would have it. An interruption counts as a failure, too.
            if not self._saved.holds(key):
                with suppress(LongshoreError):
                    self._iam.delete_key(user.name, key.id)
            raise
        settle(run, self.title, lambda: any(listed.id == key.id for listed in self._iam.keys(user.name)))

    def _is_lost(self, run: Context, key: AccessKey) -> bool:
        """Whether the run that this one goes on with made the key, and did not keep it."""
        if self._saved.others_with(key.id) or self._saved.holds(key):
            return False
        if run.target(_made(key), lambda: False, relative=True):
            return True
        # Ended before the journal had its id: nobody can have used it.
        began = datetime.strptime(run.id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        return -BEGUN < key.created - began < ENDED and self._iam.last_use(key).at is None

    def _two_keys(self, keys: list[AccessKey]) -> Refused:
        name = self._user.name_of
        told = [
            f"{key.short} ({'active' if key.active else 'disabled'}, {self._iam.last_use(key).words})" for key in keys
        ]
        return Refused(
            f"{name} has {counted(len(keys), 'access key')} already, nothing was touched",
            why=f"AWS allows no third: {', '.join(told)}",
            do=(
                f"delete the one that nobody needs: aws iam list-access-keys --user-name {name}",
                f"aws iam delete-access-key --user-name {name} --access-key-id ID",
            ),
        )


def _made(key: AccessKey) -> str:
    return f"made-{key.id}"


class FirstKey(MakeKey):
    """For a profile that has no key of the user yet: one that has would lose it, and nobody would have it then."""

    def check(self, run: Context) -> Status:
        """Raises Refused also where the profile has a key of the user."""
        status = super().check(run)
        if isinstance(status, Done):
            return status
        present = self._saved.key_id(self._saved.read())
        if any(key.id == present and key.active for key in self._iam.keys(self._user.name_of)):
            name, profile = self._user.name_of, self._saved.profile
            raise Refused(
                f"profile {profile} has a key of {name} already, nothing was touched",
                on=short_key(present),
                why="it would be lost: active, and in no file",
                do=f"inv iam.rotate-key --env {self._saved.environment.name} --user {name} --save-as {profile}",
            )
        return status
