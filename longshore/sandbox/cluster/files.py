"""What a control plane's programs read when they start: kubeconfigs, tokens, the audit policy. All 0600."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longshore.process.redaction import know
from longshore.sandbox.cluster.certificates import Certificates
from longshore.sandbox.files import write_json, write_private
from longshore.sandbox.ports import HOST

MASTERS = "system:masters"
ADMINISTRATOR = "eks:cluster-bootstrap"
"""The hidden administrator as which EKS itself acts."""
COMPONENTS = ("system:kube-controller-manager", "system:kube-scheduler", "kwok")
"""What they write (leases, events, the state of nodes and pods) is nobody's deed: it stays out of the audit log."""
USER = "kube-apiserver"
"""What the API server is called where it asks a webhook."""
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "users": [*COMPONENTS, "system:apiserver"]},
        # Questions, though they are asked by a POST: whoami, can-i, TokenReview.
        {"level": "None", "resources": [{"group": "authentication.k8s.io"}, {"group": "authorization.k8s.io"}]},
        {"level": "Metadata", "verbs": ["create", "update", "patch", "delete", "deletecollection"]},
    ],
}


@dataclass(frozen=True)
class Webhooks:
    """Where the API server asks who somebody is, and what he may do beside RBAC; `token` is its own proof of who it is.

    It sends it as a password (basic authentication): of a kubeconfig's user nothing is sent where there is no TLS.
    """

    base: str
    token: str = field(repr=False)

    def url(self, what: str) -> str:
        """Of a webhook: `authenticate` or `authorize`."""
        scheme, _, rest = self.base.partition("://")
        return f"{scheme}://{USER}:{self.token}@{rest}/{what}"


@dataclass(frozen=True)
class Files:
    """The files in a control plane's folder."""

    folder: Path

    @property
    def certificates(self) -> Certificates:
        return Certificates(self.folder)

    @property
    def tokens(self) -> Path:
        """Who the API server knows by itself: lines of token, name, id, groups."""
        return self.folder / "tokens.csv"

    @property
    def audit_policy(self) -> Path:
        return self.folder / "audit-policy.json"

    def kubeconfig(self, user: str) -> Path:
        """The kubeconfig of a component, or of a webhook."""
        return self.folder / f"{user.removeprefix('system:')}.kubeconfig"

    def make(self, webhooks: Webhooks) -> None:
        """Write what is needed to start the API server."""
        self.certificates.make()
        users = {user: secrets.token_urlsafe(24) for user in (ADMINISTRATOR, *COMPONENTS)}
        know(*users.values())
        write_private(self.tokens, "".join(f'{token},"{user}","{user}","{MASTERS}"\n' for user, token in users.items()))
        write_json(self.audit_policy, AUDIT_POLICY)
        for what in ("authenticate", "authorize"):
            write_json(self.kubeconfig(what), _kubeconfig(webhooks.url(what)))

    def point_components(self, port: int) -> None:
        """Write the components' kubeconfigs, once the API server has its port."""
        for user in COMPONENTS:
            self.point(user, port, self.token(user))

    def point(self, user: str, port: int, token: str) -> None:
        """Write the kubeconfig of one that works on the API server."""
        write_json(self.kubeconfig(user), _kubeconfig(f"https://{HOST}:{port}", token, self.certificates.authority))

    def token(self, user: str = ADMINISTRATOR) -> str:
        """The token of a user of `tokens`. Raises OSError where the cluster is none."""
        for line in self.tokens.read_text(encoding="utf-8").splitlines():
            token, name, *_ = line.split(",")
            if name == f'"{user}"':
                return token
        raise FileNotFoundError(f"{self.tokens} has no user {user}")


def _kubeconfig(server: str, token: str = "", authority: Path | None = None) -> dict[str, Any]:
    cluster = {"server": server} | ({"certificate-authority": str(authority)} if authority else {})
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": cluster}],
        "users": [{"name": "sandbox", "user": {"token": token} if token else {}}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
        "current-context": "sandbox",
    }
