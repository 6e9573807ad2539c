"""The step that finds an image in ECR: by its digest, by a tag, or that of the commit."""

from __future__ import annotations

from pathlib import Path

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.images import dockerfile as dockerfiles
from longshore.images import source as sources
from longshore.images.ecr import Ecr
from longshore.steps.step import Context, Done, Look, Status

DIGEST = "sha256:"


class FindImage(Look):
    """What is deployed is an image that ECR has. `digest` and `reference` are set once it has looked."""

    name = "image-find"

    def __init__(self, environment: Environment, ecr: Ecr, wanted: str = "", dockerfile: Path | None = None) -> None:
        self.title = f"Image of {environment.ecr_repository}: {wanted or 'that of the commit'}"
        self.digest = ""
        self.reference = ""
        self._environment = environment
        self._ecr = ecr
        # A whole name is fine, too: what the push answered.
        self._wanted = wanted.rpartition("@")[2]
        self._dockerfile = dockerfile

    def check(self, run: Context) -> Status:
        """Raises UsageError where ECR hasn't it."""
        if not self.digest:
            name = self._environment.ecr_repository
            by_digest = self._wanted.startswith(DIGEST)
            tag = "" if by_digest else self._wanted or self._commit()
            repository = self._ecr.repository(name)
            image = self._ecr.image(name, tag=tag, digest=self._wanted if by_digest else "") if repository else None
            if repository is None or image is None:
                raise UsageError(
                    "ECR has no such image",
                    on=f"{name}, {self._wanted or f'commit {tag[:12]}'}",
                    do=(
                        f"inv image.push --env {self._environment.name}",
                        f"inv image.status --env {self._environment.name}",
                    ),
                )
            self.digest, self.reference = image.digest, f"{repository.uri}@{image.digest}"
        return Done(self.reference, {"digest": self.digest, "reference": self.reference})

    def _commit(self) -> str:
        return sources.read(self._environment, dockerfiles.find(self._environment, self._dockerfile)).tag
