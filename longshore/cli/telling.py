"""The end of a task that failed: the error's lines on stderr, or an annotation in GitHub Actions."""

from __future__ import annotations

import os
import sys
import traceback

from longshore.cli.console import in_actions, write
from longshore.errors import Exit, LongshoreError
from longshore.process.redaction import redact


def tell_error(error: Exception) -> Exit:
    """Print the error's lines to stderr; the exit code is the answer."""
    if os.environ.get("LONGSHORE_DEBUG"):
        write(redact("".join(traceback.format_exception(error))).rstrip())
    lines = error.lines() if isinstance(error, LongshoreError) else _unexpected(error)
    text = redact("\n".join(lines))
    if in_actions():
        from longshore.cli.actions import annotate

        annotate(text)
    else:
        red = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        head, *rest = text.split("\n")
        write("\n".join([f"\x1b[31m{head}\x1b[0m" if red else head, *rest]))
    return error.code if isinstance(error, LongshoreError) else Exit.FAILED


def _unexpected(error: Exception) -> list[str]:
    said = " ".join(redact(str(error)).split())[:300]
    return [
        f"error: unexpected {type(error).__name__}: {said}",
        "  next: the same command with LONGSHORE_DEBUG=1 shows where; please report it",
    ]
