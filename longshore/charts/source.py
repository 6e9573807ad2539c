"""Where a chart comes from: what --chart says, else the mirror of CHARTS, else its publisher; and what its archive says of itself."""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longshore.charts.catalogue import Pinned
from longshore.environments.environment import Environment
from longshore.errors import UsageError

OCI = "oci://"
_ADDRESS = re.compile(r"(oci://[^\s@]+?)(?::([A-Za-z0-9_][A-Za-z0-9._-]*))?(?:@(sha256:[0-9a-f]{64}))?")
ABOUT = "Chart.yaml"
_CRDS = re.compile(r"(^|/)crds/[^/]+\.ya?ml$")
STAND_IN = "longshore/stand-in"
"""Annotation in a Chart.yaml."""


@dataclass(frozen=True)
class Source:
    """A chart to be installed. `path` is set where it is on this machine; else it is pulled: `reference` (of `repository`, where that is an index)
    in `version`. `mark` is what tells it from another chart or another content of it, as a label of the release keeps it; empty: its content does.
    """

    words: str
    mark: str
    version: str = ""
    reference: str = ""
    repository: str = ""
    path: Path | None = None


@dataclass(frozen=True)
class About:
    """What Chart.yaml says."""

    name: str
    version: str
    stand_in: str = ""
    """What it is where it isn't the publisher's chart, but the sandbox's."""


def choose(pinned: Pinned, text: str, environment: Environment) -> Source:
    """`text` is what --chart says; empty: the pinned chart. Raises UsageError for what is neither a path nor an OCI address."""
    if text.startswith(OCI):
        found = _ADDRESS.fullmatch(text)
        if found is None:
            raise _malformed(text)
        address, tag, digest = found.groups()
        if digest:
            return Source(text, _mark(digest.replace(":", "-")), reference=f"{address}@{digest}")
        version = (tag or pinned.version).replace("_", "+")
        # What stands there under the version is known only once it is had.
        return Source(f"{address}:{version}", "", version, address)
    if text:
        path = Path(text).expanduser()
        path = path if path.is_absolute() else environment.root / path
        if not path.exists():
            raise _malformed(text)
        return Source(text, "", path=path)
    mark = _mark(f"{pinned.chart}-{pinned.version}")
    where = environment.charts or pinned.address
    if where.startswith(OCI):
        address = f"{where}/{pinned.chart}"
        return Source(f"{address}:{pinned.version}", mark, pinned.version, address)
    return Source(f"{pinned} of {where}", mark, pinned.version, pinned.chart, where)


def _malformed(text: str) -> UsageError:
    return UsageError(
        "--chart is neither a path nor an OCI address",
        on=text,
        why="a folder or archive that is there, or oci://HOST/NAME, oci://HOST/NAME:VERSION, oci://HOST/NAME@sha256:DIGEST",
        do="leave --chart out: the pinned one is taken",
    )


def read(chart: Path) -> About:
    """What a chart's folder or archive says of itself. Raises UsageError for what is no chart."""
    import yaml

    try:
        about: Mapping[str, Any] = yaml.safe_load(_text(chart))
        annotations = about.get("annotations") or {}
        return About(str(about["name"]), str(about["version"]), str(annotations.get(STAND_IN, "")))
    except (
        OSError,
        StopIteration,
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
        tarfile.TarError,
        EOFError,
        yaml.YAMLError,
    ) as error:
        raise UsageError(
            "this is no Helm chart",
            on=str(chart),
            why=f"no {ABOUT} can be read: {type(error).__name__}",
            do="name a chart's folder, or the .tgz of `helm pull` or `helm package`",
        ) from None


def refuse_another(about: About, pinned: Pinned, source: Source) -> None:
    """Raise UsageError where the chart isn't the one that is to be installed."""
    if about.name != pinned.chart:
        raise UsageError(
            f"this is the chart {about.name}, not {pinned.chart}",
            on=source.words,
            do="leave --chart out: the pinned one is taken",
        )


def kinds(chart: Path) -> str:
    """The CRDs in a chart's folder `crds`, and in those of the charts in it: YAML documents. Helm installs them once and never upgrades them."""
    return "\n---\n".join(text.decode() for path, text in _files(chart) if _CRDS.search(path))


def _text(chart: Path) -> bytes:
    return next(text for path, text in _files(chart) if path == ABOUT)


def _files(chart: Path) -> Iterator[tuple[str, bytes]]:
    """By their path in the chart."""
    if chart.is_dir():
        for one in sorted(chart.rglob("*")):
            if one.is_file():
                yield one.relative_to(chart).as_posix(), one.read_bytes()
        return
    with tarfile.open(chart) as archive:
        for entry in archive:
            if entry.isfile() and (content := archive.extractfile(entry)) is not None:
                yield entry.name.partition("/")[2], content.read()


def mark(chart: Path) -> str:
    """What tells a chart's content from another one."""
    digest = hashlib.sha256()
    for name, content in sorted(_files(chart)):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return _mark(f"files-{digest.hexdigest()}")


def _mark(text: str) -> str:
    """As the value of a label may be: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/"""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)[:63].rstrip("._-")
