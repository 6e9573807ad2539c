"""Who reads app.env: a dialect per reader, with a writer that follows that reader's real rules."""

from __future__ import annotations

from longshore.errors import UsageError, nearest
from longshore.secrets.dialects.dialect import Dialect


def written() -> dict[str, Dialect]:
    """The dialects that have a writer, by name (APP_ENV_DIALECT)."""
    from longshore.secrets.dialects.viper import Viper

    return {dialect.name: dialect for dialect in (Viper(),)}


def find(name: str) -> Dialect:
    """The dialect of that name.

    Raises UsageError where there is no writer for it.
    """
    dialects = written()
    if name in dialects:
        return dialects[name]
    raise UsageError(
        "app.env can't be written for this reader",
        on=f"APP_ENV_DIALECT={name}",
        why=f"there is a writer for {', '.join(dialects)}{nearest(name, list(dialects))}",
        do="set APP_ENV_DIALECT in env/base.env",
    )
