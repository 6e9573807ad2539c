"""image.prune: old images go, those that are deployed stay whatever their age."""

from __future__ import annotations

from collections.abc import Callable, Collection

from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.images.ecr import Ecr, Image
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted

InUse = Callable[[], Collection[str]]
"""The digests and tags that are deployed."""


class Prune(Step):
    """Only the last `keep` tagged images are left, those in use, and what they consist of."""

    name = "image-prune"

    def __init__(self, environment: Environment, ecr: Ecr, keep: int, in_use: InUse) -> None:
        self.title = f"Images of {environment.ecr_repository}"
        self._repository = environment.ecr_repository
        self._ecr = ecr
        self._keep = keep
        self._in_use = in_use

    def check(self, run: Context) -> Status:
        images = self._ecr.images(self._repository)
        doomed = self._doomed(images)
        if not doomed:
            return Done(f"{counted(len(images), 'image')}, none to delete")
        return ToDo(*(f"delete {_words(image)}" for image in doomed))

    def apply(self, run: Context) -> None:
        """Raises Failed with ECR's reason for what it didn't delete."""
        doomed = self._doomed(self._ecr.images(self._repository))
        # Lists first: ECR deletes no image that a list still holds.
        order = sorted(doomed, key=lambda image: image.size != 0)
        failures = self._ecr.delete_images(self._repository, [image.digest for image in order])
        if failures:
            raise Failed(
                f"ECR did not delete {counted(len(failures), 'image')}",
                on=self._repository,
                why="; ".join(failures[:3]),
                do="run it again",
            )

    def _doomed(self, images: list[Image]) -> list[Image]:
        in_use = set(self._in_use())
        tagged = [image for image in images if image.tags]
        kept = {image.digest for image in tagged[: self._keep]}
        kept |= {image.digest for image in images if in_use.intersection((image.digest, *image.tags))}
        # A list of images is nothing without its images, which have no tags themselves.
        parts = {
            part
            for image in images
            if image.digest in kept and image.size == 0
            for part in self._ecr.parts(self._repository, image.digest)
        }
        return [image for image in images if image.digest not in kept | parts]


def _words(image: Image) -> str:
    return f"{image.digest[:19]} {', '.join(image.tags) or '(no tag)'}, pushed {image.pushed:%Y-%m-%d %H:%M}"
