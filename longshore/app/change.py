"""What is changed in a deployed application without its manifests: another revision, another number of pods, other pods."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from longshore.app import revisions
from longshore.app.manifests import folder
from longshore.app.revisions import Revision
from longshore.app.sight import chosen
from longshore.app.undo import Undo
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.kubernetes import workloads
from longshore.kubernetes.lease import Lease, held
from longshore.kubernetes.marks import RESTARTED, WORKLOADS
from longshore.kubernetes.rollout import Watch
from longshore.kubernetes.workloads import Workload
from longshore.programs.kubectl import Kubectl
from longshore.steps.step import Context, Done, Status, Step, ToDo

MINUTES = 10.0


class Change(Step):
    """Shared: the workloads, the lease, and the watch until all pods are ready."""

    kinds: Sequence[str] = WORKLOADS

    def __init__(self, environment: Environment, guard: ClusterGuard, workload: str) -> None:
        folder(environment)
        self.environment = environment
        self._guard = guard
        self._workload = workload

    def check(self, run: Context) -> Status:
        """Raises UsageError where there is no such workload."""
        with asking(self._guard, doing=f"look at {self.environment.app}"):
            kubectl = self._guard.kubectl(run)
            found = self._found(kubectl)
            lines = self.lines(run, kubectl, found)
            found = self.concerned(run, found)
        if lines:
            return ToDo(*lines, "and wait until all pods are ready")
        if not all(one.is_complete for one in found):
            return ToDo("wait until all pods are ready")
        return Done("; ".join(self.done(one) for one in found))

    def apply(self, run: Context) -> None:
        """Raises RolloutFailed with what explains it; Refused where somebody else deploys for too long."""
        with asking(self._guard, doing=f"change {self.environment.app}"):
            lease = Lease(run, self.environment.app, self.environment.namespace)
            with held(lease, self._guard.kubectl(run)):
                found = self._found(self._guard.kubectl(run))
                self.act(run, self._guard.kubectl(run), found)
                watch = Watch(run, lambda: self._guard.kubectl(run), self.environment.namespace, self.environment.name)
                names = [(one.kind.lower(), one.name) for one in self.concerned(run, found)]
                watch.until_ready(names, MINUTES, lambda: lease.renew(self._guard.kubectl(run)))

    def _found(self, kubectl: Kubectl) -> list[Workload]:
        found = workloads.of_app(kubectl, self.environment.app, self.environment.namespace)
        return chosen([one for one in found if one.kind in self.kinds], self._workload, self.environment)

    @abstractmethod
    def lines(self, run: Context, kubectl: Kubectl, found: Sequence[Workload]) -> list[str]:
        """What would change."""

    @abstractmethod
    def act(self, run: Context, kubectl: Kubectl, found: Sequence[Workload]) -> None:
        """Change it."""

    def concerned(self, run: Context, found: Sequence[Workload]) -> list[Workload]:
        """Those whose pods are waited for."""
        return list(found)

    def done(self, one: Workload) -> str:
        """A workload as it is, in words."""
        revision = f" revision {one.revision}" if one.revision else ""
        return f"{one.name}{revision}, {one.ready} of {one.wanted} pods ready"


class Rollback(Change):
    """An older revision is the newest again. What is gone for are hashes of pod templates: twice is once.

    A Deployment without an older revision stays as it is, where another one has one.
    """

    name = "rollback"
    kinds = ("Deployment",)

    def __init__(self, environment: Environment, guard: ClusterGuard, workload: str, to: int) -> None:
        super().__init__(environment, guard, workload)
        self.title = f"Roll {environment.app} back"
        self._to = to

    def lines(self, run: Context, kubectl: Kubectl, found: Sequence[Workload]) -> list[str]:
        known = {one.name: revisions.of(kubectl, one) for one in found}
        target = revisions.unpacked(run.target("revision", lambda: self._target(known), relative=not self._to))
        told = []
        for name, hash in target.items():
            wanted = next((one for one in known.get(name, []) if one.hash == hash), None)
            if wanted is None:
                raise UsageError("the revision is gone", on=f"{name}, {hash}", do="inv app.status")
            if known[name][0].hash != hash:
                told.append(f"{name}: {known[name][0]} → {wanted}")
        stay = [f"{name} ({_newest(found)})" for name, found in known.items() if name not in target]
        if told and stay and run.planning:
            run.report.warn(f"there is no older revision, so they stay as they are: {', '.join(stay)}")
        return told

    def act(self, run: Context, kubectl: Kubectl, found: Sequence[Workload]) -> None:
        undo = Undo(self._guard, self.environment)
        target = revisions.unpacked(run.target("revision", str))
        for name, hash in target.items():
            undo.to(run, name, hash)
        undo.prove(run, target)

    def concerned(self, run: Context, found: Sequence[Workload]) -> list[Workload]:
        # One that stays may be what is broken: the others go back all the same.
        target = revisions.unpacked(run.target("revision", str))
        return [one for one in found if one.name in target]

    def _target(self, known: dict[str, list[Revision]]) -> str:
        env = self.environment.name
        if self._to and len(known) > 1:
            raise UsageError("--to goes with --workload", on=", ".join(known), why="each has revisions of its own")
        hashes = {}
        for name, found in known.items():
            older = found[1:] if not self._to else [one for one in found if one.number == self._to]
            if older:
                hashes[name] = older[0].hash
        if not hashes:
            there = [
                f"{name} has {', '.join(str(one) for one in found[:4]) or 'none'}" for name, found in known.items()
            ]
            raise UsageError(
                f"there is no revision {self._to}" if self._to else "there is no revision to go back to",
                on=", ".join(known), why="; ".join(there), do=f"inv app.status --env {env}",
            )  # fmt: skip
        return revisions.packed(hashes)


class Scale(Change):
    """So many pods, until the next deployment says otherwise."""

    name = "scale"
    kinds = ("Deployment", "StatefulSet")

    def __init__(self, environment: Environment, guard: ClusterGuard, workload: str, replicas: int) -> None:
        super().__init__(environment, guard, workload)
        if replicas < 0:
            raise UsageError("--replicas must be 0 or more", on=str(replicas))
        self.title = f"Scale {environment.app} to {replicas}"
        self._replicas = replicas

    def lines(self, run: Context, kubectl: Kubectl, found: Sequence[Workload]) -> list[str]:
        if len(found) > 1:
            raise UsageError(
                "which workload? there are several",
                on=", ".join(one.name for one in found),
                do="name it: --workload NAME",
            )
        return [f"{one.name}: {one.wanted} → {self._replicas} pods" for one in found if one.wanted != self._replicas]

    def act(self, run: Context, kubectl: Kubectl, found: Sequence[Workload]) -> None:
        for one in found:
            if one.wanted != self._replicas:
                kubectl.scale(one.kind.lower(), one.name, one.namespace, self._replicas)


class Restart(Change):
    """Other pods of the same revision's content, one after the other as in a deployment."""

    name = "restart"

    def __init__(self, environment: Environment, guard: ClusterGuard, workload: str) -> None:
        super().__init__(environment, guard, workload)
        self.title = f"Restart {environment.app}"

    def lines(self, run: Context, kubectl: Kubectl, found: Sequence[Workload]) -> list[str]:
        mark = run.target("restart", lambda: run.id, relative=True)
        return [f"{one.name}: {one.wanted} other pods" for one in found if _restarted(one) != mark]

    def act(self, run: Context, kubectl: Kubectl, found: Sequence[Workload]) -> None:
        mark = run.target("restart", str)
        change = {"spec": {"template": {"metadata": {"annotations": {RESTARTED: mark}}}}}
        for one in found:
            if _restarted(one) != mark:
                kubectl.patch(one.kind.lower(), one.name, one.namespace, change)


def rollback(environment: Environment, workload: str = "", to: int = 0) -> list[Step]:
    """The steps of app.rollback."""
    identity, guard = guards(environment)
    return [identity, guard, Rollback(environment, guard, workload, to)]


def scale(environment: Environment, replicas: int, workload: str = "") -> list[Step]:
    """The steps of app.scale."""
    identity, guard = guards(environment)
    return [identity, guard, Scale(environment, guard, workload, replicas)]


def restart(environment: Environment, workload: str = "") -> list[Step]:
    """The steps of app.restart."""
    identity, guard = guards(environment)
    return [identity, guard, Restart(environment, guard, workload)]


def _newest(found: Sequence[Revision]) -> str:
    return str(found[0]) if found else "none yet"


def _restarted(one: Workload) -> str:
    metadata = one.object["spec"]["template"].get("metadata") or {}
    return str((metadata.get("annotations") or {}).get(RESTARTED, ""))
