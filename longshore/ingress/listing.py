"""ingress.rules: which host and path leads where, how many pods are ready there, and the certificate."""

from __future__ import annotations

from typing import Any

from longshore.answers import Answer, Table
from longshore.cluster.errors import asking
from longshore.cluster.sight import Sight
from longshore.environments.environment import Environment
from longshore.ingress.chain import certificate
from longshore.ingress.chain.link import BROKEN, OK
from longshore.ingress.chain.seen import Seen, see
from longshore.ingress.rules import Rule
from longshore.steps.report import Reporter

COLUMNS = ("host", "path", "service", "ready", "TLS", "class", "ingress")


def listed(environment: Environment, report: Reporter) -> Answer:
    """All rules of the namespace, whoever made them, in the order in which a request is matched."""
    sight = Sight(environment, report)
    with asking(sight.guard, doing="look at the rules", on=environment.namespace):
        seen = see(sight.kubectl, environment)
    rows = [
        (
            one.host, one.shown, one.target, _ready(one, seen), _tls(one, seen), seen.class_of(one),
            one.ingress if one.ours else f"{one.ingress} (by hand)",
        )
        for one in seen.rules
    ]  # fmt: skip
    data = {"namespace": environment.namespace, "rules": [_data(one, seen) for one in seen.rules]}
    return Answer(data, [Table(COLUMNS, rows, empty="no rule")])


def _ready(rule: Rule, seen: Seen) -> str:
    there = seen.services.get(rule.service)
    if not rule.is_to_service:
        return "no Service"
    if there is None:
        return "no such Service"
    if there.port(rule.port) is None:
        return "no such port"
    return there.external or f"{there.ready} of {there.endpoints}"


def _tls(rule: Rule, seen: Seen) -> str:
    link = certificate.judge(rule, seen)
    if not rule.tls and link.state == OK:
        return "no"
    return link.found if link.state != BROKEN else f"broken: {link.found}"


def _data(rule: Rule, seen: Seen) -> dict[str, Any]:
    there = seen.services.get(rule.service)
    link = certificate.judge(rule, seen)
    told = rule.tls or link.state != OK
    return {
        "host": rule.host, "path": rule.path, "type": rule.type, "service": rule.service, "port": rule.port,
        "ready": there.ready if there else None, "endpoints": there.endpoints if there else None,
        "tls": {"secret": rule.secret or None, "state": link.state, "found": link.found} if told else None,
        "class": seen.class_of(rule) or None, "ingress": rule.ingress, "ours": rule.ours,
    }  # fmt: skip
