"""The applications' own dotenv parsers (tools/readers): what was written for a reader is checked against that reader."""

from __future__ import annotations

from pathlib import Path

from longshore.steps.report import Silent
from longshore.toolchain import build
from longshore.toolchain.catalogue import GoProgram

READERS = GoProgram(
    name="dotenv-readers", package=".", folder=Path(__file__).resolve().parents[1] / "tools" / "readers"
)


def dotenv_readers() -> Path:
    """The program's path, built (20 s) the first time. How to call it: tools/readers/main.go."""
    return build.built(READERS, Silent())
