"""ECR as a service of the sandbox: the operations on images and passwords. What is left (repositories, their settings and policies) is moto's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any
from uuid import uuid4

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.ecr import errors
from longshore.sandbox.cloud.ecr.images import Images
from longshore.sandbox.cloud.ecr.passwords import Passwords
from longshore.sandbox.cloud.errors import Reply
from longshore.sandbox.cloud.principals import Directory
from longshore.sandbox.cloud.registry import Registry
from longshore.sandbox.cloud.settings import CloudSettings

Operation = Callable[["Ecr", Call, str], Mapping[str, Any]]
Findings = dict[str, list[dict[str, Any]]]


class Ecr:
    """The images of an account. `registry` holds those of the home region; None: there is none, and so no images. `lock` is held around every call.

    `findings` are what scans find, by digest: a test says so, since the sandbox has no scanner.
    """

    def __init__(
        self, settings: CloudSettings, registry: Registry | None, directory: Directory, lock: RLock, findings: Findings
    ) -> None:
        self.account_id = settings.account_id
        self.home = settings.region
        self.registry = registry
        self.passwords = Passwords(directory)
        self.lock = lock
        self.findings = findings
        self._installed = False

    def install(self) -> None:
        """Before moto's ECR is used for the first time (most of its import is spared until then)."""
        if self._installed:
            return
        from longshore.sandbox.cloud.ecr import repositories

        repositories.install(self.account_id, self.home, self.registry.address if self.registry else "")
        self._installed = True

    def answer(self, call: Call, access_key_id: str) -> Reply | None:
        """The answer to an operation; None where it is moto's.

        Raises Refusal.
        """
        from longshore.sandbox.cloud.ecr import image_calls, login, scans

        self.install()
        operations: dict[str, Operation] = {**image_calls.OPERATIONS, **scans.OPERATIONS, **login.OPERATIONS}
        operation = operations.get(call.operation)
        if operation is None:
            if call.operation == "DeleteRepository":
                self._forget(call)
            return None
        body = json.dumps(operation(self, call, access_key_id)).encode()
        head = (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", str(uuid4())))
        return Reply(200, head, body)

    def images(self, call: Call) -> Images:
        """Those of the repository that a call names.

        Raises Refusal where there is none.
        """
        return self.images_of(call.region, call.text("repositoryName"))

    def images_of(self, region: str, repository: str) -> Images:
        """Raises Refusal where there is no such repository."""
        from longshore.sandbox.cloud.ecr import repositories

        if repository not in repositories.of_region(self.account_id, region):
            raise errors.no_repository(repository, self.account_id)
        return repositories.images(self.account_id, region, repository)

    def keeper(self) -> Registry:
        """The registry.

        Raises Refusal where there is none.
        """
        if self.registry is None:
            raise errors.unavailable("This sandbox runs no registry.")
        return self.registry

    def drop(self, repository: str, references: list[str]) -> None:
        """Delete manifests in the registry.

        Raises Refusal where it doesn't answer.
        """
        if not references:
            return
        try:
            self.keeper().delete(repository, references)
        except OSError as error:
            raise errors.unavailable(f"The registry does not answer: {error}") from None

    def _forget(self, call: Call) -> None:
        if call.parameters.get("force"):
            there = self.images(call).all()
            self.drop(call.text("repositoryName"), [ref for image in there for ref in (*image.tags, image.digest)])
