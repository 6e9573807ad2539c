"""One part of a cluster, as it was seen."""

from __future__ import annotations

from dataclasses import dataclass

OK = "ok"
FAULT = "fault"
MANAGED = "managed by AWS"
"""AWS runs it, and its health can't be seen from here: that isn't `ok`."""
UNSEEN = "not seen"
ABSENT = "absent"


@dataclass(frozen=True)
class Component:
    """`state` is one of the words above, `detail` says what was seen, or why nothing was."""

    name: str
    state: str
    version: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Node:
    """A node's own programs. `faults` is what is wrong with it."""

    name: str
    kubelet: str
    kube_proxy: str
    """Its version, or `ready` where its image tells none; empty: none runs there."""
    cordoned: bool
    faults: tuple[str, ...]
