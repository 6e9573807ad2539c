"""Where the sandbox of one project keeps what it needs. Two checkouts have two of everything."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.sandbox.account import Account

PLACE_FOR_ROOT = Path("/var/tmp")  # noqa: S108 - a folder of our own, owner checked, survives a reboot as the state folder does


@dataclass(frozen=True)
class Layout:
    """The paths below one state folder (`.longshore/sandbox`, mode 0700)."""

    folder: Path

    @classmethod
    def of(cls, environment: Environment) -> Layout:
        """The layout of the project that this environment is of."""
        return cls((environment.state / "sandbox").absolute())

    @property
    def settings(self) -> Path:
        """What `up` wishes for: account, region, application."""
        return self.folder / "settings.json"

    @property
    def kept(self) -> Path:
        """Keys, passwords and ports that stay the same from one `up` to the next."""
        return self.folder / "kept.json"

    @property
    def state(self) -> Path:
        """What runs; there once all servers answer."""
        return self.folder / "state.json"

    @property
    def failure(self) -> Path:
        """Why the last start failed."""
        return self.folder / "failure.json"

    @property
    def progress(self) -> Path:
        """What the start is busy with: one line."""
        return self.folder / "progress"

    @property
    def processes(self) -> Path:
        """A file per process, written as soon as it has an id."""
        return self.folder / "processes"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def supervisor_log(self) -> Path:
        return self.logs / "supervisor.log"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.folder / "supervisor.lock"

    @property
    def aws_config(self) -> Path:
        return self.folder / "aws" / "config"

    @property
    def aws_credentials(self) -> Path:
        return self.folder / "aws" / "credentials"

    @property
    def layer(self) -> Path:
        """The last layer of the environment `sandbox`."""
        return self.folder / "sandbox.env"

    @property
    def pgpass(self) -> Path:
        return self.folder / "pgpass"

    @property
    def kubeconfig(self) -> Path:
        """How kubectl gets to the cluster that the environment names; there once it is up."""
        return self.folder / "kubeconfig"

    @property
    def clusters(self) -> Path:
        """What the control planes keep as long as they run."""
        return self.folder / "clusters"

    @property
    def registry(self) -> Path:
        """The layers of the registry's images as long as it runs."""
        return self.folder / "registry"

    def cluster(self, name: str) -> Path:
        return self.clusters / name

    def log(self, server: str) -> Path:
        return self.logs / f"{server}.log"

    def data(self, account: Account | None) -> Path:
        """The folder of PostgreSQL's data: in the state folder, or, when root runs the sandbox, where the user can go that PostgreSQL runs as."""
        if account is None:
            return self.folder / "data"
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return PLACE_FOR_ROOT / f"longshore-{name}"

    def make(self, account: Account | None) -> None:
        """Make the folders, 0700 each.

        Raises Failed where that can't be done, or where another user's folder stands in the way.
        """
        try:
            for path in (self.folder, self.processes, self.logs, self.aws_config.parent):
                path.mkdir(parents=True, exist_ok=True)
                path.chmod(0o700)
            data = self.data(account)
            data.mkdir(mode=0o700, exist_ok=True)
            _own(data, account)
        except OSError as error:
            raise unusable(error, self.folder) from None


def _own(data: Path, account: Account | None) -> None:
    owner = account.uid if account else os.geteuid()
    seen = data.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in (owner, os.geteuid()):
        raise Failed(
            "the folder for the sandbox's databases isn't ours",
            on=str(data),
            why="another user made it",
            do=f"look at it, then remove it: sudo rm -r {data}",
        )
    if account is not None:
        os.chown(data, account.uid, account.gid)
    data.chmod(0o700)


def unusable(error: OSError, folder: Path) -> Failed:
    """The message for a state folder that can't be written to (permission, a file in the way, a full disk)."""
    return Failed(
        "the sandbox can't write its state",
        on=str(error.filename or folder),
        why=error.strerror or str(error),
        do="make room, or make that path writable, then: inv sandbox.up",
    )
