"""ingress.add: a rule of a host's path, merged into the host's Ingress; who has the same path elsewhere is named and keeps it."""

from __future__ import annotations

from dataclasses import replace

from longshore import hosts, person
from longshore.aws.identity import IdentityGuard
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.cluster.ingress_classes import INGRESSES
from longshore.cluster.sight import require_namespace
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.ingress import document, marks, place, rules, write
from longshore.ingress.choose import ChooseClass, ChooseIssuer, FindService
from longshore.ingress.rules import EXACT, PREFIX, Rule
from longshore.kubernetes.marks import BY, RUN
from longshore.programs.kubernetes import Object
from longshore.steps.step import Context, Done, Status, Step, ToDo, Unknown


class AddRule(Step):
    """The host's Ingress has the rule, of that class, and with an issuer a place for the certificate."""

    name = "rule"

    def __init__(
        self,
        environment: Environment,
        guard: ClusterGuard,
        rule: Rule,
        chosen: ChooseClass,
        service: FindService,
        issuer: ChooseIssuer | None,
    ) -> None:
        self.title = f"Rule {rule.host}{rule.shown} → {rule.service}"
        self._namespace = environment.namespace
        self._guard = guard
        self._wish = rule
        self._class = chosen
        self._service = service
        self._issuer = issuer

    def check(self, run: Context) -> Status:
        """Raises Refused where another Ingress has the path, or the host's name is taken."""
        name = hosts.object_name(self._wish.host)
        with asking(self._guard, doing="look at the rules", on=self._wish.host):
            kubectl = self._guard.kubectl(run)
            self._refuse_taken(place.everywhere(kubectl, self._namespace), name)
            before = kubectl.find(INGRESSES, name, self._namespace)
        if not self._service.is_there:
            return Unknown("known after its Service is there")
        after = self._edited(run, before)
        if after != before:
            silent = f"no pod of {self._wish.service} is ready: its requests get no answer until one is"
            return ToDo(*document.changes(before, after), *([] if self._service.answers else [silent]))
        return Done(f"port {self._rule(after).port}, class {self._class.found.name}")

    def apply(self, run: Context) -> None:
        """Raises Refused where the host's name has been taken meanwhile."""
        name = hosts.object_name(self._wish.host)
        write.change(run, self._guard, name, self._namespace, lambda before: self._edited(run, before))

    def _rule(self, before: Object) -> Rule:
        """The wish, with the port as it is named there already where it is that one."""
        wish = self._wish
        there = next((one for one in rules.of(before) if one.key == wish.key and one.service == wish.service), None)
        return replace(wish, port=self._service.port(there.port if there else ""))

    def _edited(self, run: Context, before: Object | None) -> Object:
        host = self._wish.host
        if before is not None and not (marks.is_ours(before) and marks.host_of(before) == host):
            whose = f"for {marks.host_of(before)}" if marks.is_ours(before) else "one that ingress.add didn't make"
            raise Refused(
                "an Ingress has the host's name already, nothing was changed",
                on=f"{self._namespace}/{before['metadata']['name']}",
                why=f"it is {whose}",
                do="add the rule to its manifest, or delete it first",
            )
        about = {BY: person.who(), RUN: run.id}
        start = before if before is not None else document.empty(host, self._namespace)
        return document.added(
            start, self._rule(start), self._class.found.name, self._issuer.found if self._issuer else None,
            {name: value for name, value in about.items() if value},
        )  # fmt: skip

    def _refuse_taken(self, known: list[Rule], name: str) -> None:
        for other in known:
            same_class = (other.class_name or self._class.default) == self._class.found.name
            own = (other.namespace, other.ingress) == (self._namespace, name)
            if other.key == self._wish.key and same_class and not own:
                raise Refused(
                    "another Ingress has this host and path, nothing was changed",
                    on=f"{other.namespace}/{other.ingress}",
                    why=f"it leads {other}",
                    do="take the rule out of that Ingress first, or choose another path",
                )


def add(
    environment: Environment,
    host: str,
    service: str,
    *,
    path: str = "/",
    port: str = "",
    exact: bool = False,
    tls: bool = False,
    issuer: str = "",
    class_name: str = "",
    by: tuple[IdentityGuard, ClusterGuard] | None = None,
) -> list[Step]:
    """The steps. `by`: guards that have a place in the run already, whose earlier steps may bring the Service.

    Raises UsageError for a host or a path that can't be one.
    """
    require_namespace(environment)
    if issuer and not tls:
        raise UsageError(
            "--issuer goes with --tls", why="without it there is no certificate", do="inv ingress.add --help"
        )
    kind = EXACT if exact else PREFIX
    rule = Rule(hosts.parse(host), rules.normal(rules.checked_path(path), kind), kind, service, port)
    identity, guard = by or guards(environment)
    chosen = ChooseClass(environment, guard, rule.host, class_name)
    found = FindService(environment, guard, service, port, awaited=by is not None)
    signer = ChooseIssuer(environment, guard, chosen, issuer) if tls else None
    first: list[Step] = [] if by else [identity, guard]
    looks: list[Step] = [chosen, found, *([signer] if signer else [])]
    return [*first, *looks, AddRule(environment, guard, rule, chosen, found, signer)]
