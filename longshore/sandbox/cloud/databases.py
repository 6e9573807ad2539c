"""What RDS needs of whoever runs the PostgreSQL servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Endpoint:
    """Where a database answers: what DescribeDBInstances names as Endpoint."""

    host: str
    port: int


class Databases(Protocol):
    """Database servers by the identifier of their RDS instance.

    Every method returns when it is done (a server that `create` or `restore` returned answers queries) and raises whatever it likes when it
    failed: the instance or snapshot then gets the status `failed`. They are called from background threads, one at a time for an identifier.
    """

    @property
    def version(self) -> str:
        """PostgreSQL's version of every server that `create` starts: `18.6`."""

    def create(self, identifier: str, user: str, password: str, database: str) -> Endpoint:
        """Start a new server with one master user that may create databases and roles, and one empty database."""

    def delete(self, identifier: str) -> None:
        """End the server and remove its files. Gone already is fine."""

    def snapshot(self, identifier: str, snapshot: str) -> None:
        """Keep the server's present content under a name of its own; a snapshot outlives its server. One of that name is replaced."""

    def restore(self, snapshot: str, identifier: str) -> Endpoint:
        """Start a new server with a snapshot's content. Its master user and password are those of the moment of the snapshot, as in RDS."""

    def set_password(self, identifier: str, user: str, password: str) -> None:
        """Give the master user another password."""
