"""DNS and the load balancer, asked for real: this machine's own name, and a socket that listens or doesn't."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from longshore.ingress.chain import outside
from longshore.ingress.chain.link import BROKEN, NOT_CHECKED, OK

NOWHERE = "no-such-host.invalid"
"""Never resolves: RFC 6761."""


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_load_balancer_that_takes_connections(port: int) -> None:
    assert outside.balancer("127.0.0.1", port).state == OK


def test_a_load_balancer_that_does_not(port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        free = closed.getsockname()[1]
    refused = outside.balancer("127.0.0.1", free)
    assert refused.state == BROKEN
    assert "127.0.0.1 takes no connection on port" in refused.found
    assert outside.balancer(NOWHERE, port).found == f"{NOWHERE} has no address yet"


def test_a_name_that_leads_there() -> None:
    link = outside.dns("localhost", {"203.0.113.1": "traefik", "127.0.0.1": "ingress-nginx"})
    assert link.state == OK
    # While one controller takes the other's place, both are right; which one it is, is told.
    assert link.found.endswith("ingress-nginx's load balancer")


def test_a_name_that_leads_elsewhere_or_nowhere() -> None:
    elsewhere = outside.dns("localhost", {"203.0.113.1": "traefik"})
    assert elsewhere.state == BROKEN
    assert "the load balancer is 203.0.113.1" in elsewhere.found
    assert elsewhere.do.startswith("make a DNS record: localhost A 203.0.113.1")
    balancer = "k8s-traefik.elb.eu-central-1.amazonaws.invalid"
    nowhere = outside.dns(f"*.{NOWHERE}", {balancer: "traefik"})
    assert nowhere.found == f"longshore-check.{NOWHERE} has no address"
    assert nowhere.do == f"make a DNS record: *.{NOWHERE} CNAME {balancer}"
    assert outside.dns("localhost", {balancer: "traefik"}).state == NOT_CHECKED
