"""What can be done with an environment's images, as steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.images import dockerfile as dockerfiles
from longshore.images.build import BuildImage, SearchImage
from longshore.images.context import CheckContext
from longshore.images.ecr import Ecr
from longshore.images.find import FindImage
from longshore.images.login import LogIn
from longshore.images.needles import ReadNeedles
from longshore.images.prune import InUse, Prune
from longshore.images.push import PushImage
from longshore.images.repository import MakeRepository
from longshore.secrets.read import ReadSecret
from longshore.steps.step import Step

ASK_TO_BAKE = "--bake-env puts the secret into the image: whoever can pull it can read every value, and old images keep old values"


class Pushed(NamedTuple):
    """The steps of a push, and the one of them that knows the digest afterwards."""

    steps: list[Step]
    image: PushImage


def build(
    environment: Environment,
    dockerfile: Path | None = None,
    *,
    builder: str = "",
    bake: bool = False,
    arguments: Mapping[str, str] | None = None,
) -> list[Step]:
    """The commit's image in the builder's own store, searched; nothing where ECR has it already. Raises UsageError without a Dockerfile."""
    return _build(environment, dockerfile, builder, bake, arguments)[0]


def push(
    environment: Environment,
    dockerfile: Path | None = None,
    *,
    builder: str = "",
    bake: bool = False,
    arguments: Mapping[str, str] | None = None,
    by: IdentityGuard | None = None,
    secret: ReadSecret | None = None,
) -> Pushed:
    """The commit's image in ECR: built where it isn't, searched, pushed. `by` and `secret`: who acts, and the step that reads the secret, where they
    have a place in the run already. Raises UsageError without a Dockerfile.
    """
    steps, built, ecr = _build(environment, dockerfile, builder, bake, arguments, by, secret)
    repository = MakeRepository(environment, ecr)
    pushed = PushImage(built, repository, ecr)
    return Pushed([*steps, repository, pushed], pushed)


def find(environment: Environment, guard: IdentityGuard, image: str = "", dockerfile: Path | None = None) -> FindImage:
    """The step that finds an image which ECR has already: a digest, a tag, or that of the commit. It comes after `guard`."""
    need_repository(environment)
    return FindImage(environment, Ecr(guard.session), image, dockerfile)


def login(environment: Environment, builder: str = "") -> list[Step]:
    """The user's own builder logged in to the environment's registry."""
    guard = IdentityGuard(environment, open_session(environment))
    return [guard, LogIn(Ecr(guard.session), builder)]


def prune(environment: Environment, keep: int, in_use: InUse = tuple) -> list[Step]:
    """Old images deleted but for the last `keep`, those that are deployed, and those that `in_use` names when it is asked (digests or tags).

    Raises UsageError for none to keep.
    """
    if keep < 1:
        raise UsageError("--keep must be 1 or more", on=str(keep))
    need_repository(environment)
    from longshore.images.deployed import LookAtDeployed

    guard = IdentityGuard(environment, open_session(environment))
    deployed = LookAtDeployed(environment, guard)
    return [guard, deployed, Prune(environment, Ecr(guard.session), keep, lambda: {*deployed.images, *in_use()})]


def _build(
    environment: Environment,
    dockerfile: Path | None,
    builder: str,
    bake: bool,
    arguments: Mapping[str, str] | None,
    by: IdentityGuard | None = None,
    read: ReadSecret | None = None,
) -> tuple[list[Step], BuildImage, Ecr]:
    need_repository(environment)
    found = dockerfiles.find(environment, dockerfile)
    guard = by or IdentityGuard(environment, open_session(environment))
    ecr, secret = Ecr(guard.session), ReadNeedles(environment, guard, read)
    built = BuildImage(environment, found, ecr, secret, builder=builder, bake=bake, arguments=arguments)
    first: list[Step] = [] if by else [guard]
    return [*first, secret, CheckContext(built, secret), built, SearchImage(built, secret)], built, ecr


def need_repository(environment: Environment) -> None:
    """Raises UsageError for an environment that names no repository."""
    if not environment.ecr_repository:
        raise UsageError(
            f"{environment.name} names no image repository",
            on="ECR_REPOSITORY",
            do="add ECR_REPOSITORY=NAME to env/base.env",
        )
