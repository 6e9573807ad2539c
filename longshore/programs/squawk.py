"""squawk, the linter of PostgreSQL migrations (PyPI's squawk-cli, 2.60 or newer): what it finds in files.

It exits 1 for a finding of any level, and for its own failures; the latter print no JSON. Its lines count from 0.
"""

from __future__ import annotations

import json
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from longshore.errors import Failed
from longshore.process.run import last_line, run

AT_ONCE = 500
"""Files per call: a command line has a limit."""

TIME_LIMIT = 120.0


@dataclass(frozen=True)
class Finding:
    """What squawk says about a place. `line` counts from 1; `level` is `error` or `warning`."""

    file: str
    line: int
    level: str
    rule: str
    text: str
    help: str


@dataclass(frozen=True)
class Squawk:
    """The program at `path`, working in `folder` (from where it looks for a project's own .squawk.toml)."""

    path: Path | str
    folder: Path

    @classmethod
    def installed(cls, folder: Path) -> Squawk:
        """The one of this virtual environment, else the one on PATH."""
        beside = Path(sysconfig.get_path("scripts")) / "squawk"
        return cls(beside if beside.exists() else "squawk", folder)

    def argv(self, files: Sequence[str], *, in_transaction: bool) -> list[str | Path]:
        """The command line. With `in_transaction` it takes each file for one transaction, as golang-migrate runs it."""
        return [self.path, "--reporter", "json", *(["--assume-in-transaction"] if in_transaction else []), *files]

    def check(self, files: Sequence[str], *, in_transaction: bool) -> list[Finding]:
        """Lint files of the folder, given by name.

        Raises ProgramMissing, TimedOut, Failed when it doesn't answer in JSON.
        """
        found: list[Finding] = []
        for start in range(0, len(files), AT_ONCE):
            argv = self.argv(files[start : start + AT_ONCE], in_transaction=in_transaction)
            ended = run(argv, cwd=self.folder, ok=(0, 1, 2), timeout=TIME_LIMIT)
            found += _findings(ended.stdout, ended.stderr)
        return found


def _findings(stdout: str, stderr: str) -> list[Finding]:
    try:
        answer = json.loads(stdout)
        return [
            Finding(
                file=Path(one["file"]).name,
                line=one["line"] + 1,
                level=one["level"].lower(),
                rule=one["rule_name"],
                text=one["message"],
                help=one.get("help") or "",
            )
            for one in answer
        ]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise Failed(
            "squawk did not answer as expected", why=last_line(stderr) or str(error), do="inv doctor"
        ) from None
