"""Ask AWS and Kubernetes as each profile, side by side."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from longshore.aws.errors import DENIED, code_of
from longshore.aws.identity import whoami
from longshore.aws.session import Session, choice_of, open_profile
from longshore.cluster import token
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.eks import Cluster, Eks
from longshore.cluster.guard import check_is_pinned, guards
from longshore.cluster.namespace import refuse_absent
from longshore.cluster.verify.finding import Finding, Stage, of_aws, of_kubernetes
from longshore.cluster.verify.matrix import questions, rights
from longshore.cluster.verify.probe import SECONDS, knock
from longshore.cluster.way import Way, kubectl_path
from longshore.environments.environment import Environment
from longshore.errors import Failed, LongshoreError, Refused, UsageError
from longshore.programs.kubernetes import KubernetesError
from longshore.steps.looking import Looking, look
from longshore.steps.report import Reporter

UNMAPPED = "no access entry and no line of aws-auth is for it, or one is for a namesake that was deleted"
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Asked:
    """Everything that was found, and the cluster that it is about."""

    cluster: Cluster
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Candidate:
    finding: Finding
    session: Session | None = None


def ask(
    environment: Environment, profiles: Sequence[str], namespace: str, report: Reporter, *, named: bool = False
) -> Asked:
    """Each profile as itself: the profile is named to AWS, and kubectl gets a kubeconfig of ours with that profile's token.

    `named`: a person said the namespace, so it has to be there.
    Raises UsageError where there is no such cluster or namespace, Refused for an endpoint that isn't AWS's.
    """
    report.progress(f"asking AWS about {', '.join(profiles)}" if profiles != ("",) else "asking AWS who acts")
    models = _models()
    candidates = _side_by_side(lambda profile: _at_aws(environment, profile, models), profiles)
    cluster = _the_cluster(environment, [candidate.finding.described for candidate in candidates], report)
    path = kubectl_path(Looking(report), cluster.version)
    report.progress(f"asking {cluster.name} as {', '.join(name or 'the ambient identity' for name in profiles)}")
    found = _side_by_side(lambda one: _at_cluster(environment, one, cluster, path, namespace, named=named), candidates)
    return Asked(cluster, tuple(found))


def _side_by_side(task: Callable[[T], U], items: Sequence[T]) -> list[U]:
    with ThreadPoolExecutor(max_workers=len(items)) as pool:
        return list(pool.map(task, items))


def _models() -> Any:
    """botocore's reader of what services there are: one for all sessions, or each would parse the same files."""
    from botocore.loaders import create_loader

    return create_loader(os.environ.get("AWS_DATA_PATH"))


def _at_aws(environment: Environment, profile: str, models: Any) -> _Candidate:
    """Who AWS says that it is, and what DescribeCluster gives it."""
    found = Finding(profile, Stage.IN)
    try:
        session = open_profile(dataclasses.replace(choice_of(environment), profile=profile, profile_from="--profiles"))
        session.core.register_component("data_loader", models)
        found = replace(found, identity=whoami(session))
    except Refused:
        raise
    except LongshoreError as error:
        return _Candidate(replace(found, stage=of_aws(error), why=error.why or error.what))
    assert found.identity is not None
    if environment.account_id and found.identity.account != environment.account_id:
        why = f"{environment.name} is account {environment.account_id}"
        return _Candidate(replace(found, stage=Stage.WRONG_ACCOUNT, why=why))
    try:
        described = Eks(session).cluster(environment.eks_cluster)
    except Failed as error:
        # Who may not ask where the cluster is can be let into it all the same.
        if error.__cause__ is None or code_of(error.__cause__) not in DENIED:
            return _Candidate(replace(found, stage=Stage.AWS, why=error.why))
        return _Candidate(found, session)
    return _Candidate(replace(found, described=described), session)


def _the_cluster(environment: Environment, described: Sequence[Cluster | None], report: Reporter) -> Cluster:
    """The environment's own cluster, as the first profile that may ask describes it; else as the environment's profile does."""
    for found in described:
        if found is not None:
            try:
                check_is_pinned(environment, found)
            except Refused:
                continue
            return found
    identity, guard = guards(environment)
    look([identity, guard], report)
    return guard.cluster


def _at_cluster(
    environment: Environment, one: _Candidate, cluster: Cluster, path: Path, namespace: str, *, named: bool = False
) -> Finding:
    """Who Kubernetes says that it is, and what it may do."""
    found, session = one.finding, one.session
    if session is None:
        return found
    if found.described is not None and (other := _difference(found.described, cluster)):
        return replace(found, stage=Stage.WRONG_CLUSTER, why=f"DescribeCluster gives it another {other}")
    try:
        # Of all questions a 401 would be the answer: first what everybody may ask who is known.
        knocked = knock(cluster, token.make(session, cluster.name))
        if knocked is not None and knocked.is_unknown:
            return replace(found, stage=Stage.UNMAPPED, why=UNMAPPED)
        if knocked is not None and knocked.is_silent:
            return replace(
                found, stage=Stage.UNREACHABLE, why=f"no answer from {cluster.endpoint} within {SECONDS:g} s"
            )
        kubectl = Way(session, cluster, path, environment.state).kubectl()
        seen = kubectl.seen(*questions(namespace))
        version = knocked.version if knocked else kubectl.server_version()
    except KubernetesError as error:
        stage = of_kubernetes(error)
        return replace(found, stage=stage, why=UNMAPPED if stage is Stage.UNMAPPED else error.said)
    except UsageError as error:
        return replace(found, stage=of_aws(error), why=error.why or error.what)
    if named:
        refuse_absent(kubectl, namespace)
    found = replace(found, seen=seen, version=version, rights=rights(namespace, seen.allowed))
    assert found.identity is not None
    if seen.arn and canonical(seen.arn) != canonical(found.identity.arn):
        return replace(found, stage=Stage.WRONG_CLUSTER, why=f"Kubernetes takes it for {seen.arn}")
    if found.rights is not None and not found.rights.any:
        return replace(found, stage=Stage.FORBIDDEN, why="it is known, and no role is bound to it or its groups")
    return found


def _difference(one: Cluster, other: Cluster) -> str:
    """What of two answers of DescribeCluster makes them two clusters."""
    if one.arn != other.arn:
        return f"cluster: {one.arn}"
    if one.endpoint != other.endpoint:
        return f"endpoint: {one.endpoint}"
    return "CA" if one.certificate_authority != other.certificate_authority else ""
