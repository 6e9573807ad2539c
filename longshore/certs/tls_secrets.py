"""The certificates in a namespace's Secrets. Their keys stay in the cluster: only the public part is asked for."""

from __future__ import annotations

import base64

from longshore.programs.kubectl import Kubectl

_EACH = r"""{range .items[*]}{.metadata.name}{"\t"}{.data.tls\.crt}{"\n"}{end}"""
_OWNER = (
    r"""{range .items[*]}{.metadata.name}{"\t"}{.metadata.annotations.cert-manager\.io/certificate-name}{"\n"}{end}"""
)


def certificates(kubectl: Kubectl, namespace: str) -> dict[str, str]:
    """PEM texts by the name of their Secret; those Secrets that have one. Raises KubernetesError."""
    found = _pairs(kubectl.fields("secrets", namespace, _EACH))
    return {name: base64.b64decode(text).decode(errors="replace") for name, text in found.items() if text}


def certificate(kubectl: Kubectl, name: str, namespace: str) -> str:
    """The PEM text in one Secret; empty where there is none. Raises KubernetesError."""
    text = kubectl.fields("secrets", namespace, _EACH, fields=f"metadata.name={name}")
    return base64.b64decode(_pairs(text).get(name, "")).decode(errors="replace")


def owners(kubectl: Kubectl, namespace: str) -> dict[str, str]:
    """For each Secret the Certificate that fills it; empty for one that cert-manager doesn't fill. Raises KubernetesError."""
    return _pairs(kubectl.fields("secrets", namespace, _OWNER))


def _pairs(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("\t") for line in text.splitlines())}
