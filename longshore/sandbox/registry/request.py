"""What a request to the registry is about: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATH = re.compile(
    r"/v2/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)/(?P<kind>blobs/uploads|blobs|manifests|tags|referrers)/(?P<reference>[^/]*)"
)
# Method and kind: the operation of ECR whose permission it takes.
_OPERATIONS = {
    ("GET", "manifests"): "BatchGetImage",
    ("HEAD", "manifests"): "BatchGetImage",
    ("PUT", "manifests"): "PutImage",
    ("GET", "blobs"): "GetDownloadUrlForLayer",
    ("HEAD", "blobs"): "BatchCheckLayerAvailability",
    ("POST", "blobs/uploads"): "InitiateLayerUpload",
    ("GET", "blobs/uploads"): "UploadLayerPart",
    ("PATCH", "blobs/uploads"): "UploadLayerPart",
    ("PUT", "blobs/uploads"): "CompleteLayerUpload",
    ("GET", "tags"): "ListImages",
    ("GET", "referrers"): "BatchGetImage",
}
CHARTS = "charts/"


@dataclass(frozen=True)
class Asked:
    """`operation` is ECR's; empty: the registry doesn't take such a request (as ECR, which deletes by its API only)."""

    repository: str
    kind: str
    reference: str
    operation: str

    @property
    def chart(self) -> bool:
        """Whether it is in the part that everyone on this machine may read and write, and that ECR doesn't know."""
        return self.repository.startswith(CHARTS)


def asked(method: str, path: str) -> Asked | None:
    """None for a path that is none of a repository's (`/v2/`)."""
    match = _PATH.fullmatch(path.partition("?")[0])
    if match is None:
        return None
    operation = _OPERATIONS.get((method, match["kind"]), "")
    return Asked(match["name"], match["kind"], match["reference"], operation)
