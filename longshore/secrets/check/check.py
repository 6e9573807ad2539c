"""What secrets.check answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from longshore.answers import Answer, Table
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.errors import Refused
from longshore.programs.repository import Repository
from longshore.secrets import ignored
from longshore.secrets.app_env_file import APP_ENV
from longshore.secrets.check import example, images, in_git, shared
from longshore.secrets.check.finding import FAULT, NOT_CHECKED, OK, Finding
from longshore.secrets.check.search import Search
from longshore.secrets.check.sensitive import Needle, needles
from longshore.secrets.store import is_in_aws, read_secret
from longshore.steps.report import Reporter

IGNORED = "ignored by git"


def check(environment: Environment, report: Reporter) -> Answer:
    """All findings; not ok where there is a fault. Raises as Store.read does."""
    secret = read_secret(environment, open_session(environment) if is_in_aws(environment) else None)
    searched = needles(secret.values)
    repository = Repository.around(environment.root)
    found = list(_findings(environment, repository, searched, report))
    found += example.findings(environment.root, repository, secret.values, environment.name)
    found += shared.findings(environment, secret.values)
    faults = [one for one in found if one.state == FAULT]
    mends = list(dict.fromkeys(one.mend for one in found if one.mend))
    keys = ", ".join(needle.key for needle in searched)
    return Answer(
        {
            "secret": secret.where,
            "ok": not faults,
            "searched_for": [needle.key for needle in searched],
            "findings": [asdict(one) for one in found],
        },
        [Table(("what", "where", "state", ""), [(one.check, one.on, one.state, one.detail) for one in found])],
        [
            f"searched for the values of {keys}" if searched else "no value of the secret looks like one",
            *(f"next: {mend}" for mend in mends),
        ],
        ok=not faults,
    )


def _findings(
    environment: Environment, repository: Repository | None, searched: list[Needle], report: Reporter
) -> Iterator[Finding]:
    names = _files(environment)
    for name in names:
        yield _ignored(environment.root / name, repository)
    yield from images.findings(environment.root, names)
    if repository is None:
        yield Finding(in_git.HISTORY, str(environment.root), NOT_CHECKED, "no git work tree here, or no git")
        return
    mend = f"inv secrets.set --env {environment.name} --key KEY (a value that was seen is no secret any more)"
    yield from in_git.findings(repository, Search(searched), mend, report)


def _files(environment: Environment) -> tuple[str, ...]:
    """app.env, and the file that is the environment's store, relative to the project."""
    kind, _, path = environment.secrets.partition(":")
    inside = kind == "file" and not Path(path).is_absolute() and ".." not in Path(path).parts
    return tuple(dict.fromkeys((APP_ENV, *([path] if inside else []))))


def _ignored(path: Path, repository: Repository | None) -> Finding:
    if repository is None:
        return Finding(IGNORED, path.name, NOT_CHECKED, "no git work tree here, or no git")
    try:
        ignored.refuse_if_committed(path)
    except Refused as refused:
        return Finding(IGNORED, path.name, FAULT, refused.why, "; ".join(line for line in refused.do if line))
    return Finding(IGNORED, path.name, OK)
