"""What a new rule rests on, looked at before anything is written: its class, its Service, its issuer."""

from __future__ import annotations

from longshore import hosts
from longshore.certs import choice
from longshore.certs.choice import Issuer
from longshore.cluster import ingress_classes as classes
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.cluster.ingress_classes import IngressClass
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.ingress import controllers, place, services
from longshore.ingress.services import Port, Service
from longshore.steps.step import Context, Done, Look, Status, Unknown


class ChooseClass(Look):
    """`found` is the class: the named one, else the one that the host has already, else the cluster's default."""

    name = "ingress-class"
    title = "Ingress class"

    def __init__(self, environment: Environment, guard: ClusterGuard, host: str, name: str) -> None:
        self._environment = environment
        self._guard = guard
        self._host = host
        self._name = name
        self._found: IngressClass | None = None
        self.default = ""
        """What a rule has that names no class; empty: none, or it can't be seen."""

    @property
    def found(self) -> IngressClass:
        assert self._found is not None, "no class was chosen yet"
        return self._found

    def check(self, run: Context) -> Status:
        """Raises UsageError where it can't be told which."""
        if self._found is None:
            with asking(self._guard, doing="look at the classes"):
                kubectl = self._guard.kubectl(run)
                known = classes.all_of(kubectl)
                there = kubectl.find(classes.INGRESSES, hosts.object_name(self._host), self._environment.namespace)
            default = classes.default(known or [])
            self.default = default.name if default else ""
            wanted = self._name or (classes.of_ingress(there) if there else "")
            name = run.target("class", lambda: classes.chosen(known, wanted, self._environment).name)
            self._found = classes.chosen(known, name, self._environment)
            self._warn(run)
        return Done(str(self._found) if self._found.controller else self._found.name)

    def _warn(self, run: Context) -> None:
        if self.found.controller != classes.RETIRED:
            return
        with asking(self._guard, doing="look at the controllers"):
            there = controllers.running(self._guard.kubectl(run))
        if there is None or any(one.name == controllers.INGRESS_NGINX for one in there):
            run.report.warn(f"class {self.found.name}: {controllers.RETIREMENT}")


class FindService(Look):
    """The Service and the port of it that is asked for, or its only one."""

    name = "service"

    def __init__(self, environment: Environment, guard: ClusterGuard, name: str, port: str, *, awaited: bool) -> None:
        """`awaited`: an earlier step of the run may bring it."""
        self.title = f"Service {name}"
        self._awaited = awaited
        self._environment = environment
        self._guard = guard
        self._name = name
        self._wanted = port
        self._found: tuple[Service, Port] | None = None

    @property
    def is_there(self) -> bool:
        """Whether it was found."""
        return self._found is not None

    @property
    def answers(self) -> bool:
        """Whether somebody is there for its requests."""
        return self._found is not None and bool(self._found[0].ready or self._found[0].external)

    def port(self, named: str = "") -> str:
        """The port by its name or number, as it was asked for, else in the word `named` where that is the same one."""
        assert self._found is not None, "the Service was not looked for yet"
        _, found = self._found
        return self._wanted or (named if named in found.words else str(found.number))

    def check(self, run: Context) -> Status:
        """Raises UsageError where there is none, or it has no such port."""
        space = self._environment.namespace
        if self._found is None:
            with asking(self._guard, doing="look at the Services", on=space):
                _, known = place.here(self._guard.kubectl(run), space)
            if self._name not in known and self._awaited and run.planning:
                return Unknown(f"known after Service {self._name} is there")
            self._found = services.chosen(known, self._name, self._wanted, self._environment)
        service, port = self._found
        return Done(f"port {port}, {service.ready} of {service.endpoints} pods ready")


class ChooseIssuer(Look):
    """`found` is who signs: the named one, else the only ClusterIssuer that is ready."""

    name = "issuer"
    title = "Issuer of the certificate"

    def __init__(self, environment: Environment, guard: ClusterGuard, chosen: ChooseClass, name: str) -> None:
        self._environment = environment
        self._guard = guard
        self._class = chosen
        self._name = name
        self._found: Issuer | None = None

    @property
    def found(self) -> Issuer:
        assert self._found is not None, "no issuer was chosen yet"
        return self._found

    def check(self, run: Context) -> Status:
        """Raises UsageError where it can't be told which, or the class takes no Secret."""
        if self._class.found.controller == classes.ALB:
            raise UsageError(
                "an ALB takes its certificates from ACM, not from a Secret", on="--tls",
                why=f"class {self._class.found}", do="leave --tls out: the controller finds the host's certificate in ACM",
            )  # fmt: skip
        if self._found is None:
            with asking(self._guard, doing="look at the issuers"):
                kubectl, environment = self._guard.kubectl(run), self._environment
                name = self._name or run.target("issuer", lambda: choice.issuer(kubectl, environment).name)
                self._found = choice.issuer(kubectl, environment, name)
        return Done(str(self._found))
