"""What is timed against what, and the budget."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from longshore.toolchain import programs
from tests.bench.ground import ROOT, Ground
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
    yield from _secrets(ground, env)
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


CLASSIC = """{aws} secretsmanager get-secret-value --secret-id {secret} --query SecretString --output text \\
| jq -r 'to_entries|map("\\(.key)=\\(.value)")|.[]' > app.env"""
"""The line that secrets.pull takes the place of; it checks nothing."""


def _secrets(ground: Ground, env: Mapping[str, str]) -> Iterator[Case]:
    """Each pull writes a file that isn't there yet."""
    example = (ROOT / "examples" / "bank" / "app.env.example").read_text().splitlines()
    # All keys of the bank; the sandbox's own DB_SOURCE stays, which the other cases need.
    (ground.folder / "more.env").write_text("".join(f"{line}\n" for line in example if "DB_SOURCE" not in line))
    ground.call("secrets.push", "--file", "more.env", "--confirm", "sandbox")
    secret = json.loads(ground.call("secrets.show", "--json"))["secret"].removeprefix("aws:")
    line = CLASSIC.format(aws=Path(sys.executable).with_name("aws"), secret=secret)
    app_env = ground.folder / "app.env"
    pull = Command(ground.inv("secrets.pull"), ground.folder, ground.env, lambda: app_env.unlink(missing_ok=True))
    yield Case(
        "secrets-pull",
        "1.0 x aws | jq > app.env (aim: 0.8)",
        {OURS: pull, "aws | jq": Command(["sh", "-c", line], ground.folder, env)},
        lambda others: others["aws | jq"],
        rounds=9,
    )
    yield Case(
        "secrets-exec",
        "1.1 x secrets.pull",
        {OURS: replace(pull, argv=ground.inv("secrets.exec", "--", "true")), "secrets.pull": pull},
        lambda others: 1.1 * others["secrets.pull"],
        rounds=9,
    )
