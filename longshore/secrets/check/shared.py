"""Does a protected environment share a secret with an unprotected one? Then whoever may read the one has the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from longshore.aws.session import open_session
from longshore.environments.environment import SANDBOX, Environment
from longshore.environments.files import names
from longshore.environments.load import load
from longshore.errors import LongshoreError
from longshore.secrets.check.finding import FAULT, NOT_CHECKED, OK, Finding
from longshore.secrets.check.sensitive import needles
from longshore.secrets.store import is_in_aws, read_secret

CHECK = "shares no value with an environment of another protection"


def findings(environment: Environment, ours: Mapping[str, str]) -> Iterator[Finding]:
    """Compared in memory. An environment that can't be read is told as not checked: who checks dev often may not read prod."""
    for name in names(environment.root):
        if name in (environment.name, SANDBOX):
            continue
        try:
            other = load(environment.root, name)
            if other.protected != environment.protected and _is_another(environment, other):
                yield from _compared(environment, ours, other)
        except LongshoreError as error:
            yield Finding(CHECK, name, NOT_CHECKED, " ".join(error.lines()[:2]).removeprefix("error: "))


def _is_another(environment: Environment, other: Environment) -> bool:
    # The sandbox plays an environment; a check of it must not go to the real one's AWS.
    return bool(other.secrets) and not (environment.is_sandbox and is_in_aws(other))


def _compared(environment: Environment, ours: Mapping[str, str], other: Environment) -> Iterator[Finding]:
    theirs = read_secret(other, open_session(other) if is_in_aws(other) else None).values
    shared = sorted(_shared(ours, theirs) | {(mine, their) for their, mine in _shared(theirs, ours)})
    for mine, their in shared:
        both = mine if mine == their else f"{mine} here and {their} there"
        # The one that more people may read gets another value.
        name, key = (other.name, their) if environment.protected else (environment.name, mine)
        yield Finding(CHECK, other.name, FAULT, f"the same value: {both}", f"inv secrets.set --env {name} --key {key}")
    if not shared:
        yield Finding(CHECK, other.name, OK, f"{len(theirs)} keys there")


def _shared(ours: Mapping[str, str], theirs: Mapping[str, str]) -> set[tuple[str, str]]:
    """Keys of ours whose value is a secret, with the keys of theirs that have it, by whatever name: alone, or as the password of a URL."""
    parts = {needle.key: needle.parts for needle in needles(theirs)}
    return {
        (needle.key, key)
        for needle in needles(ours)
        for key, value in theirs.items()
        if value in needle.parts or parts.get(key, frozenset()) & needle.parts
    }
