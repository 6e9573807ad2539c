"""What image.scan answers: what ECR's scan of an image found."""

from __future__ import annotations

from pathlib import Path

from longshore.answers import Answer, Table
from longshore.aws import waiting
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.images import dockerfile as dockerfiles
from longshore.images import source as sources
from longshore.images.ecr import Ecr, Image, Vulnerability
from longshore.images.recipes import need_repository
from longshore.steps.looking import Looking
from longshore.steps.report import Reporter
from longshore.words import counted

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")
"""The worst first: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFinding.html"""

GOING_ON = ("IN_PROGRESS", "PENDING")
OVER = ("COMPLETE", "ACTIVE")
MINUTES = 10
SHOWN = 20


def scan(
    environment: Environment, report: Reporter, digest: str = "", fail_on: str = "", given: Path | None = None
) -> Answer:
    """The findings of the image of this digest, else of the commit's. Not ok where one is as bad as `fail_on`, or where nobody can tell.

    Raises UsageError where ECR hasn't the image.
    """
    need_repository(environment)
    ecr, name = Ecr(open_session(environment)), environment.ecr_repository
    tag = "" if digest else sources.read(environment, dockerfiles.find(environment, given)).tag
    image = _waited(ecr, name, tag, digest, report)
    found = ecr.findings(name, image.digest) if image.scan in OVER else []
    bad = [one for one in found if fail_on and _rank(one.severity) <= _rank(fail_on)]
    known = image.scan in OVER
    data = {
        "digest": image.digest,
        "status": image.scan or None,
        "counts": {severity: sum(one.severity == severity for one in found) for severity in SEVERITIES}
        if known
        else None,
        "fail_on": fail_on or None,
        "ok": not bad and (known or not fail_on),
        "findings": [
            {"name": one.name, "severity": one.severity, "package": one.package, "version": one.version, "uri": one.uri}
            for one in sorted(found, key=_order)
        ],
    }
    return Answer(data, _tables(image, found), _notes(image, found, bad, fail_on), ok=bool(data["ok"]))


def _waited(ecr: Ecr, name: str, tag: str, digest: str, report: Reporter) -> Image:
    image = _need(ecr, name, tag, digest)

    def look() -> waiting.Look:
        nonlocal image
        image = _need(ecr, name, tag, digest)
        return waiting.Look(image.scan not in GOING_ON, image.scan.lower().replace("_", " "))

    if image.scan in GOING_ON:
        waiting.wait(Looking(report), f"scan of {image.digest[:19]}", MINUTES, look)
    return image


def _need(ecr: Ecr, name: str, tag: str, digest: str) -> Image:
    image = ecr.image(name, tag=tag, digest=digest)
    if image is None:
        raise UsageError("ECR has no such image", on=f"{name}, {digest or f'commit {tag[:12]}'}", do="inv image.push")
    return image


def _tables(image: Image, found: list[Vulnerability]) -> list[Table]:
    if image.scan not in OVER:
        return []
    counts = [(severity, str(sum(one.severity == severity for one in found))) for severity in SEVERITIES]
    rows = [
        (one.severity, one.name, f"{one.package} {one.version}".strip(), one.uri)
        for one in sorted(found, key=_order)[:SHOWN]
    ]
    there = [row for row in counts if row[1] != "0"]
    return [
        Table(("severity", "findings"), there, empty="nothing found"),
        *([Table(("severity", "name", "package", ""), rows)] if rows else []),
    ]


def _notes(image: Image, found: list[Vulnerability], bad: list[Vulnerability], fail_on: str) -> list[str]:
    notes = [f"{image.digest}"]
    if len(found) > SHOWN:
        notes.append(f"{counted(len(found) - SHOWN, 'more finding')}: --json has all")
    if image.scan not in OVER:
        why = image.scan_says or ("it was never scanned" if not image.scan else image.scan.lower())
        notes.append(f"not known: {why}")
        if fail_on:
            notes.append(f"--fail-on {fail_on}: what is not known has not passed")
    elif bad:
        notes.append(f"--fail-on {fail_on}: {counted(len(bad), 'finding')} as bad as that, or worse")
    return notes


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _order(one: Vulnerability) -> tuple[int, str]:
    return _rank(one.severity), one.name
