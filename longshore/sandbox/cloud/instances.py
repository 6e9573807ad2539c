"""A DB instance as the API shows it, with a server behind it."""

from __future__ import annotations

from typing import Any

from moto.rds.models import DBInstance

from longshore.sandbox.cloud.databases import Endpoint


class PlayedInstance(DBInstance):
    """An instance with a server behind it; moto makes it as its own class, and it is turned into this one."""

    server: str
    """The server's identifier, which a renamed instance keeps."""
    password: str
    answers: Endpoint | None

    @property
    def endpoint(self) -> Any:
        # None leaves it out of the answer, as RDS does while an instance is being created.
        return None if self.answers is None else {"Address": self.answers.host, "Port": self.answers.port}

    @property
    def address(self) -> str:
        return "" if self.answers is None else self.answers.host
