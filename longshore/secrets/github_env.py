"""The variables of the later steps of a GitHub Actions job: masked in its log first, then appended to the file that $GITHUB_ENV names.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands ("Setting an environment variable", "Masking a value in a log").
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from longshore.environments.environment import Environment
from longshore.errors import Failed, UsageError
from longshore.process.masks import commands
from longshore.secrets import app_env
from longshore.secrets.dialects.dialect import Dialect
from longshore.secrets.known import secret_values
from longshore.secrets.secret import Secret
from longshore.steps.step import Done, Status, ToDo
from longshore.words import counted

VARIABLE = "GITHUB_ENV"


class GitHubEnv:
    """$GITHUB_ENV. The file belongs to the runner: it is appended to, and what other commands of the step wrote there stays."""

    title = f"Append to ${VARIABLE}"

    def __init__(self, environment: Environment, dialect: Dialect, out: Path | None) -> None:
        """Raises UsageError outside of GitHub Actions, and for `out`."""
        if out is not None:
            raise UsageError(
                "--out can't be given with the dialect github",
                on=str(out),
                why=f"it appends to the file that ${VARIABLE} names",
                do=f"inv secrets.pull --env {environment.name} --dialect github",
            )
        named = os.environ.get(VARIABLE, "")
        if not named:
            raise UsageError(
                f"there is no ${VARIABLE} to append to",
                on="dialect github",
                why="only a step of a GitHub Actions job has one",
                do=(
                    "run it in a step",
                    f"or for another reader: inv secrets.pull --env {environment.name} --dialect bash",
                ),
            )
        self.dialect = dialect
        self._path = Path(named)

    def look(self, secret: Secret) -> Status:
        """Raises CannotCarry; UsageError where the runner can't read what the file holds already."""
        held = self._held()
        keys = counted(len(secret.values), "key")
        if all(held.get(key) == value for key, value in secret.values.items()):
            return Done(f"{keys} in ${VARIABLE}")
        self.dialect.encode(secret.values)
        return ToDo(f"append {keys} to ${VARIABLE}, after ::add-mask:: for their values")

    def write(self, secret: Secret) -> None:
        """Masks first: what the file holds must not be seen in the log by any chance."""
        text = self.dialect.encode(secret.values)
        _print_masks(secret.values)
        _append(self._path, text)

    def _held(self) -> dict[str, str]:
        try:
            text = self._path.read_bytes().decode()
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            why = str(error.strerror) if isinstance(error, OSError) else "it is no text in UTF-8"
            raise UsageError(f"can't read the file that ${VARIABLE} names", on=str(self._path), why=why) from None
        try:
            return self.dialect.parse(text)
        except UsageError as error:
            error.on, error.do = str(self._path), ("mend what the step wrote there before",)
            raise


def masks(values: Mapping[str, str]) -> list[str]:
    """The `::add-mask::` commands for these values; none for plain settings (`production`, `5432`), which stand in other places too."""
    return commands(secret_values(values))


def _print_masks(values: Mapping[str, str]) -> None:
    text = "".join(f"{mask}\n" for mask in masks(values))
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except OSError as error:
        raise Failed(
            "could not mask the values, nothing was written",
            on="standard output",
            why=str(error.strerror),
            do="leave standard output to GitHub's runner, which reads the masks from it",
        ) from None


def _append(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, app_env.MODE)
    except OSError as error:
        raise app_env.explained(error, path) from None
    try:
        size = os.fstat(descriptor).st_size
        # What another command wrote may lack its line's end.
        gap = "\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else ""
        try:
            app_env.write(descriptor, (gap + text).encode())
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise app_env.explained(error, path) from None
    finally:
        os.close(descriptor)
