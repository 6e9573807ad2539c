"""Who an access key belongs to, and which policies speak for them: looked up in moto's own stores.

IAM keeps users' keys (and the root's, which belongs to no user), STS the keys of assumed roles; the keys of GetSessionToken are kept here.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from longshore.sandbox.cloud.policy import Document, parse

if TYPE_CHECKING:
    from moto.iam.models import Group, IAMBackend, Role, User

PARTITION = "aws"


@dataclass(frozen=True)
class Principal:
    """`kind` is User, Role (one who assumed it) or Root. `arn` is what GetCallerIdentity answers; `source` what aws:PrincipalArn is."""

    kind: str
    name: str
    arn: str
    source: str
    id: str
    session: str = ""
    """The name of the role's session."""
    temporary: bool = False


@dataclass(frozen=True)
class Key:
    """An access key as the signature check needs it. `token` is None for long-term keys."""

    principal: Principal
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires: datetime | None = None
    active: bool = True
    policy: str | None = None
    """The session policy of AssumeRole: what a session may do at most."""


@dataclass(frozen=True)
class Session:
    """Temporary credentials of a user (GetSessionToken)."""

    user: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    expires: datetime


@dataclass(frozen=True)
class Policies:
    """`identity` says what is allowed; each of `limits` (a permissions boundary, a session policy) must allow it too."""

    identity: tuple[Document, ...]
    limits: tuple[Document, ...] = ()


class Directory:
    """The keys and principals of one account."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    @property
    def iam(self) -> IAMBackend:
        from moto.iam.models import iam_backends

        return iam_backends[self.account_id][PARTITION]

    @property
    def root(self) -> str:
        """The ARN by which policies name the account."""
        return f"arn:{PARTITION}:iam::{self.account_id}:root"

    def remember(self, access_key_id: str, session: Session) -> None:
        """Keep the credentials that GetSessionToken gave out."""
        with self._lock:
            self._sessions[access_key_id] = session

    def key(self, access_key_id: str) -> Key | None:
        """The key of this id, with whom it belongs to; None when there is none (any more)."""
        session = self._sessions.get(access_key_id)
        if session is not None:
            user = self.iam.users.get(session.user)
            who = None if user is None else _user(user, temporary=True)
            return None if who is None else Key(who, session.secret, session.token, session.expires)
        for user in self.iam.users.values():
            for key in user.access_keys:
                if key.access_key_id == access_key_id:
                    return Key(_user(user), key.secret_access_key, active=key.status == "Active")
        own = self.iam.access_keys.get(access_key_id)
        if own is not None and own.user_name is None and access_key_id.startswith("AKIA"):
            root = Principal("Root", "root", self.root, self.root, self.account_id)
            return Key(root, own.secret_access_key, active=own.status == "Active")
        return self._assumed(access_key_id)

    def used(self, access_key_id: str, service: str, region: str) -> None:
        """Remember when a key was used last, and for what: GetAccessKeyLastUsed. Services without regions are in us-east-1."""
        from moto.core.utils import utcnow
        from moto.iam.models import AccessKeyLastUsed

        from longshore.sandbox.cloud.iam import PlayedIam

        where = "us-east-1" if service in ("iam", "route53", "cloudfront") else region
        store = self.iam
        assert isinstance(store, PlayedIam)
        store.uses[access_key_id] = AccessKeyLastUsed(utcnow(), service, where)

    def _assumed(self, access_key_id: str) -> Key | None:
        from moto.sts.models import sts_backends

        assumed = sts_backends[self.account_id][PARTITION].get_assumed_role_from_access_key(access_key_id)
        if assumed is None:
            return None
        role = self.role(assumed.role_arn)
        if role is None:
            return None
        who = Principal("Role", role.name, assumed.arn, role.arn, assumed.user_id, assumed.session_name, temporary=True)
        expires = assumed.expiration.replace(tzinfo=UTC)
        return Key(who, assumed.secret_access_key, assumed.session_token, expires, policy=assumed.policy)

    def role(self, arn: str) -> Role | None:
        """The role of this ARN."""
        return next((role for role in self.iam.roles.values() if role.arn == arn), None)

    def policies(self, key: Key) -> Policies:
        """What speaks for and what limits the principal of a key (not asked for the root).

        Raises InvalidPolicy.
        """
        session = (parse(key.policy),) if key.policy else ()
        if key.principal.kind == "Role":
            role = self.role(key.principal.source)
            if role is None:
                return Policies(())
            boundary = role.permissions_boundary
            limits = () if boundary is None else self._managed(boundary["PermissionsBoundaryArn"])
            return Policies(_of(role), limits + session)
        from longshore.sandbox.cloud.iam import boundary as boundary_of

        user = self.iam.users.get(key.principal.name)
        if user is None:
            return Policies(())
        identity = _of(user)
        for group in self.iam.groups.values():
            if user in group.users:
                identity += _of(group)
        limit = boundary_of(user)
        return Policies(identity, (self._managed(limit) if limit else ()) + session)

    def _managed(self, arn: str) -> tuple[Document, ...]:
        policy = self.iam.managed_policies.get(arn)
        # A boundary that is gone allows nothing, as an empty document does.
        return ({},) if policy is None else (parse(_default(policy.versions)),)

    def tags(self, principal: Principal) -> Mapping[str, str]:
        """The tags of a user or role: aws:PrincipalTag."""
        found = self.iam.tagger.list_tags_for_resource(principal.source)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}


def _user(user: User, *, temporary: bool = False) -> Principal:
    return Principal("User", user.name, user.arn, user.arn, user.id, temporary=temporary)


def _of(owner: User | Group | Role) -> tuple[Document, ...]:
    inline = [parse(document) for document in owner.policies.values()]
    managed = [parse(_default(policy.versions)) for policy in owner.managed_policies.values()]
    return (*inline, *managed)


def _default(versions: Sequence[object]) -> str:
    for version in versions:
        if getattr(version, "is_default", False):
            return str(getattr(version, "document", "{}"))
    return "{}"
