"""The live view of a run of several steps, on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from longshore.cli.console import At
from longshore.cli.live import Terminal, _fitted, _running
from longshore.process.redaction import know
from longshore.steps.plan import Plan, Planned
from longshore.steps.step import Done, ToDo
from tests.cli.screen import Screen
from tests.command import ROOT, Inv, until
from tests.steps.world import Does

SCRIPT = """
import sys, time
from pathlib import Path
from longshore.cli.live import Terminal
from longshore.cli.task import told
from longshore.steps.run import Run, Task
from tests.steps.world import Does, agree

folder = Path(sys.argv[1])

def gated(run):
    run.report.progress(f"waiting for the gate, {'long ' * 40}", 1, 4)
    run.report.line("said by a program")
    while not (folder / "open").exists():
        run.sleep(0.02)

def loud(run):
    for number in range(60):
        run.report.progress(f"at {number}", number, 60)
        run.report.line(f"line {number}")
        time.sleep(0.002)

steps = [Does(f"loud-{number}", loud, after=()) for number in range(12)] if sys.argv[2] == "loud" else [
    Does("first"), Does("left", gated, after=("first",)), Does("right", gated, after=("first",)),
    *(Does(f"later-{number}", after=None if number else ("left", "right")) for number in range(int(sys.argv[2]))),
]
report = Terminal()
try:
    with told():
        try:
            Run(Task("ship", {}, "dev", "app"), folder, report).execute(steps, wait_for_lock=0, confirm=agree)
        finally:
            report.close()
except BaseException as error:
    sys.exit(getattr(error, "code", 1))
