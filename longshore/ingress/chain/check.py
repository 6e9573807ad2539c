"""ingress.check: each host's chain, and the first link that is broken."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from longshore import hosts
from longshore.answers import Answer, Table
from longshore.cluster.errors import asking
from longshore.cluster.sight import Sight
from longshore.cluster.simulated import not_checked as simulated
from longshore.environments.environment import Environment
from longshore.errors import UsageError, nearest
from longshore.ingress import controllers
from longshore.ingress.chain import certificate, inside, outside
from longshore.ingress.chain.link import (
    BALANCER,
    BROKEN,
    DNS,
    ENDPOINTS,
    OK,
    ORDER,
    RULE,
    Link,
    broken,
    first_broken,
    not_checked,
)
from longshore.ingress.chain.seen import Seen, see
from longshore.ingress.controllers import Controller
from longshore.ingress.rules import ANY, Rule
from longshore.programs.kubernetes import Object
from longshore.steps.report import Reporter


def check(environment: Environment, report: Reporter, host: str = "") -> Answer:
    """Not ok where a link is broken. Raises UsageError for a host that can't be one, or where there is none at all."""
    wanted = hosts.parse(host) if host else ""
    sight = Sight(environment, report)
    with asking(sight.guard, doing="look at the chain", on=environment.namespace):
        seen = see(sight.kubectl, environment)
    chosen = [wanted] if wanted else list(dict.fromkeys(one.host for one in seen.rules))
    if not chosen:
        raise UsageError(
            "there is no rule to check", on=f"namespace {environment.namespace}",
            do=f"inv ingress.add --env {environment.name} --host HOST --service NAME",
        )  # fmt: skip
    chains = {}
    for name in chosen:
        report.progress(f"checking {name}")
        chains[name] = chain(name, seen)
    notes = []
    for name, links in chains.items():
        if (first := first_broken(links)) is not None:
            notes += [f"{name}: {first.name} is broken: {first.found}", f"  next: {first.do}"]
    return Answer(
        {"ok": not notes, "namespace": environment.namespace, "hosts": [_data(name, chains[name]) for name in chains]},
        [
            Table(("link", "", "found"), [(one.name, one.state, one.found) for one in links], title=name)
            for name, links in chains.items()
        ],
        notes,
        ok=not notes,
    )


def chain(host: str, seen: Seen) -> list[Link]:
    """A host's links, as a request goes."""
    found = _of(host, seen.rules)
    if not found:
        known = list(dict.fromkeys(one.host for one in seen.rules))
        do = f"inv ingress.add --env {seen.environment.name} --host {shlex.quote(host)} --service NAME"
        elsewhere = _of(host, seen.everywhere)
        hint = f": {elsewhere[0].namespace}/{elsewhere[0].ingress} is" if elsewhere else nearest(host, known)
        nobody = broken(RULE, f"no Ingress in {seen.environment.namespace} is for it{hint}", do)
        return [nobody if name == RULE else not_checked(name, "there is no rule") for name in ORDER]
    # Its Ingresses may be of several classes: one that isn't served breaks it.
    each = [inside.controller(name, seen) for name in dict.fromkeys(seen.class_of(one) for one in found)]
    controlled, serving = next((one for one in each if one[0].state == BROKEN), each[0])
    first = next((one for one in found if one.tls), found[0])
    balancers = _balancers(seen.ingresses[first.ingress], serving)
    outer = [_dns(host, balancers, seen), _balancer(first, balancers, controlled, serving, seen)]
    why = simulated(seen.environment)
    reached = inside.endpoints(found, seen)
    if why and reached.state == OK:
        reached = Link(ENDPOINTS, reached.state, f"{reached.found}; whether they answer is {why}")
    inner = [inside.rule(found, seen, serving[0] if serving else None), inside.service(found, seen), reached]
    return [*outer, controlled, *inner, certificate.judge(first, seen)]


def _of(host: str, known: Sequence[Rule]) -> list[Rule]:
    """The rules that a host's requests meet: its own, else those of the name with a * that covers it, else those for every host."""
    own = [one for one in known if one.host == host]
    covering = [one for one in known if hosts.covers(one.host, host)]
    return own or covering or [one for one in known if one.host == ANY]


def _balancers(ingress: Object, serving: Sequence[Controller]) -> dict[str, str]:
    """The names of the load balancers that lead to a rule, each with whose it is. A controller without one of its own writes it into the Ingress."""
    services = ((one, controllers.address_of(service)) for one in serving for service in one.services)
    own = {address: one.name for one, address in services if address}
    written = controllers.address_of(ingress)
    return own or ({written: f"Ingress {ingress['metadata']['name']}"} if written else {})


def _dns(host: str, balancers: Mapping[str, str], seen: Seen) -> Link:
    if host == ANY:
        return not_checked(DNS, "the rule is for every host")
    if not balancers:
        return not_checked(DNS, "there is no load balancer that it should lead to")
    if simulated(seen.environment):
        return not_checked(DNS, f"{next(iter(balancers))} is the sandbox's, and leads nowhere")
    return outside.dns(host, balancers)


def _balancer(
    rule: Rule, balancers: Mapping[str, str], controlled: Link, serving: Sequence[Controller], seen: Seen
) -> Link:
    address = next(iter(balancers), "")
    if address and simulated(seen.environment):
        return not_checked(BALANCER, f"{address}: pods are simulated")
    if address:
        return outside.balancer(address, 443 if rule.tls else 80)
    if not serving:
        why = "there is no controller that has one" if controlled.state == BROKEN else controlled.found
        return not_checked(BALANCER, why)
    names = ", ".join(f"{one['metadata']['namespace']}/{one['metadata']['name']}" for one in serving[0].services)
    why = f"Service {names} has no address yet" if names else f"{serving[0].name} has written none into the Ingress"
    return broken(BALANCER, why, f"inv ingress.install --env {seen.environment.name}")


def _data(host: str, links: Sequence[Link]) -> dict[str, Any]:
    first = first_broken(links)
    return {
        "host": host,
        "ok": first is None,
        "broken": first.name if first else None,
        "links": [{"link": one.name, "state": one.state, "found": one.found, "next": one.do or None} for one in links],
    }
