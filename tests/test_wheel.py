"""The built wheel, in a virtual environment that holds nothing else: as a program, and as a library of another team's tasks.py."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a clean virtual environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next(folder.glob("longshore-*.whl"))
    venv.create(folder / "venv", with_pip=True)
    install = [str(folder / "venv" / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return folder / "venv" / "bin"


def call(program: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LONGSHORE_", "PYTHON"))}
    kept |= {"HOME": str(cwd / "home"), "XDG_STATE_HOME": str(cwd / "state")}
    return subprocess.run(
        [str(program), *words], cwd=cwd, env=kept, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def test_init_writes_a_project_and_overwrites_nothing(installed: Path, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("node_modules")
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "prod.env").write_text("AWS_ACCOUNT_ID=123456789012\nSECRETS=aws:shop/prod\n")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "1_a.up.sql").write_text("SELECT 1;")
    made = call(installed / "longshore", "init", "--app", "shop", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "tasks.py").read_text() == (
        "from longshore.tasks import ns  # noqa: F401  inv --list shows what it brings\n"
    )
    assert (tmp_path / "env" / "prod.env").read_text() == "AWS_ACCOUNT_ID=123456789012\nSECRETS=aws:shop/prod\n"
    assert "MIGRATIONS=migrations\n" in (tmp_path / "env" / "base.env").read_text()
    assert (
        tmp_path / ".gitignore"
    ).read_text() == "node_modules\n.longshore/\nenv/*.local.env\napp.env\n*.dump\n*.plan\n"
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.env")}
    again = call(installed / "longshore", "init", "--app", "other", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.env")} == before


def test_both_ways_say_the_same(installed: Path, tmp_path: Path) -> None:
    words = ("init", "--app", "shop", "--account", "123456789012", "--ci", "github")
    assert call(installed / "longshore", *words, cwd=tmp_path).returncode == 0
    assert "role/shop-prod-github" in (tmp_path / ".github/workflows/ship.yml").read_text()
    by_inv = call(installed / "inv", "env.show", "--env", "prod", "--json", cwd=tmp_path)
    by_program = call(installed / "longshore", "env.show", "--env", "prod", "--json", cwd=tmp_path)
    assert by_inv.returncode == by_program.returncode == 0, by_inv.stderr + by_program.stderr
    assert by_inv.stdout == by_program.stdout
    assert '"value": "aws:shop/prod"' in by_inv.stdout
    checked = call(installed / "inv", "env.check", cwd=tmp_path)
    # The folder of migrations isn't there yet, and that is what it says.
    assert checked.returncode == 1
    assert "env/base.env:7: MIGRATIONS: there is no such folder" in checked.stdout


def test_the_list_holds_no_task_of_this_repository_itself(installed: Path, tmp_path: Path) -> None:
    listed = call(installed / "longshore", "--list", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    names = {line.split()[0] for line in listed.stdout.splitlines() if line.startswith("  ") and line[2] != " "}
    assert {"init", "doctor", "db.migrate", "secrets.pull"} <= names
    assert not {"test", "bench"} & names


def test_a_team_adds_tasks_of_its_own(installed: Path, tmp_path: Path) -> None:
    assert call(installed / "longshore", "init", "--app", "shop", cwd=tmp_path).returncode == 0
    (tmp_path / "tasks.py").write_text(
        "from longshore.cli import Invocation, reads\n"
        "from longshore.tasks import ns\n\n"
        "@reads(environment=False)\n"
        "def hello(run: Invocation) -> None:\n"
        '    """Say hello."""\n'
        '    run.print("hello")\n\n'
        "ns.add_task(hello)\n"
    )
    assert call(installed / "inv", "hello", cwd=tmp_path).stdout == "hello\n"
    assert call(installed / "longshore", "hello", cwd=tmp_path).stdout == "hello\n"


def test_the_sandbox_without_its_extra_says_what_to_install(installed: Path, tmp_path: Path) -> None:
    assert call(installed / "longshore", "init", "--app", "shop", cwd=tmp_path).returncode == 0
    ended = call(installed / "inv", "sandbox.up", cwd=tmp_path)
    assert ended.returncode == 2
    assert "longshore[sandbox]" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) <= 5
