"""Become another program: it has our process id, our terminal, every signal that is sent to us, and its exit code is ours."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from typing import NoReturn

from longshore.errors import UsageError
from longshore.process.run import which


def replace(argv: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Never returns (execve(2)). `env` is the program's whole environment. What is to be told must be flushed before.

    Raises ProgramMissing, and UsageError for what the system can't start.
    """
    path = which(argv[0], env)
    # Python ignores these two, and what is ignored stays ignored in the program that we become.
    ours = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGPIPE, signal.SIGXFSZ)}
    try:
        os.execve(path, list(argv), dict(env))  # noqa: S606  no shell is what is meant
    except OSError as error:
        for number, handler in ours.items():
            signal.signal(number, handler)
        raise UsageError(f"{argv[0]} can't be started", on=path, why=str(error.strerror)) from None
