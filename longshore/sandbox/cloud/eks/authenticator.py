"""Who somebody is in Kubernetes: what EKS's authenticator answers to a token.

Access entries come first, then aws-auth, then the one who created a cluster in which only aws-auth decides. What there is in `extra` and `uid` is
aws-iam-authenticator's (pkg/server/server.go) and what `kubectl auth whoami` shows on EKS.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from longshore.sandbox.cloud.eks import config_map, tokens
from longshore.sandbox.cloud.eks.records import API, CONFIG_MAP, Cluster, Holder
from longshore.sandbox.cloud.eks.service import Eks
from longshore.sandbox.cloud.eks.tokens import InvalidToken
from longshore.sandbox.cloud.principals import PARTITION, Key

ADMINISTRATORS = "system:masters"
_INSTANCE = re.compile(r"i-(\w{8}|\w{17})")


class Unmapped(Exception):
    """AWS knows who it is, and the cluster doesn't let him in; the text says why."""


@dataclass(frozen=True)
class Identity:
    """Who AWS says it is. `canonical` is what aws-auth is searched for: a role without its path and session."""

    arn: str
    canonical: str
    holder: Holder
    account: str
    session: str
    access_key_id: str

    def shown(self, username: str, groups: Collection[str]) -> dict[str, object]:
        """The UserInfo of a TokenReview."""
        return {
            "username": username,
            "uid": f"aws-iam-authenticator:{self.account}:{self.holder.id}",
            "groups": list(groups),
            "extra": {
                "accessKeyId": [self.access_key_id],
                "arn": [self.arn],
                "canonicalArn": [self.canonical],
                "principalId": [self.holder.id],
                "sessionName": [self.session],
                "sigs.k8s.io/aws-iam-authenticator/principalId": [self.holder.id],
            },
        }


def identity(key: Key, access_key_id: str, account: str) -> Identity:
    """What STS would answer about the key."""
    who = key.principal
    canonical = f"arn:{PARTITION}:iam::{account}:role/{who.name}" if who.kind == "Role" else who.arn
    id, _, session = who.id.partition(":")
    return Identity(who.arn, canonical, Holder(who.source, id), account, session, access_key_id)


def review(eks: Eks, server: str, token: str, hosts: Collection[str]) -> dict[str, object]:
    """The UserInfo of who holds this token, on the cluster whose control plane runs as `server`.

    Raises InvalidToken, Unmapped, and OSError where aws-auth can't be read.
    """
    with eks.lock:
        cluster = eks.by_server(server)
        if cluster is None:
            raise InvalidToken("there is no such cluster")
        key, access_key_id = tokens.holder(token, cluster.name, eks.directory, hosts)
        who = identity(key, access_key_id, eks.account_id)
        mode = cluster.mode
        found = _by_entry(eks, cluster, who) if mode != CONFIG_MAP else None
        # By name only, as all that isn't an entry: who makes the creator anew has the cluster back.
        hidden = mode == CONFIG_MAP and cluster.creator.arn == who.holder.arn
    if found is None and hidden:
        found = "kubernetes-admin", (ADMINISTRATORS,)
    if found is None and mode != API:
        # Outside the lock: the API server that is asked may be waiting for another answer of ours.
        found = _by_config_map(eks, cluster, who)
    if found is None:
        raise Unmapped(f"ARN is not mapped: {who.canonical.lower()}")
    return who.shown(*found)


def _by_entry(eks: Eks, cluster: Cluster, who: Identity) -> tuple[str, tuple[str, ...]] | None:
    entry = cluster.entries.get(who.holder.arn)
    if entry is None:
        return None
    if entry.holder.id and entry.holder.id != who.holder.id:
        # The entry is of the one who had this ARN before; EKS then doesn't look at the ConfigMap either.
        raise Unmapped(f"the access entry of {who.holder.arn} is of a principal that was deleted since")
    return _filled(cluster, entry.username, entry.groups, who)


def _by_config_map(eks: Eks, cluster: Cluster, who: Identity) -> tuple[str, tuple[str, ...]] | None:
    clusters = eks.clusters
    auth = config_map.read(lambda *words: clusters.ask(cluster.server, *words))
    canonical = who.canonical.lower()
    mapped = auth.roles.get(canonical) or auth.users.get(canonical)
    if mapped is not None:
        return _filled(cluster, mapped.username, mapped.groups, who)
    if who.account in auth.accounts:
        return who.canonical, ()
    return None


def _filled(cluster: Cluster, username: str, groups: Collection[str], who: Identity) -> tuple[str, tuple[str, ...]]:
    return _template(cluster, username, who), tuple(_template(cluster, group, who) for group in groups)


def _template(cluster: Cluster, text: str, who: Identity) -> str:
    if "{{EC2PrivateDNSName}}" in text:
        text = text.replace("{{EC2PrivateDNSName}}", _private_name(cluster, who))
    return (
        text.replace("{{AccountID}}", who.account)
        .replace("{{SessionName}}", who.session.replace("@", "-"))
        .replace("{{SessionNameRaw}}", who.session)
        .replace("{{AccessKeyID}}", who.access_key_id)
    )


def _private_name(cluster: Cluster, who: Identity) -> str:
    # An instance's session of its role is named after the instance.
    if not _INSTANCE.fullmatch(who.session):
        raise Unmapped("SessionName did not contain an instance id")
    members = (member for group in cluster.nodegroups.values() for member in group.members)
    name = next((member.name for member in members if member.instance == who.session), "")
    if not name:
        raise Unmapped(f"failed to query EC2 for the private DNS name of {who.session}")
    return name
