"""A link of the chain, and how it was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OK, BROKEN, NOT_CHECKED = "ok", "broken", "not checked"

DNS = "DNS"
BALANCER = "load balancer"
CONTROLLER = "controller"
RULE = "rule"
SERVICE = "service"
ENDPOINTS = "endpoints"
CERTIFICATE = "certificate"
ORDER = (DNS, BALANCER, CONTROLLER, RULE, SERVICE, ENDPOINTS, CERTIFICATE)
"""As a request goes."""


@dataclass(frozen=True)
class Link:
    """`found` is what was seen, or why nothing was; `do` is what mends it."""

    name: str
    state: str
    found: str
    do: str = ""


def ok(name: str, found: str) -> Link:
    return Link(name, OK, found)


def broken(name: str, found: str, do: str) -> Link:
    return Link(name, BROKEN, found, do)


def not_checked(name: str, why: str) -> Link:
    return Link(name, NOT_CHECKED, why)


def first_broken(links: Sequence[Link]) -> Link | None:
    """What to mend first."""
    return next((one for one in links if one.state == BROKEN), None)
