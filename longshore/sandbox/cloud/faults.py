"""Faults that a test switches on by name, so that they really happen on the wire."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.errors import Kind, Refusal

NAMES = ("throttling", "kms-denied", "expired-token", "server-error", "slow", "unreachable", "unreachable-after")
"""What there is: `slow` answers late, `unreachable` closes the connection before anything is done, `unreachable-after` after it is done."""


class InvalidFault(ValueError):
    """What a fault was described with can't be; the text says what."""


@dataclass(frozen=True)
class Fault:
    """It happens to the next `times` calls of a service's operation (None: of any). `seconds` is how late a slow answer comes."""

    name: str
    service: str
    operation: str | None = None
    times: int = 1
    seconds: float = 1.0

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> Fault:
        """From the JSON of a test.

        Raises InvalidFault.
        """
        name, service, operation = (description.get(key) for key in ("fault", "service", "operation"))
        times, seconds = description.get("times", 1), description.get("seconds", 1.0)
        if name not in NAMES:
            raise InvalidFault(f"fault must be one of {', '.join(NAMES)}")
        if not isinstance(service, str) or not service:
            raise InvalidFault("service must be a signing name, such as secretsmanager")
        if operation is not None and not isinstance(operation, str):
            raise InvalidFault("operation must be a name or null")
        if not isinstance(times, int) or times < 1:
            raise InvalidFault("times must be 1 or more")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= 120:
            raise InvalidFault("seconds must be between 0 and 120")
        return cls(name, service, operation, times, float(seconds))

    def refusal(self) -> Refusal | None:
        """What the caller is told; None for the faults that are no answer."""
        match self.name:
            case "throttling":
                return Refusal(Kind.THROTTLED)
            case "kms-denied":
                return Refusal(Kind.DENIED, "Access to KMS is not allowed")
            case "expired-token":
                return Refusal(Kind.EXPIRED)
            case "server-error":
                return Refusal(Kind.BROKEN)
        return None


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Switch one on; those that are on already come first."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._waiting.clear()

    def take(self, call: Call) -> Fault | None:
        """The fault that happens to this call, which is then one time fewer."""
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if fault.service == call.service and fault.operation in (None, call.operation):
                    self._waiting[index : index + 1] = (
                        [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    )
                    return fault
        return None
