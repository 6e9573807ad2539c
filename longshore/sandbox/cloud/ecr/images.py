"""The images of ECR's repositories: what the registry holds, as it was told of each push."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longshore.sandbox.cloud.registry import Manifest

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


@dataclass
class Scan:
    """A scan of an image: `status` as ECR's API has it."""

    status: str
    description: str
    at: float
    findings: Sequence[Mapping[str, Any]] = ()

    def counts(self) -> dict[str, int]:
        """How many findings of each severity."""
        found: dict[str, int] = {}
        for finding in self.findings:
            found[finding["severity"]] = found.get(finding["severity"], 0) + 1
        return found


@dataclass
class Image:
    """An image, or a list of images (`index`). Its tags are in the order in which they were given."""

    digest: str
    media_type: str
    content: str
    pushed_at: float
    tags: list[str] = field(default_factory=list)
    scan: Scan | None = None

    @property
    def index(self) -> bool:
        return self.media_type in INDEXES

    @property
    def parts(self) -> list[str]:
        """The digests of the images that an index is a list of."""
        return [part["digest"] for part in self._parsed().get("manifests", [])] if self.index else []

    @property
    def size(self) -> int:
        """Bytes of its layers, as they were pushed (compressed)."""
        return sum(int(layer.get("size", 0)) for layer in self._parsed().get("layers", []))

    @property
    def artifact_type(self) -> str:
        config = self._parsed().get("config") or {}
        return str(self._parsed().get("artifactType") or config.get("mediaType") or "")

    def _parsed(self) -> dict[str, Any]:
        found = json.loads(self.content)
        return found if isinstance(found, dict) else {}


class Images:
    """The images of one repository, by digest."""

    def __init__(self) -> None:
        self._images: dict[str, Image] = {}

    def all(self) -> list[Image]:
        """In the order of their first push."""
        return list(self._images.values())

    def find(self, digest: str = "", tag: str = "") -> Image | None:
        """The image of this digest and tag, whichever of them are given."""
        for image in self._images.values():
            if (not digest or image.digest == digest) and (not tag or tag in image.tags) and (digest or tag):
                return image
        return None

    def put(self, manifest: Manifest) -> Image:
        """An image was pushed; its tag is taken away from another one that had it."""
        image = self._images.get(manifest.digest)
        if image is None:
            image = Image(manifest.digest, manifest.media_type, manifest.content.decode(), time.time())
            self._images[manifest.digest] = image
        if manifest.tag:
            for other in self._images.values():
                if other is not image and manifest.tag in other.tags:
                    other.tags.remove(manifest.tag)
            if manifest.tag not in image.tags:
                image.tags.append(manifest.tag)
        return image

    def holder(self, digest: str) -> Image | None:
        """An index that this image is part of."""
        return next((image for image in self._images.values() if digest in image.parts), None)

    def remove(self, image: Image) -> None:
        self._images.pop(image.digest, None)
