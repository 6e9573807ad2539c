"""`--expect`: what the profiles should have: the same, a level for all, or one for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from longshore.cluster.verify.matrix import LEVELS
from longshore.errors import UsageError, nearest

SAME = "same"


@dataclass(frozen=True)
class Expectation:
    """Either `same`, or a level for each profile."""

    same: bool = True
    levels: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return SAME if self.same else ", ".join(f"{profile}={level}" for profile, level in self.levels.items())


def profiles_of(text: str, otherwise: str) -> tuple[str, ...]:
    """The names of `--profiles`, once each; none: the one that acts in the environment. Raises UsageError for an empty one."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(","))) if text else (otherwise,)
    if "" in names and names != ("",):
        raise UsageError("--profiles names an empty profile", on=text, why="names with commas between: default,github")
    return names


def read(text: str, profiles: Sequence[str]) -> Expectation:
    """The value of `--expect`. Raises UsageError for a level or a profile that isn't known."""
    if text == SAME:
        return Expectation()
    if "=" not in text:
        return Expectation(False, dict.fromkeys(profiles, _level(text)))
    levels: dict[str, str] = {}
    for part in text.split(","):
        profile, _, level = (word.strip() for word in part.partition("="))
        if profile not in profiles:
            raise UsageError(
                f"--expect speaks of {profile!r}{nearest(profile, profiles)}",
                on=text,
                why=f"--profiles are {', '.join(profiles)}",
            )
        levels[profile] = _level(level)
    if missing := [profile for profile in profiles if profile not in levels]:
        raise UsageError(
            f"--expect says nothing of {', '.join(missing)}", on=text, why="PROFILE=LEVEL for each, or one LEVEL"
        )
    return Expectation(False, {profile: levels[profile] for profile in profiles})


def _level(word: str) -> str:
    if word not in LEVELS:
        choices = (SAME, *LEVELS)
        raise UsageError(
            f"--expect can't be {word!r}{nearest(word, choices)}",
            why=f"it is one of {', '.join(choices)}, or PROFILE=LEVEL,...",
        )
    return word
