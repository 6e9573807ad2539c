"""The demo, whole: what a stranger sees first must hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.command import ROOT
from tests.live import LiveInv

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository from which the tasks of this checkout are found."""
    (tmp_path / "tasks.py").write_text(
        f'import sys\n\nsys.modules.pop("tasks", None)\nsys.path.insert(0, {str(ROOT)!r})\nfrom tasks import ns\n'
    )
    (tmp_path / ".gitignore").write_text(".longshore/\n")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "Begin")):
        subprocess.run(
            ["git", "-c", "user.name=ada", "-c", "user.email=ada@example.com", *words], cwd=tmp_path, check=True
        )
    return tmp_path


def test_the_demo_runs_to_its_end_and_again(folder: Path) -> None:
    inv = LiveInv(folder, folder / "home")
    try:
        for _ in range(2):
            ended = inv("demo", env={"AWS_PROFILE": "of-the-user", "LONGSHORE_ENV": "nonsense"})
            assert ended.code == 0, ended.stdout + ended.stderr
            _has_all(ended.stdout + ended.stderr, ended.stdout)
    finally:
        inv("sandbox.reset", "--confirm", "sandbox", cwd=folder / ".longshore" / "demo").check(0)
    shutil.rmtree(folder / ".longshore")


def _has_all(said: str, shown: str) -> None:
    chapters = re.findall(r"^(\d)\. ", shown, re.MULTILINE)
    assert chapters == ["1", "2", "3", "4", "5", "6", "7", "8"]
    for needed in (
        "user/github-ci",
        "✓ Migrate the database of sandbox: version 5",
        "error: 000006_add_interest.up.sql did not finish: version 6 is dirty",
        "it failed in line 3: CREATE INDEX accounts_rate_idx ON accounts (rate)",
        "✓ Set the version by force: version 5, clean",
        "✓ Migrate the database of sandbox: version 6",
        "✓ Grant view in the whole cluster: AmazonEKSViewPolicy",
        "= Proof as the grantee: as profile github it is arn:aws:iam::111122223333:user/github-ci; may list pods",
        "= Proof as who was let in before: as profile github: refused (401)",
    ):
        assert needed in said
    # The whole pipeline, up to what is known only after a build.
    assert "+ Build bank from Dockerfile" in shown
    assert "? Image: bank: not checked, known after " in shown
    assert "    create Deployment bank" in shown
    # The user's own kubectl and aws: refused before the grant and after the revocation, and in between it sees pods.
    assert said.count("You must be logged in to the server") == 2
    assert len(re.findall(r"^coredns-\S+ +1/1 +Running", shown, re.MULTILINE)) > 0
    # It ends with the database's real tables.
    assert re.search(r"^ public \| accounts +\| table \| bank", shown, re.MULTILINE)
    assert '"accounts_interest_idx" btree (interest)' in shown