"""


class Shown:
    """The script at a terminal of this size."""

    def __init__(self, folder: Path, rows: int, columns: int, later: int | str = 2) -> None:
        self.screen = Screen(columns)
        self.folder = folder
        self.ours, theirs = pty.openpty()
        self.resize(rows, columns)
        env = {"TERM": "xterm-256color", "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        argv = [sys.executable, "-c", SCRIPT, str(folder), str(later)]
        self.process = subprocess.Popen(argv, cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        os.set_blocking(self.ours, False)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.columns = columns

    def sees(self, *words: str) -> bool:
        """Read what came; whether the screen shows all of them."""
        try:
            self.screen.feed(os.read(self.ours, 1 << 16))
        except BlockingIOError:
            pass
        except OSError:  # Linux: the other side has gone
            return True
        return all(word in "\n".join(self.screen.text) for word in words)

    def end(self) -> int:
        """Read to the end; a terminal that nobody reads stops who writes to it."""
        os.set_blocking(self.ours, True)
        while True:
            try:
                piece = os.read(self.ours, 1 << 16)
            except OSError:
                break
            self.screen.feed(piece)
        os.close(self.ours)
        return self.process.wait(60)


Show = Callable[..., Shown]


@pytest.fixture
def show(tmp_path: Path) -> Show:
    return lambda rows, columns, later=2: Shown(tmp_path, rows, columns, later)


def test_what_runs_side_by_side_has_a_line_each(show: Show, tmp_path: Path) -> None:
    shown = show(24, 80)
    until(lambda: shown.sees("do left: waiting", "do right: waiting", "1 of 5 steps"))
    seen = shown.screen.text
    assert any(line.startswith("✓ do first") for line in seen)
    assert seen[-3:-1] == ["· do later-0", "· do later-1"]
    assert [line[2:20] for line in seen[-5:-3]] == ["do left: waiting f", "do right: waiting "]
    assert all("━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 1/4 0:0" in line and "…" in line for line in seen[-5:-3])
    assert max(map(len, seen)) < 80
    (tmp_path / "open").touch()
    assert shown.end() == 0
    assert not shown.screen.cursor_hidden
    stays = shown.screen.text[10:]
    ended = [line.partition(" (")[0] for line in stays if not line.startswith("  |")]
    assert [ended[0], *sorted(ended[1:3]), *ended[3:]] == [
        "✓ do first",
        "✓ do left",
        "✓ do right",
        "✓ do later-0",
        "✓ do later-1",
    ]
    assert sorted(line for line in stays if line.startswith("  |"))[0].endswith("said by a program")


def test_a_terminal_of_few_rows(show: Show, tmp_path: Path) -> None:
    shown = show(5, 40, 9)
    until(lambda: shown.sees("do left", "do right", "1 of 12 steps", "more"))
    assert shown.screen.text[-1].endswith("8 more")
    assert "· do later-0" in shown.screen.text
    assert "· do later-1" not in shown.screen.text
    (tmp_path / "open").touch()
    assert shown.end() == 0
    assert shown.screen.text[-1].startswith("✓ do later-8")


def test_nothing_that_stays_is_wiped_out(show: Show) -> None:
    """Twelve threads print, and the picture grows and shrinks meanwhile."""
    shown = show(10, 80, "loud")
    assert shown.end() == 0
    seen = shown.screen.text
    assert len([line for line in seen if line.startswith("✓")]) == 12
    assert len([line for line in seen if line.startswith("  |")]) == 12 * 60


def test_made_wider_while_it_runs(show: Show, tmp_path: Path) -> None:
    shown = show(24, 40)
    until(lambda: shown.sees("do left", "do right", "1 of 5 steps"))
    shown.resize(24, 100)
    shown.process.send_signal(signal.SIGWINCH)
    until(lambda: shown.sees("━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 1/4"))
    (tmp_path / "open").touch()
    assert shown.end() == 0
    assert shown.screen.text[-1].startswith("✓ do later-1")


def test_interrupted_it_leaves_no_picture(show: Show) -> None:
    shown = show(24, 80)
    until(lambda: shown.sees("do left: waiting", "do right: waiting"))
    shown.process.send_signal(signal.SIGINT)
    assert shown.end() == 130
    assert not shown.screen.cursor_hidden
    seen = shown.screen.text
    assert [line for line in seen if line.startswith("·") or "steps," in line] == []
    assert sorted(line.partition(" (")[0] for line in seen if line.startswith("✗")) == ["✗ do left", "✗ do right"]
    told = seen[seen.index("error: interrupted") :]
    assert told[-2] == "  done: do first; not done: do left, do right, do later-0, do later-1"
    assert told[-1].startswith("  go on: inv runs.resume --id ")


def test_ctrl_c_is_typed(sample: Inv) -> None:
    """The terminal writes ^C where the cursor is: at the end of the picture, which goes with it."""
    said = sample("t.make", "--how", "waits", tty=True, input="\x03", after="waiting for the file").check(130)
    screen = Screen(80)
    screen.feed(said.stderr.encode())
    assert "^C" in said.stderr
    assert screen.text[-4] == "✗ make the file" or screen.text[-4].startswith("✗ make the file (")
    assert screen.text[-3:-1] == ["error: interrupted", "  why: SIGINT came"]
    assert not screen.cursor_hidden


def test_after_a_failure_nothing_is_to_come(capsys: pytest.CaptureFixture[str]) -> None:
    """What the run gives back at its end may take a while."""
    report = Terminal()
    steps = [Does(name) for name in ("a", "b", "c")]
    report.planned(Plan([Planned(step, ToDo("x")) for step in steps]))
    for step in steps[:2]:
        report.begin(step, looking=False)
    report.end(steps[0], "failed", "", 0)
    assert [line[2:] for line, _ in report._lines(80, 24)] == ["do b 0:00", "of 3 steps, 0:00"]
    report.end(steps[1], "ok", "", 0)
    report.begin(steps[1], looking=False)
    report.end(steps[1], "interrupted", "", 0)
    assert [line[2:] for line, _ in report._lines(80, 24)] == ["ending the run 0:00", "of 3 steps, 0:00"]
    report.close()
    assert report._picture is None


@pytest.mark.usefixtures("nothing_known")
def test_lines_for_every_width() -> None:
    know("s3cret-value")
    wide = At("部署应用", looking=False, text="s3cret-value\nand more", done=1, total=3)
    for width in range(120):
        from rich.cells import cell_len

        line = _running(wide, width)
        assert cell_len(line) <= max(width, 0), width
        assert "s3cret" not in line
        assert "\n" not in line
    assert _fitted("abc", 3) == "abc"
    assert _fitted("abcd", 3) == "ab…"
    assert _fitted("abcd", 0) == ""


def test_a_run_of_one_step_has_one_line() -> None:
    report = Terminal()
    step = Does("up")
    report._steps = 1
    report._at["up"] = At(step.title, looking=False)
    assert [line[2:] for line, _ in report._lines(80, 24)] == ["do up 0:00"]
    report._at["up"].looking = True
    assert [line[2:] for line, _ in report._lines(80, 24)] == ["looking at: do up 0:00"]


def test_what_is_done_already_is_not_to_come(capsys: pytest.CaptureFixture[str]) -> None:
    report = Terminal()
    report.planned(Plan([Planned(Does("a"), Done("there")), Planned(Does("b"), ToDo("x"))]))
    assert [line for line, _ in report._lines(80, 24)] == ["· do b", "0 of 2 steps, 0:00"]
    report.close()
    assert capsys.readouterr().err == "= do a: there\n+ do b\n    x\n"
