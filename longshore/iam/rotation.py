"""The steps of iam.rotate-key beside the making of the new key: the old one is disabled once the new one works; a later call deletes it.

What a call is to do, and to which key, is settled when the plan is made and stands in the journal: a run that goes on replaces the same key.
"""

from __future__ import annotations

from dataclasses import replace

from longshore.aws.errors import short_key
from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.errors import Refused, UsageError
from longshore.iam.api import Iam
from longshore.iam.entities import AccessKey
from longshore.iam.make_key import MakeKey
from longshore.iam.saved import SavedProfile
from longshore.iam.settling import patiently, settle
from longshore.iam.user import TheUser
from longshore.steps.step import Context, Done, Status, Step, ToDo

DELETE, REPLACE = "delete", "replace"


class Rotation:
    """What this call is about: `delete ID` of a disabled key, else `replace ID` of an active one."""

    def __init__(self, iam: Iam, guard: IdentityGuard, user: TheUser, saved: SavedProfile) -> None:
        self.iam = iam
        self.user = user
        self.saved = saved
        self._guard = guard

    def decide(self, run: Context) -> tuple[str, str]:
        """DELETE or REPLACE, and the key's id. Raises UsageError where there is no key, Refused where it isn't clear which."""
        what, _, key = run.target("rotation", self._decide, relative=True).partition(" ")
        return what, key

    def _decide(self) -> str:
        name, profile = self.user.name_of, self.saved.profile
        keys = self.iam.keys(name)
        if not keys:
            raise UsageError(
                f"{name} has no access key, nothing was touched",
                do=f"inv iam.key --env {self.saved.environment.name} --user {name} --save-as {profile}",
            )
        found = self.saved.read()
        self.saved.refuse_another(found, self.user.found, keys)
        if disabled := next((key for key in keys if not key.active), None):
            return f"{DELETE} {disabled.id}"
        if len(keys) > 1:
            raise self._two_active(keys)
        return f"{REPLACE} {keys[0].id}"

    def key(self, run: Context, id: str) -> AccessKey | None:
        """The key as it is now; None when it is gone. Who asks may be the new key, which isn't known everywhere yet."""
        keys = patiently(run, "the key that acts", lambda: self.iam.keys(self.user.name_of))
        return next((key for key in keys if key.id == id), None)

    def act_as_the_new_key(self) -> None:
        """Who rotates their own key goes on with the new one: the old one is about to be disabled."""
        identity = self._guard.identity
        if identity is not None and identity.arn == self.user.found.arn:
            self.iam.session = open_session(replace(self.saved.environment, profile=self.saved.profile))

    def _two_active(self, keys: list[AccessKey]) -> Refused:
        name = self.user.name_of
        told = [f"{key.short} ({self.iam.last_use(key).words})" for key in keys]
        return Refused(
            f"{name} has two active keys, nothing was touched",
            why=f"a new one would be the third, which AWS doesn't allow: {', '.join(told)}",
            do=(
                f"disable the one that nobody needs: aws iam list-access-keys --user-name {name}",
                f"aws iam update-access-key --user-name {name} --status Inactive --access-key-id ID",
            ),
        )


class DeleteDisabled(Step):
    """The key that an earlier call disabled is gone."""

    name = "disabled-key"

    def __init__(self, rotation: Rotation) -> None:
        self.title = f"Disabled key of {rotation.user.name_of}"
        self._rotation = rotation

    def check(self, run: Context) -> Status:
        """Raises Refused for one that was enabled again since."""
        what, id = self._rotation.decide(run)
        if what != DELETE:
            return Done("there is none")
        key = self._rotation.key(run, id)
        if key is None:
            return Done(f"{short_key(id)} is deleted")
        if key.active:
            user, saved = self._rotation.user.name_of, self._rotation.saved
            raise Refused(
                f"{key.short} was enabled again, and is not deleted",
                do=f"inv iam.rotate-key --env {saved.environment.name} --user {user} --save-as {saved.profile}",
            )
        return ToDo(f"delete {key.short}: {self._rotation.iam.last_use(key).words}")

    def apply(self, run: Context) -> None:
        _, id = self._rotation.decide(run)
        self._rotation.iam.delete_key(self._rotation.user.name_of, id)
        settle(run, self.title, lambda: self._rotation.key(run, id) is None)


class Replacement(MakeKey):
    """The new key, where this call is to make one."""

    def __init__(self, rotation: Rotation) -> None:
        super().__init__(rotation.iam, rotation.user, rotation.saved)
        self._rotation = rotation

    def check(self, run: Context) -> Status:
        """Raises as MakeKey's does."""
        what, id = self._rotation.decide(run)
        if what == DELETE:
            return Done(f"not now: this call only deletes {short_key(id)}")
        return super().check(run)


class DisableOld(Step):
    """The old key is disabled, once the profile has been proven to work without it."""

    name = "old-key"

    def __init__(self, rotation: Rotation) -> None:
        self.title = f"Old key of {rotation.user.name_of}"
        self._rotation = rotation

    def check(self, run: Context) -> Status:
        what, id = self._rotation.decide(run)
        if what == DELETE:
            return Done("not now")
        key = self._rotation.key(run, id)
        if key is None:
            return Done(f"{short_key(id)} is gone")
        if not key.active:
            return Done(f"{key.short} is disabled: the same command deletes it, once nothing misses it")
        others = [
            f"profile {name} has it too, and will not work any more" for name in self._rotation.saved.others_with(id)
        ]
        return ToDo(f"disable {key.short}: {self._rotation.iam.last_use(key).words}", *others)

    def apply(self, run: Context) -> None:
        """Raises Failed where the profile does not work: the old key stays as it is then."""
        rotation = self._rotation
        _, id = rotation.decide(run)
        rotation.saved.prove_stored(run, rotation.user.found, other_than=id)
        rotation.act_as_the_new_key()
        patiently(run, "the new key", lambda: rotation.iam.disable_key(rotation.user.name_of, id))
        settle(run, self.title, lambda: (key := rotation.key(run, id)) is None or not key.active)
