"""app.deploy: what would change is asked of the server first; then it is applied, and its pods are watched until all are ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from longshore import person
from longshore.app import labelled
from longshore.app.env_secret import AppEnv
from longshore.app.image import ChooseImage, Pushed
from longshore.app.manifests import ReadManifests
from longshore.app.namespace import MakeNamespace
from longshore.app.old_secrets import PruneSecrets
from longshore.app.way_back import WayBack
from longshore.app.wish import Difference, Wish
from longshore.aws.identity import IdentityGuard
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.environments.environment import Environment
from longshore.errors import Failed, UsageError
from longshore.kubernetes.lease import Lease, held
from longshore.kubernetes.marks import BY, COMMIT, IMAGE, RUN
from longshore.kubernetes.rollout import RolloutFailed, Watch
from longshore.kubernetes.workloads import Workload
from longshore.programs import git
from longshore.programs.kubectl import Kubectl
from longshore.secrets.read import ReadSecret
from longshore.secrets.store import is_in_aws
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

MINUTES = 10.0
"""For a rollout as a whole. A Deployment's own limit (progressDeadlineSeconds) is the same, for each time without progress."""


class Deploy(Step):
    """What the manifests say is in the cluster, and all pods are ready. With `rollback`, a revision that doesn't become ready is put back;
    with `prune`, what longshore applied once and the manifests no longer have is deleted.
    """

    name = "deploy"

    def __init__(
        self,
        wish: Wish,
        namespace: MakeNamespace,
        guard: ClusterGuard,
        *,
        rollback: bool,
        prune: bool = False,
        minutes: float = MINUTES,
    ) -> None:
        self.environment = wish.environment
        self.title = f"Deploy {self.environment.app} to {self.environment.namespace}"
        self.wish = wish
        self._namespace = namespace
        self._guard = guard
        self._rollback = rollback
        self._prune = prune
        self._minutes = minutes
        self._difference: Difference | None = None
        self._revisions: str | None = None
        self.seen, self.is_done, self.was_applied = "", False, False
        """What ran at the last look, in words; whether it is what is wished; whether this process has applied it."""
        self.back: tuple[str, ...] = ()
        """The revisions that were put back, in words."""

    def check(self, run: Context) -> Status:
        """Raises UsageError for a typing error in a manifest."""
        names = self.wish.workloads()
        if not self._namespace.is_there:
            lines = [f"create {one['kind']} {one['metadata']['name']}" for one in self.wish.objects()]
            self._revisions = ""
            return ToDo(*lines, *_wait(names))
        with asking(self._guard, doing="see what would change", on=self.environment.app):
            kubectl = self._guard.kubectl(run)
            found = self.wish.compare(kubectl)
            left = labelled.left(kubectl, self.wish)
        there = found.workloads
        self._revisions = ", ".join(f"{one.name} {one.revision}" for one in there if one.revision)
        self.seen = _summary(there)
        deletions = labelled.words(left) if self._prune else []
        self.is_done = not found.lines and not deletions and all(one.is_complete for one in there)
        if found.forced and run.planning:
            run.report.warn(f"fields that somebody else has set are taken over: {found.forced}")
        if left and not self._prune and run.planning:
            told = ", ".join(f"{kind.partition('.')[0]}/{name}" for kind, name in left)
            run.report.warn(f"no longer in the manifests, and still there: {told}; --prune deletes it")
        self._difference = found
        if found.lines:
            return ToDo(*found.lines, *deletions, *_wait(names))
        if not all(one.is_complete for one in there):
            ready, wanted = sum(one.ready for one in there), sum(one.wanted for one in there)
            return ToDo(*deletions, f"wait until all pods are ready: {ready} of {wanted} are")
        if deletions:
            return ToDo(*deletions)
        return Done(self.seen, {"workloads": [_data(one) for one in there], "image": self.wish.image.reference})

    def facts(self) -> Mapping[str, str]:
        return {} if self._revisions is None else {"deployed revision": self._revisions or "none"}

    def apply(self, run: Context) -> None:
        """Raises RolloutFailed with what explains it; Refused where somebody else deploys for too long."""
        names, space = self.wish.workloads(), self.environment.namespace

        def kubectl() -> Kubectl:
            return self._guard.kubectl(run)

        with asking(self._guard, doing=f"deploy {self.environment.app}"):
            lease = Lease(run, self.environment.app, space)
            with held(lease, kubectl()):
                if lease.waited:
                    self._look_again(run, kubectl())
                back = WayBack(self._guard, self.environment)
                before = back.before(run, kubectl(), names)
                changed = self._difference is None or bool(self._difference.lines)
                self.was_applied = True
                self.wish.apply(kubectl(), self._about(run), changed=changed)
                watch = Watch(run, kubectl, space, self.environment.name)

                def renew() -> None:
                    lease.renew(kubectl())

                try:
                    watch.until_ready(names, self._minutes, renew)
                except RolloutFailed as error:
                    if self._rollback:
                        self.back = back.go(run, before, watch, error, renew)
                    if not self.back:
                        raise
                    raise Failed(
                        f"the deployment failed; {', '.join(self.back)} is back and ready",
                        on=error.on,
                        why=error.why,
                        do=f"inv app.status --env {self.environment.name}",
                    ) from error
                if self._prune:
                    self._delete_left(run, lease)

    def _delete_left(self, run: Context, lease: Lease) -> None:
        def find(kubectl: Kubectl, kinds: Sequence[str]) -> list[labelled.Name]:
            lease.renew(kubectl)
            return labelled.left(kubectl, self.wish, kinds)

        labelled.delete(run, self._guard, self.environment.namespace, find)

    def _look_again(self, run: Context, kubectl: Kubectl) -> None:
        """Somebody else has deployed meanwhile: what is told now is what happens."""
        planned = self._difference.lines if self._difference else ()
        self._difference = self.wish.compare(kubectl)
        if self._difference.lines != planned:
            for line in self._difference.lines:
                run.report.note(f"after the other deployment: {line}")

    def _about(self, run: Context) -> dict[str, str]:
        commit = git.commit_of(self.environment.root)
        found = {RUN: run.id, BY: person.who(), COMMIT: commit, IMAGE: self.wish.image.digest}
        return {name: value for name, value in found.items() if value}


