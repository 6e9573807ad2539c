"""A secret value from the person: typed without echo, or from standard input; never from a flag, which every process on the machine can read."""

from __future__ import annotations

import sys

from longshore.errors import UsageError
from longshore.secrets.known import know_values
from longshore.secrets.secrets_manager import LARGEST


def value_from_prompt_or_stdin(key: str) -> str:
    """The value for `key`: asked for at a terminal, else all of stdin without its last newline.

    Raises UsageError for an empty one and for what is no text.
    """
    if sys.stdin.isatty():
        value = _typed(key)
    else:
        data = sys.stdin.buffer.read(LARGEST + 3)
        try:
            value = data.decode()
        except UnicodeDecodeError:
            raise UsageError("the value is no text in UTF-8", on=key) from None
        value = value.removesuffix("\n").removesuffix("\r") if value.endswith("\n") else value
    know_values({key: value})
    if not value:
        raise UsageError("the value is empty", on=key, why="nothing was typed, and nothing came on standard input")
    if "\x00" in value:
        raise UsageError("the value holds a NUL byte", on=key, why="no variable can hold one")
    if len(value.encode()) > LARGEST:
        raise UsageError("the value is more than a secret can hold", on=key, why=f"the most is {LARGEST:,} bytes")
    return value


def _typed(key: str) -> str:
    import getpass

    try:
        return getpass.getpass(f"{key} (not shown): ", stream=sys.stderr)
    except EOFError:
        return ""
