"""What the states of a DB instance mean, and how to wait for one to change.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from longshore.database.rds.api import Instance, was_throttled
from longshore.errors import Failed, LongshoreError
from longshore.steps.step import Context

SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 15.0
"""Seconds between two looks: they double. RDS's own waiters look every 30 s."""

MEANINGS = {
    "failed": "RDS could not make or restore it",
    "storage-full": "it has no storage left, and answers no more",
    "insufficient-capacity": "AWS has no machine of its class in these availability zones",
    "inaccessible-encryption-credentials": "the KMS key of its storage is disabled or not allowed",
    "inaccessible-encryption-credentials-recoverable": "the KMS key of its storage is disabled or not allowed",
    "incompatible-network": "a subnet, a security group or a free address that it needs is not there any more",
    "incompatible-parameters": "it can't start with the parameters of its parameter group",
    "incompatible-option-group": "it can't have the options of its option group",
    "incompatible-credentials": "the credentials of its CloudHSM or domain are wrong",
    "incompatible-create": "it can't be created with these settings",
    "incompatible-restore": "RDS can't restore it to that moment",
    "restore-error": "RDS could not restore it",
    "stopped": "it is stopped",
    "stopping": "it is being stopped",
    "deleting": "it is being deleted",
}


@dataclass(frozen=True)
class Look:
    """What a look found while waiting: over or not, in which words, and how much of it is done where that is known."""

    over: bool
    words: str
    percent: int | None = None


def fault(instance: Instance) -> Failed | None:
    """Why waiting for this instance would be in vain; None while it works or is on its way."""
    meaning = MEANINGS.get(instance.status)
    if meaning is None and instance.status.startswith("incompatible-"):
        meaning = "something that it needs doesn't fit"
    if meaning is None:
        return None
    name = instance.identifier
    match instance.status:
        case "stopped" | "stopping":
            do = f"aws rds start-db-instance --db-instance-identifier {name}"
        case "storage-full":
            do = f"aws rds modify-db-instance --db-instance-identifier {name} --apply-immediately --allocated-storage GIGABYTES"
        case "deleting":
            do = "wait until it is gone, then run it again"
        case _:
            do = f"aws rds describe-events --source-type db-instance --source-identifier {name} --duration 1440"
    return Failed(f"the RDS instance is {instance.status}", on=name, why=meaning, do=do)


def wait(run: Context, what: str, minutes: float, look: Callable[[], Look]) -> None:
    """Look until it is over, telling how far it is. A throttled look is no failure.

    Raises Failed after so many minutes, and whatever `look` raises.
    """
    deadline = time.monotonic() + minutes * 60
    words = "not looked at yet"
    for pause in _pauses():
        try:
            seen = look()
        except LongshoreError as error:
            if not was_throttled(error):
                raise
        else:
            if seen.over:
                return
            words = seen.words
            run.report.progress(f"{what}: {words}", seen.percent, None if seen.percent is None else 100)
        if time.monotonic() > deadline:
            raise Failed(
                f"{what}: waited {minutes:g} minutes", why=f"it is still {words}", do="run it again: it waits on"
            )
        run.sleep(pause)


def _pauses() -> Iterator[float]:
    pause = SHORTEST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)
