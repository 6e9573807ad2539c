"""The links that are outside of the cluster: the host's name in DNS, and the load balancer that it should lead to."""

from __future__ import annotations

import ipaddress
import socket
import threading

from longshore.ingress.chain.link import BALANCER, DNS, Link, broken, ok

PATIENCE = 6.0
"""Seconds for the resolver, which has no limit of its own to set."""
CONNECT = 3.0
"""Seconds for a connection."""
PROBE = "longshore-check"
"""What stands for * where a name is looked up."""


def dns(host: str, balancer: str) -> Link:
    """The host's name leads where the load balancer's does. (Both are asked of this machine's resolver.)"""
    name = host.replace("*", PROBE, 1)
    kind = "A" if _is_address(balancer) else "CNAME"
    record = f"make a DNS record: {host} {kind} {balancer}"
    mine = addresses(name)
    if not mine:
        return broken(DNS, f"{name} has no address", record)
    theirs = addresses(balancer)
    if theirs and not mine & theirs:
        leads = f"{name} leads to {_some(mine)}, the load balancer is {_some(theirs)}"
        return broken(DNS, leads, f"{record} (where a proxy stands before it, this is as it should be)")
    return ok(DNS, f"{name} leads to {_some(mine)}")


def balancer(address: str, port: int) -> Link:
    """The load balancer has an address and takes connections."""
    if not addresses(address):
        return broken(BALANCER, f"{address} has no address yet", "a new one takes some minutes: try again")
    try:
        socket.create_connection((address, port), CONNECT).close()
    except OSError as error:
        why = f"{address} takes no connection on port {port}: {error.strerror or error}"
        return broken(BALANCER, why, "look at its listeners, target groups and security groups")
    return ok(BALANCER, f"{address} takes connections on port {port}")


def addresses(name: str) -> set[str]:
    """What a name leads to; empty: nothing, or the resolver didn't answer in time."""
    found: set[str] = set()

    def ask() -> None:
        try:
            found.update(str(one[4][0]) for one in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return set(found)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _some(found: set[str]) -> str:
    return ", ".join(sorted(found)[:3])
