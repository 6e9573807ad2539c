"""GitHub's `::add-mask::`: from it on the runner hides a value in all that the job prints, whoever prints it.

The command itself has the value in it, and the runner takes it out of the log. So it may reach nobody but the runner.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from longshore.process.redaction import SHORTEST

PROC = Path("/proc")


def commands(values: Iterable[str]) -> list[str]:
    """The commands for these values and for each of their lines: the runner looks at one line at a time.

    Not for what is shorter than 4 characters: a mask hides every place where a text stands, and GitHub drops a job's outputs that hold one.
    """
    found = (form for value in values for form in _forms(value))
    return [f"::add-mask::{_escaped(form)}" for form in dict.fromkeys(found)]


def _forms(value: str) -> Iterator[str]:
    for form in (value, *re.split(r"[\r\n]+", value)):
        if len(form.strip()) >= SHORTEST:
            yield form


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def runner_listens(descriptor: int) -> bool:
    """Whether what we write there goes to GitHub's runner, and to nobody else: the other end of the pipe is in the hands of a process that started us.

    False for `| tee job.log` and `2>file`, where a mask would leave the secret in a file; and where it can't be seen (a job in a container,
    a runner on macOS or Windows).
    """
    if not (os.environ.get("GITHUB_ACTIONS") == "true" and os.environ.get("RUNNER_ENVIRONMENT")):
        return False
    try:
        pipe = str((PROC / "self/fd" / str(descriptor)).readlink())
    except OSError:
        return False
    return pipe.startswith("pipe:") and any(_reads(pid, pipe) for pid in _ancestors(os.getppid()))


def _ancestors(pid: int) -> Iterator[int]:
    while pid > 0:
        yield pid
        try:
            # The program's name is in parentheses, and may hold any character.
            pid = int((PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:
            return


def _reads(pid: int, pipe: str) -> bool:
    try:
        for entry in (PROC / str(pid) / "fd").iterdir():
            if str(entry.readlink()) == pipe:
                flags = re.search(r"^flags:\s*([0-7]+)", (PROC / str(pid) / "fdinfo" / entry.name).read_text(), re.M)
                if flags and int(flags[1], 8) & os.O_ACCMODE == os.O_RDONLY:
                    return True
    except OSError:
        return False
    return False
