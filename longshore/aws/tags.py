"""Tags: by them longshore knows what it made, and for which environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from longshore.environments.environment import Environment

MANAGED_BY = "managed-by"
LONGSHORE = "longshore"
ENVIRONMENT = "longshore:environment"
APP = "app"


def tags(environment: Environment) -> dict[str, str]:
    """What everything bears that longshore makes for an environment."""
    named = {APP: environment.app} if environment.app else {}
    return {MANAGED_BY: LONGSHORE, ENVIRONMENT: environment.name, **named}


def is_ours(found: Mapping[str, str], environment: Environment) -> bool:
    """Whether longshore made it for this environment, by its tags."""
    return found.get(MANAGED_BY) == LONGSHORE and found.get(ENVIRONMENT) == environment.name


def as_list(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS's calls want them."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def from_list(pairs: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """Tags as AWS's answers have them."""
    return {pair["Key"]: pair.get("Value", "") for pair in pairs or []}