class Deployment(NamedTuple):
    """The steps of a deployment, and those of them that others ask afterwards."""

    steps: list[Step]
    image: ChooseImage
    deploy: Deploy
    env: AppEnv


def deploy(
    environment: Environment,
    image: str | Pushed = "",
    *,
    rollback: bool = False,
    prune: bool = False,
    minutes: float = MINUTES,
    by: tuple[IdentityGuard, ClusterGuard] | None = None,
    secret: ReadSecret | None = None,
) -> Deployment:
    """The steps. `image`: a digest, a reference or a tag, or the step that pushes it. `by` and `secret`: guards, and the step that reads the secret,
    that have a place in the run already.

    Raises UsageError where the environment names no manifests.
    """
    if minutes <= 0:
        raise UsageError(
            "--minutes must be 1 or more", on=f"{minutes:g}", why="a rollout takes a while", do="--minutes 10"
        )
    identity, guard = by or guards(environment)
    read = ReadManifests(environment, guard)
    if secret is None and environment.secrets:
        secret = ReadSecret(environment, identity if is_in_aws(environment) else None)
    env = AppEnv(environment, read, secret)
    chosen = ChooseImage(environment, identity, read, image)
    namespace = MakeNamespace(environment, guard)
    wish = Wish(environment, read, chosen, env)
    step = Deploy(wish, namespace, guard, rollback=rollback, prune=prune, minutes=minutes)
    first: list[Step] = [] if by else [identity, guard]
    own: list[Step] = [read, env, chosen, namespace, step, PruneSecrets(environment, guard, env)]
    return Deployment([*first, *own], chosen, step, env)


def _wait(names: list[tuple[str, str]]) -> list[str]:
    return [f"and wait until all pods of {counted(len(names), 'workload')} are ready"] if names else []


def _summary(found: Sequence[Workload]) -> str:
    return "; ".join(
        f"{one.name}{f' revision {one.revision}' if one.revision else ''}, {one.ready} of {one.wanted} pods ready"
        for one in found
    )


def _data(one: Workload) -> dict[str, object]:
    return {
        "kind": one.kind, "name": one.name, "revision": one.revision, "images": one.images,
        "ready": one.ready, "wanted": one.wanted,
    }  # fmt: skip
