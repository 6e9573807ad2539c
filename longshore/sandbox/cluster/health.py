"""Whether a part of a control plane is well: it is asked."""

from __future__ import annotations

from longshore.sandbox.cluster import api
from longshore.sandbox.cluster.files import Files
from longshore.sandbox.cluster.programs import Program

LIMIT = 5.0
"""Seconds that it has for its answer."""


def fault(program: Program, port: int, files: Files) -> str:
    """What is wrong with it, or nothing. Its certificate is checked where it has one: another server may have taken the port."""
    try:
        authority = files.certificates.authority if program.tls else None
        status, text = api.look(port, program.health, authority, limit=LIMIT)
    except (OSError, ValueError) as error:
        return f"{program.binary} does not answer: {error}"
    if status == 200:
        return ""
    failing = [line.partition(" ")[0].removeprefix("[-]") for line in text.splitlines() if line.startswith("[-]")]
    return f"{program.binary} is not well: {', '.join(failing) or f'HTTP {status}'}"
