"""What the registry asks of ECR: whose password it is, and what that one may do."""

from __future__ import annotations

import time
from collections.abc import Callable

from longshore.sandbox.cloud.authorization import Authorization
from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.control import Control
from longshore.sandbox.cloud.ecr import errors, scans, tags
from longshore.sandbox.cloud.ecr.service import Ecr
from longshore.sandbox.cloud.errors import Kind, Refusal
from longshore.sandbox.cloud.http import HttpRequest
from longshore.sandbox.cloud.principals import Key
from longshore.sandbox.cloud.registry import Denied, Manifest

NOBODY = Denied(401, "UNAUTHORIZED", "Your Authorization Token is invalid or has expired. Get another one.")
Fault = Callable[[Call], None]


class EcrGate:
    """The gate of one account's registry, in its home region."""

    def __init__(self, ecr: Ecr, authorization: Authorization, control: Control, faults: bool) -> None:
        self._ecr = ecr
        self._authorization = authorization
        self._control = control
        self._faults = faults

    def enter(self, authorization: str) -> None:
        self._key(authorization)

    def allow(self, authorization: str, operation: str, repository: str) -> None:
        ecr = self._ecr
        call = Call("ecr", ecr.home, operation, "json", {"repositoryName": repository})
        principal, status = "", 403
        try:
            key = self._key(authorization)
            principal = key.principal.arn
            self._fail(call)
            with ecr.lock:
                ecr.install()
                request = HttpRequest("GET", f"/v2/{repository}", "", {}, b"")
                self._authorization.check(call, key, request)
                ecr.images_of(ecr.home, repository)
            status = 200
        except Refusal as refusal:
            denied = _denied(refusal)
            status = denied.status
            raise denied from None
        except Denied as denied:
            status = denied.status
            raise
        except ConnectionError:
            status = 0
            raise
        finally:
            self._control.record("ecr", operation, principal, call.mutating, status)

    def refuse_taken(self, manifest: Manifest) -> None:
        ecr = self._ecr
        with ecr.lock:
            if manifest.tag and tags.is_taken(ecr, ecr.home, manifest.repository, manifest.tag, manifest.digest):
                raise Denied(400, "TAG_INVALID", errors.taken(manifest.repository, manifest.tag))

    def pushed(self, manifest: Manifest) -> None:
        from longshore.sandbox.cloud.ecr import repositories

        ecr = self._ecr
        with ecr.lock:
            image = ecr.images_of(ecr.home, manifest.repository).put(manifest)
            repository = repositories.of_region(ecr.account_id, ecr.home)[manifest.repository]
            settings = repository.image_scanning_configuration
            scanned = isinstance(settings, dict) and settings.get("scanOnPush")
            if scanned and image.scan is None and not image.index:
                scans.begin(ecr, image)

    def _key(self, authorization: str) -> Key:
        with self._ecr.lock:
            key = self._ecr.passwords.owner(authorization)
        if key is None:
            raise NOBODY
        return key

    def _fail(self, call: Call) -> None:
        """A fault that a test has switched on for the registry's operations."""
        fault = self._control.faults.take(call) if self._faults else None
        if fault is None:
            return
        if (refusal := fault.refusal()) is not None:
            raise refusal
        if fault.name == "slow":
            time.sleep(fault.seconds)
        else:
            raise ConnectionAbortedError


def _denied(refusal: Refusal) -> Denied:
    match refusal.kind:
        case Kind.THROTTLED:
            return Denied(429, "TOOMANYREQUESTS", refusal.text)
        case Kind.DENIED | Kind.EXPIRED:
            return Denied(403, "DENIED", refusal.text)
        case Kind.BROKEN:
            return Denied(500, "UNKNOWN", refusal.text)
    return Denied(404, "NAME_UNKNOWN", refusal.text)
