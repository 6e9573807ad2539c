"""The step that says which image is deployed, by its digest, and how the manifests get it."""

from __future__ import annotations

import re
from typing import Protocol

from longshore.app.manifests import ReadManifests
from longshore.aws.identity import IdentityGuard
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError, UsageError
from longshore.images.ecr import Ecr
from longshore.kubernetes import pods
from longshore.programs.kubernetes import Object
from longshore.steps.step import Context, Done, Look, Status, Unknown

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Pushed(Protocol):
    """The step that pushes an image (longshore.images.push.PushImage): empty texts until it has one."""

    @property
    def tag(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def reference(self) -> str: ...


class ChooseImage(Look):
    """`reference` is `REPOSITORY-URI@sha256:...` once it is known; empty where the manifests have no image of the repository.

    `wish`: a digest, a reference, a tag of ECR's; or the step that pushes it; empty: what a manifest names by digest, else the commit's.
    """

    name = "image"

    def __init__(
        self, environment: Environment, identity: IdentityGuard, manifests: ReadManifests, wish: str | Pushed = ""
    ) -> None:
        self.title = f"Image: {environment.ecr_repository or 'no repository is named'}"
        self.reference = ""
        self._environment = environment
        self._ecr = Ecr(identity.session)
        self._manifests = manifests
        self._wish = wish
        self._idle = False

    @property
    def unknown(self) -> bool:
        """Whether the image is still to be pushed."""
        return not isinstance(self._wish, str) and not self._wish.reference and not self._idle

    @property
    def expected(self) -> str:
        """What stands for the reference while the image is still to be pushed: its name and tag."""
        return f"{self._environment.ecr_repository}:{self._wish.tag}" if not isinstance(self._wish, str) else ""

    @property
    def digest(self) -> str:
        """`sha256:...`; empty as the reference is."""
        return self.reference.partition("@")[2]

    def check(self, run: Context) -> Status:
        """Raises UsageError where there is no such image in ECR."""
        repository = self._environment.ecr_repository
        named = [
            container["image"]
            for one in self._manifests.manifests
            for container in pods.containers(one.object)
            if isinstance(container.get("image"), str)
        ]
        ours = list(dict.fromkeys(image for image in named if repository and is_of(image, repository)))
        if not ours:
            if self._wish and isinstance(self._wish, str):
                raise UsageError(
                    f"no container of the manifests has an image of {repository or 'a repository'}",
                    on=str(self._manifests.folder),
                    why=f"there are {', '.join(sorted(set(named))) or 'none'}",
                    do="name the image like ECR_REPOSITORY",
                )
            self._idle = True
            return Done("no image of the repository in the manifests: they stay as they are")
        if not isinstance(self._wish, str):
            self.reference = self._wish.reference
            if not self.reference:
                return Unknown(f"known after {self._wish.tag} is pushed")
        else:
            self.reference = self._resolved(run, self._wish, ours)
        return Done(self.reference, {"reference": self.reference, "digest": self.digest})

    def _resolved(self, run: Context, wish: str, ours: list[str]) -> str:
        if not wish:
            pinned = [image for image in ours if "@" in image]
            if pinned:
                return self._known(pinned[0].partition("@")[2])
            return self._commits()
        found = DIGEST.search(wish)
        if found:
            return self._known(found[0])
        return self._tagged(wish.rpartition("/")[2].rpartition(":")[2], run)

    def _commits(self) -> str:
        from longshore.images import dockerfile, source

        env, repository = self._environment, self._environment.ecr_repository
        try:
            built = source.read(env, dockerfile.find(env))
        except LongshoreError as error:
            raise UsageError(
                "which image? none is given, and the commit's can't be told",
                on=repository,
                why=error.what,
                do=f"inv app.deploy --env {env.name} --image sha256:...",
            ) from error
        image = self._ecr.image(repository, tag=built.tag)
        if image is None:
            raise UsageError(
                f"there is no image of {built.words} in ECR",
                on=f"{repository}:{built.tag}",
                do=(
                    f"inv image.push --env {env.name}",
                    f"or name one: inv app.deploy --env {env.name} --image sha256:...",
                ),
            )
        return self._reference(image.digest)

    def _known(self, digest: str) -> str:
        repository, env = self._environment.ecr_repository, self._environment.name
        if self._ecr.image(repository, digest=digest) is None:
            raise UsageError(
                "there is no such image in ECR", on=f"{repository}@{digest}", do=f"inv image.status --env {env}"
            )
        return self._reference(digest)

    def _tagged(self, tag: str, run: Context) -> str:
        repository, env = self._environment.ecr_repository, self._environment.name
        image = self._ecr.image(repository, tag=tag)
        if image is None:
            raise UsageError(
                "there is no such image in ECR", on=f"{repository}:{tag}", do=f"inv image.status --env {env}"
            )
        if run.planning:
            run.report.note(f"the tag {tag} is {image.digest} now: that is deployed")
        return self._reference(image.digest)

    def _reference(self, digest: str) -> str:
        found = self._ecr.repository(self._environment.ecr_repository)
        assert found is not None, "it has the image"
        return f"{found.uri}@{digest}"


def is_of(image: str, repository: str) -> bool:
    """Whether an image's name, whatever its registry, tag or digest, is the repository's."""
    name = image.partition("@")[0]
    above, slash, last = name.rpartition("/")
    name = above + slash + last.partition(":")[0]
    return name == repository or name.endswith(f"/{repository}")


def pin(found: Object, repository: str, reference: str) -> None:
    """Give each container whose image is the repository's this one."""
    for container in pods.containers(found):
        if isinstance(container.get("image"), str) and is_of(container["image"], repository):
            container["image"] = reference
