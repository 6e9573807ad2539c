"""Asking a person: only at a terminal, never with a default of yes."""

from __future__ import annotations

import sys

from longshore.errors import Interrupted, Refused


def confirm(name: str, given: str | None, again: str, why: str) -> None:
    """The environment's name must be given by --confirm or typed. `again` is the command that has it, `why` the reason for asking.

    Raises Refused (nothing was touched).
    """
    if given is not None:
        if given != name:
            raise Refused("not confirmed", on=f"--confirm {given}", why=f"the environment is {name}", do=again)
        return
    if not sys.stdin.isatty():
        raise Refused("not confirmed", on=name, why=f"{why}, and there is no terminal to ask at", do=again)
    try:
        sys.stderr.write(f"{why}. Type its name to go on ({name}): ")
        sys.stderr.flush()
        typed = sys.stdin.readline().strip()
    except Interrupted:
        sys.stderr.write("\n")
        raise
    if typed != name:
        raise Refused("not confirmed", on=name, why=f"{typed!r} was typed" if typed else "nothing was typed")
