"""The links that are outside of the cluster: the host's name in DNS, and the load balancer that it should lead to."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Mapping

from longshore.ingress.chain.link import BALANCER, DNS, Link, broken, not_checked, ok

PATIENCE = 6.0
"""Seconds for the resolver, which has no limit of its own to set."""
CONNECT = 3.0
"""Seconds for a connection."""
PROBE = "longshore-check"
"""What stands for * where a name is looked up."""


def dns(host: str, balancers: Mapping[str, str]) -> Link:
    """The host's name leads where a load balancer's does. (All are asked of this machine's resolver.)

    `balancers` are their names, each with whose it is; the first one is where the host should lead to.
    """
    name = host.replace("*", PROBE, 1)
    wanted = next(iter(balancers))
    record = f"make a DNS record: {host} {'A' if _is_address(wanted) else 'CNAME'} {wanted}"
    mine = addresses(name)
    if not mine:
        return broken(DNS, f"{name} has no address", record)
    theirs = {balancer: addresses(balancer) for balancer in balancers}
    reached = [balancers[balancer] for balancer, found in theirs.items() if mine & found]
    if reached:
        return ok(DNS, f"{name} leads to {_some(mine)}, {' and '.join(reached)}'s load balancer")
    if not theirs[wanted]:
        return not_checked(DNS, f"{name} leads to {_some(mine)}, the load balancer has no address yet")
    leads = f"{name} leads to {_some(mine)}, the load balancer is {_some(theirs[wanted])}"
    return broken(DNS, leads, f"{record} (where a proxy stands before it, this is as it should be)")


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
