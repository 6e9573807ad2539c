"""Environments: their files, who acts in them, and whether what they name can be reached."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from longshore.doctor.finding import FAULT, OK, OPTIONAL, Finding
from longshore.environments.answers import faults_of
from longshore.environments.environment import Environment
from longshore.environments.files import names
from longshore.environments.load import examine
from longshore.errors import LongshoreError
from longshore.steps.looking import look
from longshore.steps.report import Silent
from longshore.words import counted


def findings(root: Path, chosen: str, profile: str | None) -> list[Finding]:
    """Each environment's files and identity, asked side by side; the chosen one's secret and database too."""
    every = names(root)
    with ThreadPoolExecutor(max_workers=max(1, len(every))) as pool:
        found = pool.map(
            lambda name: _environment(root, name, profile if name == chosen else None, name == chosen), every
        )
        return [finding for several in found for finding in several]


def _environment(root: Path, name: str, profile: str | None, whole: bool) -> list[Finding]:
    area = f"environment {name}"
    if faults := faults_of(root, name):
        return [Finding(area, "files", FAULT, faults[0], f"inv env.check --env {name}")]
    environment = examine(root, name, profile).environment
    assert environment is not None, "an environment without faults can be made"
    identity = _identity(area, environment)
    if identity.state == FAULT and not (whole and _is_in_aws(environment)):
        # Who works on one environment need not have the profiles of the others; a developer's own database needs none.
        identity = replace(identity, state=OPTIONAL)
    found = [Finding(area, "files", OK, "in order"), identity]
    if whole and environment.secrets:
        found += _reach(area, environment)
    if whole and environment.eks_cluster:
        found.append(_cluster(area, environment))
    return found


def _cluster(area: str, environment: Environment) -> Finding:
    """Who works on the database only needs no cluster: one that can't be reached is told, and is no fault."""
    from longshore.cluster.errors import asking
    from longshore.cluster.guard import guards
    from longshore.cluster.way import found_kubectl
    from longshore.steps.looking import Looking

    name = "cluster"
    try:
        identity, cluster = guards(environment)
        look([identity, cluster], Silent())
        about = f"{cluster.cluster.name}, Kubernetes {cluster.cluster.version}"
        if found_kubectl(cluster.cluster.version) is None:
            return Finding(area, name, OPTIONAL, f"{about}; kubectl is not here to ask it", "inv tools.install")
        with asking(cluster, doing="get into the cluster"):
            seen = cluster.kubectl(Looking(Silent())).seen()
    except LongshoreError as error:
        return replace(_fault(area, name, error), state=OPTIONAL)
    return Finding(area, name, OK, f"{about}, as {seen.username}")


def _is_in_aws(environment: Environment) -> bool:
    return bool(environment.account_id) or not environment.secrets.startswith("file:")


def _identity(area: str, environment: Environment) -> Finding:
    from longshore.aws.identity import IdentityGuard
    from longshore.aws.session import open_session

    try:
        guard = IdentityGuard(environment, open_session(environment))
        look([guard], Silent())
    except LongshoreError as error:
        return _fault(area, "identity", error)
    arn = guard.identity.arn if guard.identity else ""
    return Finding(area, "identity", OK, f"{arn} (profile {environment.profile or 'ambient'})")


def _reach(area: str, environment: Environment) -> list[Finding]:
    from longshore.database.reach import Reach
    from longshore.database.state import read_state
    from longshore.database.version import shown

    found = []
    try:
        reach = Reach(environment)
        look(reach.steps, Silent())
        found.append(
            Finding(area, "secret", OK, f"{environment.secrets}: {counted(len(reach.secret.secret.values), 'key')}")
        )
    except LongshoreError as error:
        return [_fault(area, "secret", error)]
    try:
        seen = read_state(reach.connection, environment.db_ca_file, env=environment.name)
    except LongshoreError as error:
        return [*found, _fault(area, "database", error)]
    state = f"version {shown(seen.version)}{', dirty' if seen.dirty else ''}"
    return [
        *found,
        Finding(area, "database", OK, f"{reach.connection.address}, PostgreSQL {seen.server_version}, {state}"),
    ]


def _fault(area: str, name: str, error: LongshoreError) -> Finding:
    detail = error.what + (f": {error.why}" if error.why else "")
    return Finding(area, name, FAULT, detail, error.do[0] if error.do else "")
