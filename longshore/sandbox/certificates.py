"""What certs.install needs of the sandbox: cert-manager's controllers, their chart in its registry, and the process that is their pod."""

from __future__ import annotations

import time

from longshore.charts import catalogue
from longshore.charts.install import InstallChart
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.sandbox import health, kept, processes
from longshore.sandbox.cluster import cert_manager_chart
from longshore.sandbox.cluster.cert_manager import AUTHORITY
from longshore.sandbox.cluster.programs import CERTIFICATES
from longshore.sandbox.layout import Layout
from longshore.sandbox.registry import charts, upstream
from longshore.sandbox.registry.request import CHARTS
from longshore.steps.step import Context, Done, Status, Step, ToDo, Unknown
from longshore.toolchain import build, cache
from longshore.toolchain.catalogue import CERT_MANAGER, CRANE

LIMIT = 60.0
PAUSE = 0.2
NEEDED = (CRANE, CERT_MANAGER)


class BuildCertManager(Step):
    """The controllers are there, and what serves their chart. The first time takes minutes: so `sandbox.up` leaves it to who needs it."""

    name = "cert-manager-program"
    title = "build cert-manager's controllers"

    def check(self, run: Context) -> Status:
        missing = [program for program in NEEDED if not cache.is_built(program)]
        if missing:
            return ToDo(*(f"build {program.title} with Go into {cache.folder(program)}" for program in missing))
        return Done(CERT_MANAGER.title)

    def apply(self, run: Context) -> None:
        for program in NEEDED:
            build.built(program, run.report, run.keep_open())


class PutChart(Step):
    """The chart is in the sandbox's registry. `is_there` says so after a look."""

    name = "cert-manager-chart"
    title = "put cert-manager's chart into the sandbox's registry"

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._layout = Layout.of(environment)
        self.is_there = False

    def check(self, run: Context) -> Status:
        what = f"{CHARTS}{CERTIFICATES}:{cert_manager_chart.version()}"
        if not all(cache.is_built(program) for program in NEEDED):
            return Unknown("known after cert-manager is built")
        try:
            path = f"/v2/{CHARTS}{CERTIFICATES}/manifests/{cert_manager_chart.version()}"
            found = upstream.status(self._port(), "HEAD", path, {"Accept": charts.MANIFEST})
        except OSError as error:
            raise self._failed(error) from None
        self.is_there = found == 200
        return Done(what) if self.is_there else ToDo(f"push {what}, from the source that it was built from")

    def apply(self, run: Context) -> None:
        try:
            charts.push(self._port(), cert_manager_chart.chart())
        except OSError as error:
            raise self._failed(error) from None

    def _port(self) -> int:
        keep = kept.load(self._layout)
        return keep.ports.get(processes.REGISTRY, 0) if keep else 0

    def _failed(self, error: OSError) -> Failed:
        return Failed(
            "the sandbox's registry does not answer",
            on=self._environment.charts,
            why=str(error),
            do="inv sandbox.up",
        )


class InstallServed(InstallChart):
    """The pinned release. What would change is known once its chart is served."""

    def __init__(self, environment: Environment, guard: ClusterGuard, put: PutChart) -> None:
        super().__init__(environment, guard, catalogue.CERT_MANAGER)
        self._put = put

    def check(self, run: Context) -> Status:
        return super().check(run) if self._put.is_there else Unknown("known after its chart is there")


class Controllers(Step):
    """The process that does what cert-manager's pod would answers, and the sandbox's own ClusterIssuer is ready."""

    name = "cert-manager-controllers"
    title = "cert-manager's controllers"

    def __init__(self, environment: Environment, guard: ClusterGuard) -> None:
        self._environment = environment
        self._layout = Layout.of(environment)
        self._guard = guard

    def check(self, run: Context) -> Status:
        wanting = self._wanting(run)
        if wanting:
            return ToDo(f"wait until they work: {wanting}")
        return Done(f"{CERT_MANAGER.title} runs beside the cluster; ClusterIssuer {AUTHORITY} is ready")

    def apply(self, run: Context) -> None:
        run.report.progress("waiting for cert-manager's controllers")
        deadline = time.monotonic() + LIMIT
        while wanting := self._wanting(run):
            if time.monotonic() > deadline:
                log = self._layout.log(self._process())
                raise Failed("cert-manager's controllers do not work", on=str(log), why=wanting, do=f"less {log}")
            run.sleep(PAUSE)

    def _process(self) -> str:
        return processes.of_cluster(self._environment.eks_cluster, CERTIFICATES)

    def _wanting(self, run: Context) -> str:
        found = next((one for one in processes.recorded(self._layout) if one.name == self._process()), None)
        if found is None or not found.server.alive():
            return "they do not run yet"
        if fault := health.fault_of_part(self._layout, self._environment.eks_cluster, CERTIFICATES, found.port):
            return fault
        with asking(self._guard, doing=f"look at ClusterIssuer {AUTHORITY}"):
            issuer = self._guard.kubectl(run).find("clusterissuers.cert-manager.io", AUTHORITY)
        conditions = ((issuer or {}).get("status") or {}).get("conditions") or [{}]
        if any(one.get("status") == "True" for one in conditions):
            return ""
        return f"ClusterIssuer {AUTHORITY}: {conditions[0].get('message', 'it is not there yet')}"
