"""How far a profile gets on its way into the cluster, and what it may do there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from longshore.aws.errors import BAD_SIGNATURE, EXPIRED, UNKNOWN_KEY, code_of
from longshore.aws.identity import Identity
from longshore.cluster.eks import Cluster
from longshore.cluster.verify.matrix import Rights
from longshore.errors import LongshoreError, UsageError
from longshore.programs.kubernetes import KubernetesError, Reason, Seen


class Stage(Enum):
    """Where it ends. The value is the word of `--json`."""

    IN = "in"
    NO_KEY = "no-key"
    EXPIRED = "expired"
    NO_USER = "no-such-user"
    WRONG_ACCOUNT = "wrong-account"
    AWS = "aws"
    WRONG_CLUSTER = "wrong-cluster"
    UNREACHABLE = "unreachable"
    UNMAPPED = "unmapped"
    FORBIDDEN = "forbidden"


WORDS = {
    Stage.IN: "in",
    Stage.NO_KEY: "no key",
    Stage.EXPIRED: "session expired",
    Stage.NO_USER: "no such user or key",
    Stage.WRONG_ACCOUNT: "wrong account",
    Stage.AWS: "AWS did not answer",
    Stage.WRONG_CLUSTER: "wrong cluster",
    Stage.UNREACHABLE: "API server unreachable",
    Stage.UNMAPPED: "unmapped (401)",
    Stage.FORBIDDEN: "RBAC allows nothing (403)",
}
PROVEN_OUT = (Stage.NO_USER, Stage.UNMAPPED, Stage.FORBIDDEN)
"""Where it is proven that it may do nothing; at the others nothing is proven."""


@dataclass(frozen=True)
class Finding:
    """What was seen of one profile. What lies behind the stage at which it ended is None."""

    profile: str
    stage: Stage
    why: str = ""
    identity: Identity | None = None
    described: Cluster | None = None
    """What DescribeCluster gives it; None where it may not ask."""
    version: str = ""
    """Of the API server, as it answers this profile."""
    seen: Seen | None = None
    rights: Rights | None = None

    @property
    def name(self) -> str:
        return self.profile or "(ambient identity)"

    @property
    def is_in(self) -> bool:
        return self.stage is Stage.IN

    def level(self, in_namespace: bool) -> str:
        """What it has, in the namespace that was asked about or in all of them; empty where nothing is proven."""
        if self.stage in PROVEN_OUT:
            return "none"
        if self.rights is None:
            return ""
        if in_namespace:
            return self.rights.there
        # Nothing in all namespaces, and something in one, is not nothing.
        return "custom" if self.rights.everywhere == "none" and self.rights.any else self.rights.everywhere


def of_aws(error: LongshoreError) -> Stage:
    """The stage for an error on the way to AWS (as `translated` raises it)."""
    code = code_of(error.__cause__) if error.__cause__ else ""
    if code in UNKNOWN_KEY:
        return Stage.NO_USER
    if code in EXPIRED or "expired" in error.why:
        return Stage.EXPIRED
    if code in BAD_SIGNATURE or isinstance(error, UsageError):
        return Stage.NO_KEY
    return Stage.AWS


def of_kubernetes(error: KubernetesError) -> Stage:
    """The stage for an error of kubectl's."""
    return {
        Reason.UNAUTHORIZED: Stage.UNMAPPED,
        Reason.FORBIDDEN: Stage.FORBIDDEN,
        Reason.CERTIFICATE: Stage.WRONG_CLUSTER,
    }.get(error.reason, Stage.UNREACHABLE)
