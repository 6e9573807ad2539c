"""What Helm says of a chart or values that can't be installed, in words for a person: nothing has been touched then."""

from __future__ import annotations

import re

from longshore.charts.catalogue import Pinned
from longshore.charts.merging import FOLDER, own
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError, Refused, UsageError
from longshore.programs.kubernetes import KubernetesError

_OWNED = re.compile(r'(\w+) "([^"]+)" in namespace "[^"]*" exists and cannot be imported into the current release')
_OWNER = re.compile(r'release-name" must equal "[^"]*": current value is "([^"]+)"')
_SCHEMA = re.compile(r"values don't meet the specifications of the schema\(s\) in the following chart\(s\): \S+: *(.*)")
_CHART = re.compile(
    r"execution error at|parse error at|executing \"|error converting YAML|unable to build kubernetes objects|error validating"
    r"|missing in charts/ directory"
)
_OBJECT = re.compile(r"failed to create typed patch object|strict decoding error|is invalid:|field is immutable")


def lacks_its_kinds(error: KubernetesError) -> bool:
    """Whether the cluster only doesn't know the kinds yet that the chart's own CRDs bring."""
    return "ensure CRDs are installed first" in error.said


def explained(error: KubernetesError, pinned: Pinned, environment: Environment) -> LongshoreError | None:
    """None for a complaint about something else (the API server, RBAC)."""
    said = error.said
    file = f"{FOLDER}/{pinned.name}.yaml"
    if (owned := _OWNED.search(said)) is not None:
        kind, name = owned.groups()
        owner = _OWNER.search(said)
        return Refused(
            f"{kind} {name} is there already, nothing was touched",
            on=f"chart {pinned.chart}",
            why=f"it belongs to the release {owner[1]}" if owner else "it is not Helm's, or another release's",
            do=(
                f"give it another name: {pinned.class_value if kind == 'IngressClass' else 'a value'} in {file}",
                "or take the other one away first",
            ),
        )
    files = ", ".join(str(path.relative_to(environment.root)) for path in own(pinned, environment))
    if (schema := _SCHEMA.search(said)) is not None:
        return UsageError(
            f"chart {pinned.chart} refuses these values, nothing was touched",
            on=files or "the packaged values", why=schema[1].lstrip("- "), do=f"mend {files or file}, then run it again",
        )  # fmt: skip
    if _CHART.search(said):
        return UsageError(
            f"chart {pinned.chart} can't be rendered, nothing was touched",
            on=files or "the packaged values", why=said, do="mend the chart or its values, then run it again",
        )  # fmt: skip
    if _OBJECT.search(said):
        return UsageError(
            f"the cluster refuses an object of chart {pinned.chart}, nothing was touched",
            on=files or "the packaged values", why=said, do="mend the chart or its values, then run it again",
        )  # fmt: skip
    return None
