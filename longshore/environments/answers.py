"""What env.list, env.show and env.check answer."""

from __future__ import annotations

from pathlib import Path

from longshore.answers import Answer, Table
from longshore.environments.environment import Environment
from longshore.environments.files import names
from longshore.environments.keys import KEYS, WRITTEN_BY_THE_SANDBOX
from longshore.environments.load import choose, examine
from longshore.errors import UsageError


def listing(root: Path) -> Answer:
    """The environments, which one is meant without --env, and whether its files are in order."""
    try:
        default = choose(root, None)
    except UsageError:
        # What others name as the next command when no environment fits must itself work then.
        default = ""
    found = [(name, examine(root, name)) for name in names(root)]
    data = [
        {
            "name": name,
            "default": name == default,
            "ok": loaded.environment is not None,
            "account": loaded.environment.account_id if loaded.environment else None,
            "region": loaded.environment.region if loaded.environment else None,
            "protected": loaded.environment.protected if loaded.environment else None,
        }
        for name, loaded in found
    ]
    rows = [
        (
            f"{name} (default)" if name == default else name,
            loaded.environment.account_id if loaded.environment else "?",
            loaded.environment.region if loaded.environment else "?",
            loaded.environment.profile or "(ambient)" if loaded.environment else "?",
            ("yes" if loaded.environment.protected else "no") if loaded.environment else "?",
            _remark(loaded.environment, loaded.faults),
        )
        for name, loaded in found
    ]
    return Answer(
        {"environments": data}, [Table(("environment", "account", "region", "profile", "protected", ""), rows)]
    )


def _remark(environment: Environment | None, faults: tuple[str, ...]) -> str:
    if environment is None:
        return f"{len(faults)} fault(s): inv env.check"
    return f"plays {environment.like}" if environment.like else ""


def show(environment: Environment) -> Answer:
    """Each key's value, and the file and line that it is from."""
    rows = []
    data = {}
    for key in (*KEYS, *WRITTEN_BY_THE_SANDBOX):
        if not key.field:
            continue
        value = getattr(environment, key.field)
        origin = str((environment.origins or {})[key.name])
        if key in WRITTEN_BY_THE_SANDBOX and value is None:
            continue
        text = _text(value, environment.root)
        data[key.name] = {"value": text, "origin": origin}
        rows.append((key.name, text, origin, key.meaning))
    return Answer(
        {"environment": environment.name, "root": str(environment.root), "keys": data},
        [Table(("key", "value", "from", "meaning"), rows, title=f"environment {environment.name}")],
    )


def _text(value: object, root: Path) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return ",".join(value)
        case Path():
            return str(value.relative_to(root)) if value.is_relative_to(root) else str(value)
        case None:
            return ""
        case _:
            return str(value)


def check(root: Path, only: str | None) -> Answer:
    """Every fault of every environment (or of one): syntax, types, unknown keys, secrets in a committed file, folders that aren't there."""
    faults: dict[str, list[str]] = {}
    for name in [only] if only else names(root):
        faults[name] = faults_of(root, name)
    every = list(dict.fromkeys(fault for several in faults.values() for fault in several))
    good = [name for name, several in faults.items() if not several]
    return Answer(
        {"ok": not every, "environments": faults},
        notes=[*every, *([f"in order: {', '.join(good)}"] if good else [])],
        ok=not every,
    )


def faults_of(root: Path, name: str) -> list[str]:
    """All that is wrong with an environment's files, and with what they name on this machine."""
    loaded = examine(root, name)
    return [*loaded.faults, *(_missing(loaded.environment) if loaded.environment else ())]


def _missing(environment: Environment) -> list[str]:
    faults = []
    for key, path in (("MIGRATIONS", environment.migrations), ("K8S_OVERLAY", environment.k8s_overlay)):
        if path is not None and not path.is_dir():
            faults.append(f"{(environment.origins or {})[key]}: {key}: there is no such folder")
    if environment.db_ca_file is not None and not environment.db_ca_file.is_file():
        faults.append(f"{(environment.origins or {})['DB_CA_FILE']}: DB_CA_FILE: there is no such file")
    if environment.protected and not environment.account_id:
        faults.append(f"{environment.name}: PROTECTED without AWS_ACCOUNT_ID: nothing is pinned")
    return faults
