"""A chart's values: ours, then what the environment knows, then the project's own (`k8s/charts/NAME.yaml`, `k8s/charts/NAME.ENV.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from longshore.charts.catalogue import Pinned
from longshore.environments.environment import Environment
from longshore.errors import UsageError

Values = dict[str, Any]
FOLDER = Path("k8s", "charts")
MEND = "mend it, then run it again"


def merged(pinned: Pinned, environment: Environment, known: Mapping[str, Any]) -> Values:
    """All together. Raises UsageError for a file that can't be read."""
    packaged = files("longshore.charts").joinpath("values", f"{pinned.name}.yaml").read_text(encoding="utf-8")
    values = merge(_parse(packaged, pinned.name), known)
    for path in own(pinned, environment):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(
                "a chart's values can't be read", on=_shown(path, environment), why=str(error), do=MEND
            ) from None
        values = merge(values, _parse(text, _shown(path, environment)))
    return values


def own(pinned: Pinned, environment: Environment) -> list[Path]:
    """The project's files of values that are there. The sandbox has those of the environment that it plays, and its own."""
    names = ["", *(f".{name}" for name in (environment.like, environment.name) if name)]
    paths = [environment.root / FOLDER / f"{pinned.name}{name}.yaml" for name in names]
    return [path for path in paths if path.exists()]


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> Values:
    """As Helm merges files of values: mappings key by key, all else is replaced. A null takes the chart's own value away."""
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        found[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return found


def differences(before: Mapping[str, Any], after: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """The names of values that differ (`deployment.replicas`). Values themselves are not told: one may be secret."""
    for key in sorted({*before, *after}, key=str):
        old, new = before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from differences(old, new, f"{within}{key}.")
        elif old != new:
            yield f"{within}{key}"


def _shown(path: Path, environment: Environment) -> str:
    return str(path.relative_to(environment.root))


def _parse(text: str, place: str) -> Values:
    import yaml

    try:
        found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  both are safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        raise UsageError(
            "a chart's values are no YAML",
            on=f"{place}{line}",
            why=str(getattr(error, "problem", "") or "malformed"),
            do=MEND,
        ) from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise UsageError("a chart's values are no mapping", on=place, why=f"it is a {type(found).__name__}", do=MEND)
    return found
