"""Whether the servers really answer: a question to AWS, a query to PostgreSQL, the health path of each part of a control plane."""

from __future__ import annotations

import json
from urllib.request import ProxyHandler, build_opener

from longshore.errors import Failed
from longshore.sandbox.client_files import endpoint
from longshore.sandbox.kept import Kept
from longshore.sandbox.layout import Layout
from longshore.sandbox.ports import HOST
from longshore.sandbox.settings import Settings

LIMIT = 5.0
"""Seconds that a server has for its answer."""


def fault_of_aws(settings: Settings, kept: Kept) -> str:
    """Ask the sandbox's AWS which account it plays. Empty when it is the wished one, else what is wrong.

    Its own path, not an AWS call: that one would use up a fault that a test has switched on, and stand in the list of calls.
    """
    try:
        # Not through a proxy of the environment: it is this machine.
        with build_opener(ProxyHandler({})).open(f"{endpoint(kept)}/_sandbox/health", timeout=LIMIT) as response:
            answer = json.load(response)
    except (OSError, ValueError) as error:
        return f"AWS does not answer: {error}"
    played = {"account": settings.account_id, "region": settings.region}
    return "" if answer == played else f"something else answers at {endpoint(kept)}"


def fault_of_postgres(settings: Settings, kept: Kept) -> str:
    """Log in as the application. Empty when that works, else what is wrong."""
    import psycopg

    try:
        with psycopg.connect(
            host=HOST, port=kept.ports["postgres"], user=settings.app, password=kept.application_password,
            dbname=settings.app, sslmode="disable", connect_timeout=int(LIMIT),
        ) as connection:  # fmt: skip
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        return f"PostgreSQL does not answer: {' '.join(str(error).split())}"
    return ""


def fault_of_instance(port: int) -> str:
    """Ask an RDS instance whether it takes connections, as pg_isready does: no password of it is known here."""
    import psycopg

    if (
        psycopg.pq.PGconn.ping(f"host={HOST} port={port} connect_timeout={int(LIMIT)} sslmode=disable".encode())
        == psycopg.pq.Ping.OK
    ):
        return ""
    return "PostgreSQL does not answer"


def fault_of_part(layout: Layout, cluster: str, part: str, port: int) -> str:
    """Ask a part of a cluster's control plane. Empty when it is well, else what is wrong."""
    from longshore.sandbox.cluster import programs
    from longshore.sandbox.cluster.files import Files
    from longshore.sandbox.cluster.health import fault

    program = next((one for one in programs.ALL if one.name == part), None)
    return fault(program, port, Files(layout.cluster(cluster))) if program else f"there is no part {part}"


def fault_of_registry(port: int) -> str:
    """Ask the registry's own process. Empty when it is well, else what is wrong."""
    from longshore.sandbox.registry.server import answers

    return "" if answers(port) else "the registry does not answer"


def explain(failure: dict[str, object]) -> Failed:
    """The supervisor's reason, as the error of the command that waited for it."""
    steps = failure.get("do", [])
    return Failed(
        str(failure.get("what", "the sandbox did not start")),
        on=str(failure.get("on", "")),
        why=str(failure.get("why", "")),
        do=[str(step) for step in steps] if isinstance(steps, list) else (),
    )
