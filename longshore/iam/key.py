"""iam.key and iam.rotate-key: a user's access key, made, proven and kept as a profile; its secret is seen by nobody."""

from __future__ import annotations

from longshore.environments.environment import Environment
from longshore.iam.guarded import guarded
from longshore.iam.make_key import FirstKey
from longshore.iam.rotation import DeleteDisabled, DisableOld, Replacement, Rotation
from longshore.iam.saved import SavedProfile
from longshore.iam.user import TheUser, check_name
from longshore.steps.step import Step


def key(environment: Environment, user: str, save_as: str) -> list[Step]:
    """A key for a profile that has none. Raises UsageError for a name or a profile that can't be."""
    check_name(user)
    saved = SavedProfile(environment, save_as)
    begun = guarded(environment)
    who = TheUser(environment, begun.iam, user)
    return [begun.guard, who, FirstKey(begun.iam, who, saved)]


def rotate_key(environment: Environment, user: str, save_as: str) -> list[Step]:
    """Another key in the place of the user's: the old one is disabled. Where there is a disabled one already, it is deleted, and that is all.

    Raises as `key` does.
    """
    check_name(user)
    saved = SavedProfile(environment, save_as)
    begun = guarded(environment)
    who = TheUser(environment, begun.iam, user)
    rotation = Rotation(begun.iam, begun.guard, who, saved)
    return [begun.guard, who, DeleteDisabled(rotation), Replacement(rotation), DisableOld(rotation)]
