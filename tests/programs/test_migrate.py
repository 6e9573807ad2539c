"""golang-migrate's argv to the word, and its answers as it really gives them."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from longshore.programs.migrate import Applied, Migrate, applied, seconds

SAYS = """\
1/u accounts (6.19843ms)
2/u entries (11.311283ms)
error: migration failed: syntax error at end of input in line 0: SELECT broken(
 (details: pq: syntax error at end of input)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program that writes down its argv, says what golang-migrate said once, and ends with 1."""
    path = tmp_path / "migrate"
    path.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"json.dump(sys.argv[1:], open({str(tmp_path / 'argv')!r}, 'w'))\n"
        f"sys.stderr.write({SAYS!r})\nsys.exit(1)\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_every_command_is_exactly_this_argv(tmp_path: Path) -> None:
    migrate = Migrate(Path("/bin/migrate"), tmp_path, "postgres://bank@db:5432/bank", {})
    begin = ["/bin/migrate", "-path", str(tmp_path), "-database", "postgres://bank@db:5432/bank", "-lock-timeout", "15"]
    assert [str(word) for word in migrate.argv(["up"])] == [*begin, "up"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, say: m.up(say), ["up"]),
        (lambda m, say: m.goto(3, say), ["goto", "3"]),
        (lambda m, say: m.down_all(say), ["down", "-all"]),
        (lambda m, say: m.force(4, say), ["force", "4"]),
        # `force -1` would be read as a flag.
        (lambda m, say: m.force(None, say), ["force", "--", "-1"]),
    ],
)
def test_the_words_after_the_flags(program: Path, tmp_path: Path, call, words) -> None:
    import json

    heard: list[str] = []
    outcome = call(Migrate(program, tmp_path, "postgres://u@h:1/d", {"PATH": "/usr/bin:/bin"}), heard.append)
    argv = json.loads((tmp_path / "argv").read_text())
    assert argv == ["-path", str(tmp_path), "-database", "postgres://u@h:1/d", "-lock-timeout", "15", *words]
    assert heard == SAYS.splitlines()
    assert outcome.code == 1
    assert [(file.version, file.direction, file.title) for file in outcome.applied] == [
        (1, "up", "accounts"),
        (2, "up", "entries"),
    ]
    assert outcome.error.startswith("migration failed: syntax error at end of input")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1/u accounts (6.5ms)", Applied(1, "up", "accounts", 0.0065)),
        ("20260131120000/d add_interest (1m2.5s)", Applied(20260131120000, "down", "add_interest", 62.5)),
        ("7/u with (brackets) in it (250µs)", Applied(7, "up", "with (brackets) in it", 0.00025)),
        ("no change", None),
        ("error: 1/u accounts", None),
    ],
)
def test_a_line(line: str, expected: Applied | None) -> None:
    found = applied(line)
    assert (found is None) == (expected is None)
    if found and expected:
        assert (found.version, found.direction, found.title) == (expected.version, expected.direction, expected.title)
        assert found.seconds == pytest.approx(expected.seconds)


@pytest.mark.parametrize(
    ("text", "expected"), [("1h2m3s", 3723.0), ("17.84037ms", 0.01784037), ("12ns", 1.2e-8), ("", 0.0)]
)
def test_a_duration(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected)
