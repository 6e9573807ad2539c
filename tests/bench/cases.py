"""What is timed against what, and the budget."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from longshore.toolchain import programs
from tests.bench.ground import Ground
from tests.bench.pair import Command

OURS = "ours"
MEMORY = 130
"""MB that one `inv` process may take."""


@dataclass(frozen=True)
class Case:
    """`commands` has ours under that name and those it is held against; `limit` is the budget in seconds, from the medians of the others."""

    name: str
    budget: str
    commands: Mapping[str, Command]
    limit: Callable[[Mapping[str, float]], float]
    rounds: int = 7


def cases(ground: Ground) -> Iterator[Case]:
    """Each is made when its turn comes: making one sets the ground up for it."""
    inv = Command(ground.inv("--list"), ground.folder, ground.env)
    yield Case(
        "list",
        "inv --version + 40 ms",
        {OURS: inv, "inv --version": replace(inv, argv=ground.inv("--version"))},
        lambda others: others["inv --version"] + 0.040,
        rounds=15,
    )
    env = ground.with_sandbox()
    url = f"postgres://{env['PGUSER']}@{env['PGHOST']}:{env['PGPORT']}/{env['PGDATABASE']}?sslmode=disable"
    migrate = [str(programs.find("migrate")), "-path", "migrations", "-database", url, "up"]
    raw = Command(migrate, ground.folder, env)
    # The aws of the virtual environment: the one that the sandbox's shell would find too.
    aws = Command([str(Path(sys.executable).with_name("aws")), "sts", "get-caller-identity"], ground.folder, env)
    ours = Command(ground.inv("db.migrate", "--confirm", "sandbox"), ground.folder, ground.env)

    ground.call("db.migrate", "--confirm", "sandbox")
    yield Case(
        "migrate-nothing",
        "migrate up + 2 x aws sts get-caller-identity",
        {OURS: ours, "migrate": raw, "aws": aws},
        lambda others: others["migrate"] + 2 * others["aws"],
    )
    ground.empty()
    ground.migrations(500)
    yield Case(
        "migrate-500",
        "1.1 x migrate up + 2 x aws sts get-caller-identity",
        {OURS: replace(ours, before=ground.empty), "migrate": replace(raw, before=ground.empty), "aws": aws},
        lambda others: 1.1 * others["migrate"] + 2 * others["aws"],
        rounds=5,
    )
    ground.empty()
    ground.migrations(5000)
    yield Case(
        "status-5000",
        "2 s",
        {
            OURS: replace(ours, argv=ground.inv("db.status")),
            "inv --version": replace(inv, argv=ground.inv("--version")),
        },
        lambda others: 2.0,
    )
