"""ship: the steps of the namespaces as one pipeline.

What can't be taken back comes late: every look is first, so that a fault is found while nothing is done; then what harms nobody (image, snapshot);
then the database, and the application last. Migrations must therefore fit the version that still runs (expand, then contract): after a
failed deployment it is the one that stays.
"""

from __future__ import annotations

from typing import NamedTuple

from longshore.app.deploy import MINUTES, Deployment, deploy
from longshore.app.manifests import ReadManifests
from longshore.aws.identity import IdentityGuard
from longshore.cluster.guard import guards
from longshore.database import migrations
from longshore.database.sight import Sight
from longshore.environments.environment import Environment
from longshore.images import recipes as images
from longshore.images.push import PushImage
from longshore.secrets.read import ReadSecret
from longshore.secrets.store import is_in_aws
from longshore.ship.commit import CheckCommit
from longshore.ship.keys import CheckKeys
from longshore.ship.lint import LintPending
from longshore.ship.smoke import Smoke
from longshore.ship.turn import TakeTurn
from longshore.steps.phases import in_phases
from longshore.steps.step import Look, Step


class Shipment(NamedTuple):
    """The steps, and those of them that the summary asks afterwards; None: the environment has no such part."""

    steps: list[Step]
    environment: Environment
    image: PushImage | None
    secret: ReadSecret | None
    database: Sight | None
    deployment: Deployment
    smoke: Smoke | None


def ship(environment: Environment, *, smoke: str = "", minutes: float = MINUTES) -> Shipment:
    """From the commit that is checked out to pods that are ready. A part that the environment doesn't name (ECR_REPOSITORY, SECRETS, MIGRATIONS) is
    left out. A deployment that doesn't become ready is rolled back; the database isn't.

    Raises UsageError where the environment names no cluster or manifests.
    """
    identity, cluster = guards(environment)
    secret = _secret(environment, identity)
    pushed = images.push(environment, by=identity, secret=secret) if environment.ecr_repository else None
    moves = migrations.migrate(environment, secret=secret) if environment.migrations and secret else []
    sight = next((step for step in moves if isinstance(step, Sight)), None)
    deployment = deploy(
        environment,
        pushed.image if pushed else "",
        rollback=True,
        minutes=minutes,
        by=(identity, cluster),
        secret=secret,
    )
    at = deployment.steps.index(deployment.deploy)
    before, afterwards = deployment.steps[:at], deployment.steps[at + 1 :]
    manifests = [step for step in before if isinstance(step, ReadManifests)]
    ours = [*manifests, *(CheckCommit(environment, read) for read in manifests)]
    prepared = [step for step in before if step not in (*manifests, deployment.image)]
    asked = Smoke(environment, cluster, smoke, deployment) if smoke else None

    looks = [
        *([secret, CheckKeys(environment, secret)] if secret else []),
        *([sight, LintPending(sight)] if sight else []),
    ]
    building = pushed.steps if pushed else []
    looks += [step for step in building if isinstance(step, Look)]
    changes = {step.name: step for step in moves if step is not sight}
    snapshot = [changes.pop("snapshot")] if "snapshot" in changes else []
    steps = in_phases(
        [[identity]],
        [looks, [cluster, *ours]],
        [[*prepared, TakeTurn(environment, cluster)]],
        [[step for step in building if not isinstance(step, Look)], snapshot],
        [list(changes.values())],
        [[deployment.image, deployment.deploy]],
        [afterwards, [asked] if asked else []],
    )
    return Shipment(steps, environment, pushed.image if pushed else None, secret, sight, deployment, asked)


def _secret(environment: Environment, identity: IdentityGuard) -> ReadSecret | None:
    return ReadSecret(environment, identity if is_in_aws(environment) else None) if environment.secrets else None
