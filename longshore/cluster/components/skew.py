"""Which versions may work together: https://kubernetes.io/releases/version-skew-policy/"""

from __future__ import annotations

import re

OLDER = 3
"""Minor versions by which a kubelet and a kube-proxy may be older than the API server, and differ from each other."""
KUBECTL = 1


def minor(version: str) -> int | None:
    """`v1.36.3-eks-4cb5f07` is 36; None for what is no version of Kubernetes 1."""
    match = re.match(r"v?1\.(\d+)", version)
    return int(match[1]) if match else None


def of_kubectl(kubectl: str, server: str) -> str:
    """What is wrong between the two; empty: nothing, or it can't be told."""
    mine, theirs = minor(kubectl), minor(server)
    if mine is None or theirs is None or abs(mine - theirs) <= KUBECTL:
        return ""
    return f"kubectl {_short(kubectl)} may be used with 1.{mine - KUBECTL} to 1.{mine + KUBECTL}, not with {_short(server)}"


def of_node_program(name: str, version: str, server: str) -> str:
    """The same for a kubelet or a kube-proxy and the API server."""
    mine, theirs = minor(version), minor(server)
    if mine is None or theirs is None or 0 <= theirs - mine <= OLDER:
        return ""
    if mine > theirs:
        return f"{name} {_short(version)} is newer than the API server ({_short(server)})"
    return f"{name} {_short(version)} is {theirs - mine} minor versions older than the API server ({_short(server)}); {OLDER} are allowed"


def of_pair(kube_proxy: str, kubelet: str) -> str:
    """The same for a node's kube-proxy and its kubelet."""
    one, other = minor(kube_proxy), minor(kubelet)
    if one is None or other is None or abs(one - other) <= OLDER:
        return ""
    return f"kube-proxy {_short(kube_proxy)} and kubelet {_short(kubelet)} are more than {OLDER} minor versions apart"


def _short(version: str) -> str:
    return version.removeprefix("v").partition("-")[0]
