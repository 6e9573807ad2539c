"""What IAM keeps, as its answers have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from longshore.aws.errors import short_key
from longshore.aws.tags import from_list

Document = Mapping[str, Any]
"""A policy document."""


@dataclass(frozen=True)
class User:
    """A user. `id` (AIDA...) is never given twice: a user who was deleted and made anew has another."""

    name: str
    path: str
    arn: str
    id: str
    created: datetime
    password_last_used: datetime | None = None
    boundary: str = ""
    """The ARN of the permissions boundary."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def read(found: Mapping[str, Any]) -> User:
        boundary = found.get("PermissionsBoundary") or {}
        return User(
            found["UserName"],
            found["Path"],
            found["Arn"],
            found["UserId"],
            found["CreateDate"],
            found.get("PasswordLastUsed"),
            boundary.get("PermissionsBoundaryArn", ""),
            from_list(found.get("Tags")),
        )


@dataclass(frozen=True)
class Group:
    name: str
    path: str
    arn: str


@dataclass(frozen=True)
class AccessKey:
    """A user's access key, without its secret."""

    id: str
    active: bool
    created: datetime

    @property
    def short(self) -> str:
        """As it may be shown."""
        return short_key(self.id)

    @staticmethod
    def read(found: Mapping[str, Any]) -> AccessKey:
        return AccessKey(found["AccessKeyId"], found["Status"] == "Active", found["CreateDate"])


@dataclass(frozen=True)
class LastUse:
    """`at` is None for a key that was never used (or not since 2015)."""

    at: datetime | None
    service: str = ""
    region: str = ""

    @property
    def words(self) -> str:
        """`last used 2026-11-29 for s3`."""
        return f"last used {self.at:%Y-%m-%d} for {self.service}" if self.at else "never used"

    @staticmethod
    def read(found: Mapping[str, Any]) -> LastUse:
        at = found.get("LastUsedDate")
        return LastUse(at, found.get("ServiceName", ""), found.get("Region", "")) if at else LastUse(None)


@dataclass(frozen=True)
class Policy:
    """A managed policy. `document` is that of the default version."""

    arn: str
    version: str
    document: Document


@dataclass(frozen=True)
class Role:
    name: str
    path: str
    arn: str
    trust: Document
    tags: Mapping[str, str] = field(default_factory=dict)
