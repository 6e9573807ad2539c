"""The sandbox's own endpoint beside AWS's: is it up, which calls were made, which faults are on.

`/_sandbox/health` answers everyone on this machine. The others want the token of the settings, so that nothing else can switch a fault on.
"""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from longshore.sandbox.cloud.errors import Reply
from longshore.sandbox.cloud.faults import Fault, Faults, InvalidFault
from longshore.sandbox.cloud.http import HttpRequest
from longshore.sandbox.cloud.settings import CloudSettings

PATH = "/_sandbox/"
TOKEN = "x-sandbox-token"  # noqa: S105 - the name of a header, not its value
KEPT = 20000
"""How many calls are remembered, the last ones."""


@dataclass(frozen=True)
class Record:
    """A call. `principal` is an ARN, empty where no signature proved one; `status` is HTTP's, 0 where the connection was closed on it."""

    number: int
    at: float
    service: str
    operation: str
    principal: str
    mutating: bool
    status: int


class Control:
    """What tests and the supervisor ask."""

    def __init__(self, settings: CloudSettings) -> None:
        self._settings = settings
        self.faults = Faults()
        self.findings: dict[str, list[dict[str, Any]]] = {}
        """What a scan of an image finds, by the image's digest."""
        self._records: deque[Record] = deque(maxlen=KEPT)
        self._count = 0
        self._lock = threading.Lock()

    def record(self, service: str, operation: str, principal: str, mutating: bool, status: int) -> None:
        """Remember a call."""
        with self._lock:
            self._count += 1
            self._records.append(Record(self._count, time.time(), service, operation, principal, mutating, status))

    def answer(self, request: HttpRequest) -> Reply:
        """The answer to a request under `/_sandbox/`."""
        what = (request.method, request.path.removeprefix(PATH))
        if what == ("GET", "health"):
            return _json(200, {"account": self._settings.account_id, "region": self._settings.region})
        wanted = self._settings.faults
        if wanted is None or not hmac.compare_digest(wanted.encode(), request.headers.get(TOKEN, "").encode()):
            return _json(
                404 if wanted is None else 403, {"message": "no such endpoint" if wanted is None else "wrong token"}
            )
        match what:
            case ("GET", "requests"):
                with self._lock:
                    return _json(200, {"requests": [asdict(record) for record in self._records]})
            case ("DELETE", "faults"):
                self.faults.clear()
                return _json(200, {})
            case ("POST", "faults"):
                return self._add(request.body)
            case ("POST", "findings"):
                return self._find(request.body)
        return _json(404, {"message": "no such endpoint"})

    def _add(self, body: bytes) -> Reply:
        try:
            described = json.loads(body)
            if not isinstance(described, dict):
                raise InvalidFault("a fault is a JSON object")
            self.faults.add(Fault.of(described))
        except ValueError as error:  # InvalidFault and JSONDecodeError are both
            return _json(400, {"message": str(error)})
        return _json(200, {})

    def _find(self, body: bytes) -> Reply:
        try:
            described = json.loads(body)
            self.findings[str(described["digest"])] = [dict(one) for one in described["findings"]]
        except (ValueError, KeyError, TypeError):
            return _json(400, {"message": "expected digest and findings, each with a name and a severity"})
        return _json(200, {})


def _json(status: int, body: dict[str, Any]) -> Reply:
    return Reply(status, (("Content-Type", "application/json"),), json.dumps(body).encode())
