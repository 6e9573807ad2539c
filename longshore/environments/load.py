"""From the layers to the environment: base.env, NAME.env, NAME.local.env; for the sandbox also the environment that it plays and what `sandbox.up` wrote."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longshore.environments.environment import SANDBOX, Environment, Origin
from longshore.environments.files import BASE, FOLDER, NAME, Entry, Layer, names, read
from longshore.environments.keys import KEYS, WRITTEN_BY_THE_SANDBOX, Malformed
from longshore.errors import UsageError, nearest

CHOICE = "LONGSHORE_ENV"
PROFILE = "AWS_PROFILE"
SANDBOX_LAYER = Path(".longshore", "sandbox", "sandbox.env")


@dataclass(frozen=True)
class Loaded:
    """An environment with all that is wrong with it: `environment` is None when it can't be made."""

    name: str
    environment: Environment | None
    faults: tuple[str, ...]


def choose(root: Path, flag: str | None, variables: Mapping[str, str] = os.environ) -> str:
    """The environment's name: the flag, else LONGSHORE_ENV, else DEFAULT_ENV of env/base.env.

    Raises UsageError for an unknown one, or when none is named.
    """
    known = names(root)
    default = read(root / FOLDER / f"{BASE}.env", root).entries.get("DEFAULT_ENV")
    for text, source in (
        (flag, "--env"),
        (variables.get(CHOICE) or None, CHOICE),
        (default.text if default else None, str(default.origin) if default else ""),
    ):
        if text is None:
            continue
        if text not in known:
            raise UsageError(
                f"there is no environment {text!r}{nearest(text, known)}",
                on=source,
                why=f"the environments are {', '.join(known) or 'none'} (env/NAME.env)",
                do="inv env.list",
            )
        return text
    raise UsageError(
        "no environment is named",
        on="--env",
        why=f"it is one of {', '.join(known)}",
        do="set DEFAULT_ENV in env/base.env",
    )


def load(root: Path, name: str, profile: str | None = None, variables: Mapping[str, str] = os.environ) -> Environment:
    """The environment of that name.

    Raises UsageError with the first fault's file and line, and how many more there are.
    """
    loaded = examine(root, name, profile, variables)
    if loaded.environment is None or loaded.faults:
        more = f" (and {len(loaded.faults) - 1} more)" if len(loaded.faults) > 1 else ""
        raise UsageError(
            f"environment {name} can't be used", why=f"{loaded.faults[0]}{more}", do=f"inv env.check --env {name}"
        )
    return loaded.environment


def examine(root: Path, name: str, profile: str | None = None, variables: Mapping[str, str] = os.environ) -> Loaded:
    """The environment, and every fault in its files."""
    if not NAME.fullmatch(name):
        return Loaded(name, None, (f"{name!r} can't be an environment's name: letters, digits, - and _",))
    layers, faults = _layers(root, name)
    entries: dict[str, Entry] = {}
    for layer in layers:
        faults += layer.faults
        entries |= layer.entries
    if profile is not None:
        entries[PROFILE] = Entry(profile, Origin("--profile"))
    elif PROFILE in variables:
        entries[PROFILE] = Entry(variables[PROFILE], Origin(f"{PROFILE} of the shell"))

    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for key in (*KEYS, *WRITTEN_BY_THE_SANDBOX):
        entry = entries.get(key.name, Entry(key.default, Origin("default")))
        origins[key.name] = entry.origin
        if not key.field:
            continue
        try:
            values[key.field] = key.read(entry.text, root)
        except Malformed as expected:
            faults.append(f"{entry.origin}: {key.name} is malformed: expected {expected}")
    if faults:
        return Loaded(name, None, tuple(dict.fromkeys(faults)))
    return Loaded(name, Environment(name=name, root=root, origins=origins, **values), ())


def _layers(root: Path, name: str) -> tuple[list[Layer], list[str]]:
    folder = root / FOLDER
    own = read(folder / f"{name}.env", root)
    paths = [folder / f"{BASE}.env"]
    if name == SANDBOX and (like := own.entries.get("LIKE")) is not None:
        if like.text not in names(root) or like.text == SANDBOX:
            return [own], [f"{like.origin}: LIKE names no environment{nearest(like.text, names(root))}"]
        paths.append(folder / f"{like.text}.env")
    layers = [read(path, root) for path in paths]
    layers.append(own)
    if (local := folder / f"{name}.local.env").exists():
        layers.append(read(local, root))
    if name == SANDBOX and (written := root / SANDBOX_LAYER).exists():
        layers.append(read(written, root, (*KEYS, *WRITTEN_BY_THE_SANDBOX)))
    return layers, []
