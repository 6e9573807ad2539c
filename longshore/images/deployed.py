"""Which images are deployed, in every environment that takes them from the same repository."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.cluster.guard import ClusterGuard
from longshore.environments.environment import SANDBOX, Environment
from longshore.environments.files import names
from longshore.environments.load import load
from longshore.errors import LongshoreError, Refused
from longshore.steps.step import Context, Done, Look, Status
from longshore.words import counted

KINDS = "pods,replicasets,deployments,statefulsets,daemonsets,jobs,cronjobs"
"""ReplicaSets hold the revisions that a rollback goes back to."""

IMAGE = re.compile(r'"image(?:ID)?": ?"([^"]+)"')


class LookAtDeployed(Look):
    """Asks each environment's cluster. `images` are digests and tags, once it has looked."""

    name = "image-deployed"
    title = "Which images are deployed"

    def __init__(self, environment: Environment, guard: IdentityGuard) -> None:
        self.images: frozenset[str] = frozenset()
        self._environment = environment
        self._guard = guard

    def check(self, run: Context) -> Status:
        """Raises Refused where an environment's cluster can't be asked: nobody knows then what must stay."""
        asked = [(one, guard) for one, guard in self._clusters()]
        found: set[str] = set()
        for one, guard in asked:
            run.report.progress(f"asking what {one.name} runs")
            try:
                guard.check(run)
                objects = guard.kubectl(run).all(KINDS, one.namespace)
            except LongshoreError as error:
                raise Refused(
                    f"can't see what is deployed in {one.name}, nothing was deleted",
                    on=one.eks_cluster,
                    why=": ".join(part for part in (error.what, error.why) if part),
                    do=f"inv cluster.verify --env {one.name}",
                ) from error
            found |= {reference for image in IMAGE.findall(json.dumps(objects)) for reference in _references(image)}
        self.images = frozenset(found)
        where = ", ".join(one.name for one, _ in asked) or "no environment names a cluster"
        return Done(f"{counted(len(self.images), 'image')} ({where})")

    def _clusters(self) -> Iterator[tuple[Environment, ClusterGuard]]:
        own = self._environment
        if own.eks_cluster:
            yield own, ClusterGuard(own, self._guard)
        for name in names(own.root):
            # From the sandbox no real cluster is asked, and the other way round.
            if own.is_sandbox or name in (own.name, SANDBOX):
                continue
            other = load(own.root, name)
            same = (other.account_id, other.region, other.ecr_repository)
            if same == (own.account_id, own.region, own.ecr_repository) and other.eks_cluster:
                yield other, ClusterGuard(other, IdentityGuard(other, open_session(other)))


def _references(image: str) -> list[str]:
    """The digest and the tag that an image's name has."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return [part for part in (digest, tag) if part]
