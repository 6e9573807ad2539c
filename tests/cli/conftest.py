from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import ROOT, Inv

TASKS = f"""import sys

sys.path.insert(0, {str(ROOT)!r})
from tests.cli.sample import ns
"""


@pytest.fixture
def sample(inv: Inv, project: Path) -> Inv:
    """`inv` in a project whose tasks are those of sample.py."""
    (project / "tasks.py").write_text(TASKS)
    return inv
