"""A release as a step: the chart is installed with its values, all its objects are there, and its pods are ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from longshore.charts import merging, objects, source, stuck
from longshore.charts.catalogue import Pinned
from longshore.charts.complaints import explained, lacks_its_kinds
from longshore.charts.fetch import Fetch
from longshore.charts.holding import renewed
from longshore.charts.marks import CHART, RUN
from longshore.charts.way import helm_for
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused
from longshore.kubernetes.lease import Lease, held
from longshore.kubernetes.marks import key, words
from longshore.kubernetes.rollout import Watch
from longshore.kubernetes.workloads import Workload
from longshore.programs.helm import Helm, Release
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

MINUTES = 10.0


def nothing(run: Context) -> Mapping[str, Any]:
    """No values but the packaged ones and the project's."""
    return {}


class InstallChart(Step):
    """`chart` is what --chart says (empty: the pinned one). `values` gives what is known once the guards have looked. `release` is the one that it
    saw last, `objects` are those of it.
    """

    def __init__(
        self,
        environment: Environment,
        guard: ClusterGuard,
        pinned: Pinned,
        chart: str = "",
        values: Callable[[Context], Mapping[str, Any]] = nothing,
    ) -> None:
        self.name = f"chart-{pinned.name}"
        self.title = f"Chart {pinned.chart} in {pinned.namespace}"
        self.environment = environment
        self.pinned = pinned
        self.release: Release | None = None
        self.objects: list[Object] = []
        self._guard = guard
        self._chart = Fetch(pinned, source.choose(pinned, chart, environment), environment)
        self._known = values

    def check(self, run: Context) -> Status:
        """Raises UsageError for a chart or values that can't be installed, Refused where another Helm is at work or owns what the chart has."""
        values = merging.merged(self.pinned, self.environment, self._known(run))
        with asking(self._guard, doing=f"look at the release {self.pinned.release}", on=self.pinned.namespace):
            helm, kubectl = helm_for(self._guard, run), self._guard.kubectl(run)
            release = self._look(helm)
            if release is None:
                return ToDo(
                    f"install {self._chart.by(helm).words}", *self._changes(helm, kubectl, values), *self._wait()
                )
            if (left := stuck.judge(helm, release)) is not None:
                # Who has the lease may be at work; it runs out if they were killed. Then it is looked at again.
                at_it = Lease(run, self.pinned.release, self.pinned.namespace).has_it(kubectl)
                return ToDo(
                    f"wait for {at_it}, who installs it" if at_it else str(left),
                    f"install {self._chart.by(helm).words}",
                )
            todo = self._differences(helm, release, values)
            if todo:
                changed = self._changes(helm, kubectl, values) or ["all objects stay as they are"]
                return ToDo(*todo, *self._kinds(helm, release), *changed, *self._wait())
            if missing := self._missing(kubectl):
                return ToDo(*(f"put back {words(one)}" for one in missing), *self._wait())
            found = self._workloads(kubectl)
        if not all(one.is_complete for one in found):
            ready, wanted = sum(one.ready for one in found), sum(one.wanted for one in found)
            return ToDo(f"wait until all pods are ready: {ready} of {wanted} are")
        return self._done(release, found)

    def apply(self, run: Context) -> None:
        """Raises Failed with what keeps pods from becoming ready; Refused where somebody else installs for too long."""
        values = merging.merged(self.pinned, self.environment, self._known(run))

        def kubectl() -> Kubectl:
            return self._guard.kubectl(run)

        with asking(self._guard, doing=f"install {self.pinned.chart}", on=self.pinned.namespace):
            self._make_namespace(kubectl())
            lease = Lease(run, self.pinned.release, self.pinned.namespace)
            with held(lease, kubectl()), renewed(lease, kubectl) as still_ours:
                # Only now nobody else of ours is at work.
                helm = helm_for(self._guard, run)
                release = self._look(helm)
                left = stuck.judge(helm, release) if release is not None else None
                if left is not None:
                    run.report.warn(str(left))
                    stuck.mend(helm, left)
                    release = self._look(helm)
                if release is not None and self._kinds(helm, release):
                    kubectl().put(self._chart.by(helm).kinds, force=True)
                if release is None or self._differences(helm, release, values) or self._missing(kubectl()):
                    self._upgrade(run, helm, values)
                self._await(run, kubectl, still_ours)

    # Looking.

    def _look(self, helm: Helm) -> Release | None:
        pinned = self.pinned
        self.release = helm.find(pinned.release, pinned.namespace)
        self.objects = objects.of(self.release.manifest, pinned.namespace) if self.release is not None else []
        if self.release is not None and self.release.chart != pinned.chart:
            raise Refused(
                f"the release {pinned.release} is of another chart, nothing was touched",
                on=f"namespace {pinned.namespace}",
                why=f"it is {self.release.chart} {self.release.version}, not {pinned.chart}",
            )
        return self.release

    def _differences(self, helm: Helm, release: Release, values: Mapping[str, Any]) -> list[str]:
        """What isn't as wished, a line each."""
        lines = []
        # A release of a Helm of somebody's has no mark: its chart and version tell as much as the pinned one's do.
        mark = release.labels.get(CHART) or f"{release.chart}-{release.version}"
        if mark != self._chart.mark(helm):
            lines.append(f"{release.chart} {release.version} → {self._chart.by(helm).words}")
        if names := list(merging.differences(release.values, values)):
            lines.append(f"other values: {', '.join(names)}")
        if release.status != "deployed":
            lines.append(
                f"install {self._chart.by(helm).words} again: its revision {release.revision} {release.status}"
            )
        return lines

    def _kinds(self, helm: Helm, release: Release) -> list[str]:
        chart = self._chart.by(helm)
        if chart.version == release.version or not chart.kinds:
            return []
        return [f"apply {counted(len(chart.kinds), 'CRD')} of the chart, which Helm itself never upgrades"]

    def _changes(self, helm: Helm, kubectl: Kubectl, values: Mapping[str, Any]) -> list[str]:
        """What happens to which object. The server is asked whether it would take them: Helm finds out only when it has begun."""
        pinned = self.pinned
        chart = pinned.release, self._chart.by(helm).path, pinned.namespace, values
        try:
            after = objects.of(helm.render(*chart), pinned.namespace)
            there = kubectl.find("namespace", pinned.namespace) is not None
            kubectl.put(after if there else objects.elsewhere(after, pinned.namespace), dry_run=True, force=True)
        except KubernetesError as error:
            if lacks_its_kinds(error):
                # They come with the chart's CRDs, before its objects.
                after = objects.of(helm.template(*chart), pinned.namespace)
            else:
                raise explained(error, pinned, self.environment) or error from None
        return objects.changes(self.objects, after)

    def _missing(self, kubectl: Kubectl) -> list[Object]:
        """Objects of the release that somebody has deleted."""
        try:
            there = {key(one) for one in kubectl.present(self.objects)}
        except KubernetesError as error:
            if error.reason is not Reason.INVALID:
                raise
            # A kind is gone.
            there = set()
        # What the cluster knows without a namespace has none there.
        return [one for one in self.objects if not there & {key(one), (key(one)[0], "", key(one)[2])}]

    def _workloads(self, kubectl: Kubectl) -> list[Workload]:
        names = objects.workloads(self.objects, self.pinned.namespace)
        return [Workload(one) for one in kubectl.several(names, self.pinned.namespace)]

    def _done(self, release: Release, found: Sequence[Workload]) -> Done:
        stand_in = release.annotations.get(source.STAND_IN, "")
        ready, wanted = sum(one.ready for one in found), sum(one.wanted for one in found)
        told = f"{release.chart} {release.version}" + (f", {stand_in}" if stand_in else "")
        return Done(
            f"{told}, revision {release.revision}, {ready} of {wanted} pods ready",
            {
                "release": release.name, "namespace": release.namespace, "revision": release.revision,
                "chart": release.chart, "version": release.version, "stand_in": bool(stand_in), "ready": ready, "wanted": wanted,
            },
        )  # fmt: skip

    # Acting.

    def _make_namespace(self, kubectl: Kubectl) -> None:
        wished = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.pinned.namespace}}
        try:
            if kubectl.find("namespace", self.pinned.namespace) is None:
                kubectl.create(wished)
        except KubernetesError as error:
            if error.reason not in (Reason.EXISTS, Reason.FORBIDDEN):
                raise

    def _upgrade(self, run: Context, helm: Helm, values: Mapping[str, Any]) -> None:
        run.report.progress(f"helm installs {self.pinned.chart}")
        helm.upgrade(
            self.pinned.release,
            self._chart.by(helm).path,
            self.pinned.namespace,
            values,
            {RUN: run.id, CHART: self._chart.mark(helm)},
        )
        self._look(helm)

    def _await(self, run: Context, kubectl: Callable[[], Kubectl], meanwhile: Callable[[], None]) -> None:
        names = objects.workloads(self.objects, self.pinned.namespace)
        if not names:
            return
        try:
            Watch(run, kubectl, self.pinned.namespace, self.environment.name).until_ready(names, MINUTES, meanwhile)
        except KubernetesError:
            raise
        except Failed as error:
            mend = f"mend {merging.FOLDER}/{self.pinned.name}.yaml, then run it again"
            back = f"or go back: helm rollback {self.pinned.release} --namespace {self.pinned.namespace}"
            has_before = self.release is not None and self.release.revision > 1
            raise Failed(error.what, on=error.on, why=error.why, do=(mend, back) if has_before else mend) from error

    def _wait(self) -> list[str]:
        return ["and wait until all its pods are ready"]
