"""Who reads app.env: a dialect per reader, with a writer that follows that reader's real rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from longshore.errors import UsageError, nearest
from longshore.secrets.dialects.dialect import Dialect

_WRITERS = {
    "viper": ("viper", "Viper"),
    "godotenv": ("godotenv", "Godotenv"),
    "docker": ("kvfile", "Docker"),
    "kubectl": ("kvfile", "Kubectl"),
    "compose": ("compose", "Compose"),
    "systemd": ("systemd", "Systemd"),
    "bash": ("bash", "Bash"),
    "node": ("node", "Node"),
    "python": ("python", "Python"),
    "github": ("github", "GitHub"),
}
"""Module and class of each, by its name (APP_ENV_DIALECT)."""


class _Written(Mapping[str, Dialect]):
    """Only the dialect that is asked for is loaded."""

    def __getitem__(self, name: str) -> Dialect:
        module, writer = _WRITERS[name]
        dialect: Dialect = getattr(import_module(f"{__name__}.{module}"), writer)()
        return dialect

    def __iter__(self) -> Iterator[str]:
        return iter(_WRITERS)

    def __len__(self) -> int:
        return len(_WRITERS)


def written() -> Mapping[str, Dialect]:
    """The dialects that have a writer, by name."""
    return _Written()


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
