"""What longshore writes onto the Ingresses that it makes: one for each host of a namespace."""

from __future__ import annotations

from longshore.kubernetes.marks import annotations_of, labels_of
from longshore.programs.kubernetes import Object

HOST = "longshore/host"
"""Annotation: the host whose Ingress it is."""
OURS = "longshore/ingress"
"""Label of those that ingress.add makes; app.deploy's objects have another one, so neither takes the other's away."""
VALUE = "rules"
ISSUERS = ("cert-manager.io/cluster-issuer", "cert-manager.io/issuer")
"""Annotations: cert-manager makes a Certificate for each Secret under spec.tls. https://cert-manager.io/docs/usage/ingress/"""


def is_ours(ingress: Object) -> bool:
    """Whether ingress.add made it."""
    return labels_of(ingress).get(OURS) == VALUE


def host_of(ingress: Object) -> str:
    """The host that one of ours is for."""
    return annotations_of(ingress).get(HOST, "")


def issuer_of(ingress: Object) -> str:
    """Who signs an Ingress's certificates; empty where it doesn't say."""
    found = annotations_of(ingress)
    return next((found[name] for name in ISSUERS if name in found), "")
