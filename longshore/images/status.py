"""What image.status answers: this commit's image, and those that ECR has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from longshore.answers import Answer, Table
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError, Refused, UsageError
from longshore.images import dockerfile as dockerfiles
from longshore.images import source as sources
from longshore.images.ecr import Ecr, Image
from longshore.images.recipes import need_repository
from longshore.programs import builder as builders
from longshore.words import counted

SHOWN = 10


def status(environment: Environment, given: Path | None = None) -> Answer:
    """The repository, the builder, what would be built now, and the newest images. Ok whether or not the commit's image is there."""
    need_repository(environment)
    ecr = Ecr(open_session(environment))
    repository = ecr.repository(environment.ecr_repository)
    images = ecr.images(environment.ecr_repository) if repository else []
    source, fault = _source(environment, given)
    tag = source.tag if source else ""
    mine = next((image for image in images if tag and tag in image.tags), None)
    builder = _builder()
    data = {
        "repository": repository.uri if repository else None,
        "immutable": repository.immutable if repository else None,
        "scan_on_push": repository.scanned if repository else None,
        "lifecycle": bool(ecr.lifecycle(environment.ecr_repository)) if repository else None,
        "builder": builder or None,
        "commit": source.head.commit if source else None,
        "tag": tag or None,
        "changed": [str(path) for path in source.changed] if source else [],
        "digest": mine.digest if mine else None,
        "images": [_json(image) for image in images],
    }
    rows = [
        ("repository", repository.uri if repository else f"{environment.ecr_repository}: there is none yet"),
        ("builder", builder or "none: install Docker, Podman or buildah"),
        ("to build", source.words if source else fault),
        ("in ECR", mine.digest if mine else "no"),
    ]
    table = Table(
        ("digest", "tags", "pushed", "size", "scan"), [_row(image) for image in images[:SHOWN]], empty="no image"
    )
    more = [f"{counted(len(images) - SHOWN, 'older image')} not shown"] if len(images) > SHOWN else []
    next_line = [] if mine or not source else [f"next: inv image.push --env {environment.name}"]
    return Answer(data, [Table(("", ""), rows), table], [*more, *next_line])


def _source(environment: Environment, given: Path | None) -> tuple[sources.Source | None, str]:
    try:
        return sources.read(environment, dockerfiles.find(environment, given)), ""
    except (UsageError, Refused) as error:
        return None, error.what


def _builder() -> str:
    try:
        return builders.choose().name
    except LongshoreError:
        return ""


def _row(image: Image) -> tuple[str, ...]:
    tags = ", ".join(tag[:12] if len(tag) == 40 else tag for tag in image.tags)
    counts = ", ".join(f"{count} {severity.lower()}" for severity, count in image.counts.items())
    found = counts or ("nothing found" if image.scan == "COMPLETE" else image.scan.lower().replace("_", " "))
    return image.digest[:19], tags, f"{image.pushed:%Y-%m-%d %H:%M}", size(image.size), found


def size(count: int) -> str:
    """`12.3 MB`; empty for a list of images."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB" if count else ""


def _json(image: Image) -> dict[str, Any]:
    return {
        "digest": image.digest,
        "tags": list(image.tags),
        "pushed": image.pushed.isoformat(),
        "size": image.size,
        "scan": image.scan or None,
        "findings": dict(image.counts),
    }
