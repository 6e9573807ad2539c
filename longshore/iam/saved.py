"""The profile that a user's key is kept in, on this machine: its key id, whose it is, and the writing of a new one."""

from __future__ import annotations

import dataclasses

from longshore.aws.configure import ProveKey, Target, WriteProfile
from longshore.aws.errors import short_key
from longshore.aws.identity import whoami
from longshore.aws.new_key import NewKey
from longshore.aws.profile import KEY_ID, Catalogue
from longshore.environments.environment import Environment
from longshore.errors import Failed, LongshoreError, Refused, UsageError
from longshore.iam.entities import AccessKey, User
from longshore.iam.settling import patiently
from longshore.steps.step import Context


class SavedProfile:
    """`--save-as`, in the files of the environment (the sandbox has its own)."""

    def __init__(self, environment: Environment, profile: str) -> None:
        """Raises UsageError for a profile that can't have keys, or files that can't be read."""
        self.environment = environment
        self.profile = profile
        self._target = Target(environment, profile, NewKey("", ""))
        self._target.refuse_unfit("--save-as")

    @property
    def where(self) -> str:
        """As a plan names it."""
        from longshore.aws.config_files import shown

        return f"profile {self.profile} of {shown(self._target.files.credentials)}"

    def read(self) -> Catalogue:
        """The files as they are now. Raises UsageError when the AWS tools can't read them."""
        return self._target.read()

    def key_id(self, found: Catalogue) -> str:
        """The key id that the profile has; empty where it has none."""
        profile = found.profiles.get(self.profile)
        return profile.values.get(KEY_ID, "") if profile else ""

    def others_with(self, key: str) -> list[str]:
        """The other profiles that hold this key."""
        found = self.read().profiles.values()
        return [one.name for one in found if one.name != self.profile and one.values.get(KEY_ID) == key]

    def refuse_another(self, found: Catalogue, user: User, keys: list[AccessKey]) -> None:
        """Raise Refused where the profile is somebody else than this user. A key that AWS doesn't know (any more) is nobody's."""
        present = self.key_id(found)
        if not present or any(key.id == present for key in keys):
            return
        do = ("choose another name with --save-as", f"inv aws.profiles --env {self.environment.name}")
        try:
            now = whoami(self._target.session(found, self.profile))
        except Failed as error:
            raise Refused(
                f"profile {self.profile} has a key already, and whose it is can't be seen",
                on=short_key(present),
                why=error.why,
                do=do,
            ) from error
        except UsageError:
            return
        if now.arn == user.arn:
            # The user's all the same: IAM doesn't list it yet.
            return
        raise Refused(
            f"profile {self.profile} is somebody else, nothing was touched",
            on=f"{short_key(present)} of {now.arn}",
            why=f"the new key would be {user.arn}'s",
            do=do,
        )

    def prove(self, run: Context, key: AccessKey, secret: str, user: User) -> None:
        """Ask STS whose the key is. It may take some seconds until AWS knows it.

        Raises Failed where it isn't this user's, or AWS doesn't know it in the end.
        """
        found = self.read()
        session = self._target.session(found, self._target.neighbour(found))
        session.core.set_credentials(key.id, secret)
        named = dataclasses.replace(session, choice=dataclasses.replace(session.choice, profile=self.profile))
        who = patiently(run, f"key {key.short}", lambda: whoami(named))
        if who.arn != user.arn:
            raise Failed("AWS says that the new key is somebody else's", on=key.short, why=f"{who.arn}, not {user.arn}")

    def store(self, run: Context, key: AccessKey, secret: str) -> None:
        """Write it. Raises Failed; the files are intact then."""
        target = Target(self.environment, self.profile, NewKey(key.id, secret))
        WriteProfile(target, ProveKey(target, replace=True)).apply(run)

    def prove_stored(self, run: Context, user: User, other_than: str) -> None:
        """Ask STS who the profile is, as any program would that uses it. Raises Failed where it is another than this user, or has the old key."""
        found = self.read()
        if self.key_id(found) == other_than:
            raise Failed(f"profile {self.profile} has the old key again", on=short_key(other_than))
        who = patiently(run, f"profile {self.profile}", lambda: whoami(self._target.session(self.read(), self.profile)))
        if who.arn != user.arn:
            raise Failed(f"profile {self.profile} is somebody else", why=f"{who.arn}, not {user.arn}")

    def holds(self, key: AccessKey) -> bool:
        """Whether the profile has this key now."""
        try:
            return self.key_id(self.read()) == key.id
        except LongshoreError:
            return False
