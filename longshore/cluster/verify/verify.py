"""What `cluster.verify` answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longshore.answers import Answer, Table
from longshore.aws.identity import warnings
from longshore.cluster.aws_auth.arn import parse
from longshore.cluster.guard import require_cluster
from longshore.cluster.verify import expectation as expectations
from longshore.cluster.verify import traps as all_traps
from longshore.cluster.verify.ask import ask
from longshore.cluster.verify.expectation import SAME, Expectation
from longshore.cluster.verify.finding import WORDS, Finding, Stage
from longshore.environments.environment import Environment
from longshore.steps.report import Reporter

MOST = 4
"""Questions that the verdict names."""


def verify(
    environment: Environment, report: Reporter, *, profiles: str = "", expect: str = SAME, namespace: str = ""
) -> Answer:
    """Each of the profiles, asked as itself; ok only if all have what `expect` says, in all namespaces or in the one that is named.

    Raises UsageError for an expectation that can't be read, and where there is no such cluster or namespace; Refused as the guards do.
    """
    require_cluster(environment)
    names = expectations.profiles_of(profiles, environment.profile)
    expected = expectations.read(expect, names)
    where = namespace or environment.namespace or "default"
    asked = ask(environment, names, where, report, named=bool(namespace))
    findings, cluster = asked.findings, asked.cluster
    fits = [_fits(one, expected, bool(namespace)) for one in findings]
    same = _same(findings)
    ok = all(fits) and (same or not expected.same)
    traps = all_traps.traps(environment, cluster)
    notes = [*warnings(environment)]
    notes += [f"trap: {trap.text}" for trap in traps]
    for one, fit in zip(findings, fits, strict=True):
        notes += _remarks(environment, one, fit, expected, bool(namespace))
    notes.append(_verdict(findings, expected, same, ok))
    rows = [_row(one) for one in findings]
    columns = ("profile", "AWS says", "DescribeCluster", "Kubernetes says", "groups", "API server", "may do")
    return Answer(
        data={
            "environment": environment.name,
            "cluster": cluster.arn,
            "endpoint": cluster.endpoint,
            "namespace": where,
            "expect": str(expected),
            "same": same,
            "ok": ok,
            "profiles": [_json(one, expected, fit, bool(namespace)) for one, fit in zip(findings, fits, strict=True)],
            "traps": [all_traps.as_json(trap) for trap in traps],
        },
        tables=[Table(columns, rows, title=f"{cluster.name} ({cluster.endpoint})")],
        notes=notes,
        ok=ok,
    )


def _fits(one: Finding, expected: Expectation, in_namespace: bool) -> bool:
    if expected.same:
        return one.is_in
    return one.level(in_namespace) == expected.levels[one.profile]


def _same(findings: Sequence[Finding]) -> bool:
    """Whether all are in and have the same answer to every question."""
    return all(one.is_in and one.rights == findings[0].rights for one in findings)


def _row(one: Finding) -> tuple[str, ...]:
    identity, seen, rights = one.identity, one.seen, one.rights
    return (
        one.name,
        identity.arn.partition("::")[2] if identity else "-",
        "yes" if one.described else "denied" if identity and one.stage is not Stage.WRONG_ACCOUNT else "-",
        "-" if seen is None else "its ARN" if identity and seen.username == identity.arn else seen.username,
        ", ".join(group for group in seen.groups if group != "system:authenticated") or "-" if seen else "-",
        one.version or "-",
        rights.shown if one.is_in and rights else WORDS[one.stage],
    )


def _remarks(
    environment: Environment, one: Finding, fits: bool, expected: Expectation, in_namespace: bool
) -> list[str]:
    lines = []
    if not one.is_in and not (fits and not expected.same):
        lines.append(f"{one.name}: {WORDS[one.stage]}" + (f": {one.why}" if one.why else ""))
        if following := _next(environment, one):
            lines.append(f"  next: {following}")
    elif not fits:
        lines.append(f"{one.name}: {_had(one, in_namespace)}, not {_wanted(one, expected, in_namespace)}")
    if one.is_in and one.rights and not one.rights.cluster_info:
        lines.append(
            f"{one.name}: kubectl cluster-info would be refused it (it lists Services of kube-system), which says nothing of its access"
        )
    return lines


def _had(one: Finding, in_namespace: bool) -> str:
    if one.rights is None:
        return WORDS[one.stage]
    return f"{one.rights.there} in {one.rights.namespace}" if in_namespace else one.rights.shown


def _wanted(one: Finding, expected: Expectation, in_namespace: bool) -> str:
    wanted = expected.levels[one.profile]
    if in_namespace or one.rights is None:
        return wanted
    where = one.rights.namespace
    judged = f" (--namespace {where} judges that one)" if one.rights.there == wanted else ""
    return f"{wanted} in all namespaces{judged}"


def _next(environment: Environment, one: Finding) -> str:
    env = f"--env {environment.name}"
    match one.stage:
        case Stage.NO_KEY | Stage.EXPIRED | Stage.NO_USER:
            return f"inv aws.profiles {env}"
        case Stage.WRONG_ACCOUNT:
            return f"inv aws.whoami {env} --profile {one.profile}"
        case Stage.UNMAPPED | Stage.FORBIDDEN if one.identity and (who := parse(one.identity.arn)):
            flag = "--role" if who.kind == "role" else "--user"
            return f"as an administrator: inv cluster.grant {env} {flag} {who.name}"
        case Stage.UNREACHABLE | Stage.WRONG_CLUSTER:
            return f"inv cluster.components {env}"
    return ""


def _verdict(findings: Sequence[Finding], expected: Expectation, same: bool, ok: bool) -> str:
    names = ", ".join(one.name for one in findings)
    if not expected.same:
        return f"{names}: as expected ({expected})" if ok else f"not as expected ({expected})"
    if len(findings) == 1:
        return f"{names} has access" if ok else f"{names} has no access"
    if same:
        return f"same access: {names}"
    if not all(one.is_in for one in findings):
        out = [f"{one.name} has none ({WORDS[one.stage]})" for one in findings if not one.is_in]
        return f"NOT the same access: {', '.join(out)}"
    first, rest = _differing(findings)[:MOST], _differing(findings)[MOST:]
    return f"NOT the same access: they differ in {', '.join(first)}" + (f" and {len(rest)} more" if rest else "")


def _differing(findings: Sequence[Finding]) -> list[str]:
    answers = [one.rights.answers for one in findings if one.rights]
    return [question for (question, _), *_ in [column for column in zip(*answers, strict=True) if len(set(column)) > 1]]


def _json(one: Finding, expected: Expectation, fits: bool, in_namespace: bool) -> dict[str, Any]:
    identity, seen, rights = one.identity, one.seen, one.rights
    return {
        "profile": one.profile or None,
        "stage": one.stage.value,
        "why": one.why or None,
        "account": identity.account if identity else None,
        "arn": identity.arn if identity else None,
        "describes_cluster": one.described is not None,
        "username": seen.username if seen else None,
        "groups": list(seen.groups) if seen else [],
        "api_server": one.version or None,
        "lists_cluster_info": rights.cluster_info if rights else None,
        "level": one.level(in_namespace) or None,
        "level_everywhere": rights.everywhere if rights else None,
        "level_in_namespace": rights.there if rights else None,
        "everything": rights.everything if rights else None,
        "may": dict(rights.answers) if rights else {},
        "expected": None if expected.same else expected.levels[one.profile],
        "ok": fits,
    }
