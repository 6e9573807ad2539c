"""Runs steps of RDS on the sandbox of a folder, and ends itself by SIGKILL: at a record of the journal, or before the secret is written.

kill_rds.py FOLDER INSTANCE provision|deprovision|snapshot RECORD|secret
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from longshore.database.rds.deprovision import deprovision
from longshore.database.rds.provision import provision
from longshore.database.rds.snapshot import Snapshot
from longshore.secrets.secrets_manager import SecretsManager
from longshore.steps.journal import FileSink
from longshore.steps.run import Run
from tests.database.rds.rds_sandbox import Told, again, own, perform


def die(*_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


class Trigger(FileSink):
    """Ends the process after so many records are on the disk."""

    left = 0

    def write(self, record: Mapping[str, Any]) -> None:
        super().write(record)
        type(self).left -= 1
        if type(self).left == 0:
            die()


if __name__ == "__main__":
    folder, instance, what, when = sys.argv[1:]
    environment = own(again(Path(folder)), instance)
    if when == "secret":
        SecretsManager.write = die  # type: ignore[method-assign, assignment]
    else:
        Trigger.left = int(when)
        Run.sink = Trigger
    recipes = {
        "provision": provision,
        "deprovision": deprovision,
        "snapshot": lambda one: [Snapshot(one, lambda: True, lambda: "127.0.0.1")],
    }
    told = Told()
    perform(environment, recipes[what](environment), told, f"db.{what}")
    print("\n".join(told.lines))
