"""What ECR and whoever runs the registry need of each other: the registry keeps manifests and layers, ECR says who may do what with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Denied(Exception):
    """What a client of the registry is told instead of its answer.

    `code` is one of the OCI distribution spec's: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
    """

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text


@dataclass(frozen=True)
class Manifest:
    """A manifest as it is pushed: `reference` is the tag, or the digest again."""

    repository: str
    reference: str
    digest: str
    media_type: str
    content: bytes

    @property
    def tag(self) -> str:
        """Empty where it is pushed by its digest."""
        return "" if ":" in self.reference else self.reference


class Gate(Protocol):
    """What the registry asks of ECR. It is asked from any thread."""

    def enter(self, authorization: str) -> None:
        """Whether the Authorization header is one that ECR gave out.

        Raises Denied.
        """

    def allow(self, authorization: str, operation: str, repository: str) -> None:
        """Whether it may do this: `operation` is ECR's name for it (`PutImage`).

        Raises Denied, also where there is no such repository; ConnectionError where the connection is to break (a fault of a test).
        """

    def refuse_taken(self, manifest: Manifest) -> None:
        """Whether its tag may be given to it.

        Raises Denied.
        """

    def pushed(self, manifest: Manifest) -> None:
        """The registry has it now."""


class Registry(Protocol):
    """The registry behind ECR."""

    @property
    def address(self) -> str:
        """Where it answers: `127.0.0.1:5000`."""

    def open(self, gate: Gate) -> None:
        """Let clients in from now on."""

    def put(self, manifest: Manifest) -> None:
        """Keep a manifest that came by ECR's API.

        Raises OSError.
        """

    def delete(self, repository: str, references: list[str]) -> None:
        """Forget manifests, by digest or tag. Gone already is fine.

        Raises OSError.
        """
