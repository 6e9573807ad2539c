"""Real signals to a real process of ours that runs a program."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from longshore.process.signals import Forward
from tests.command import Python, lives, until

RUN = """
import json, signal, sys
from longshore.errors import LongshoreError
from longshore.process import signals, tree
from longshore.process.run import ProgramInterrupted, run
tree.GRACE = 0.5
signals.install()
stop = getattr(signal, sys.argv[2]) if sys.argv[2] else None
try:
    run(["sh", "-c", sys.argv[1]], stop=stop, timeout=120)
except ProgramInterrupted as error:
    print(json.dumps({"code": error.completed.code, "stdout": error.completed.stdout, "exit": int(error.code)}))
    sys.exit(130)
"""

DEAF = 'import signal, time; signal.signal(15, signal.SIG_IGN); open("begun", "w").close(); time.sleep(300)'
PIDS = "echo $$ >self; (sleep 300 & echo $! >deep; wait) & until [ -s deep ]; do sleep 0.02; done; echo begun >begun;"


def begin(python: Python, script: str, stop: str = "") -> subprocess.Popen[str]:
    process = python.start(RUN, script, stop)
    until(lambda: (python.folder / "begun").exists())
    return process


def pid(folder: Path, name: str) -> int:
    return int((folder / name).read_text())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_forwarded_to_the_whole_group(python: Python, tmp_path: Path, number: signal.Signals) -> None:
    script = f"trap 'echo told; exit 5' {number.name.removeprefix('SIG')}; {PIDS} while :; do sleep 0.05; done"
    process = begin(python, script)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, '{"code": 5, "stdout": "told\\n", "exit": 130}\n'), stderr
    until(lambda: not lives(pid(tmp_path, "self")) and not lives(pid(tmp_path, "deep")))


def test_a_grandchild_that_ignores_it_is_ended_too(python: Python, tmp_path: Path) -> None:
    process = begin(python, f"{sys.executable} -c '{DEAF}' & echo $! >deep; wait")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    until(lambda: not lives(pid(tmp_path, "deep")))


def test_the_stop_signal_of_its_own(python: Python) -> None:
    script = (
        "trap 'echo int; exit 0' INT; trap 'echo term; exit 1' TERM; echo begun >begun; while :; do sleep 0.05; done"
    )
    process = begin(python, script, "SIGINT")
    process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, '{"code": 0, "stdout": "int\\n", "exit": 130}\n')


def test_the_second_is_sigterm_and_the_third_sigkill(python: Python, tmp_path: Path) -> None:
    script = (
        "trap 'echo >int' INT; trap 'echo >term' TERM; echo $$ >self; echo begun >begun; while :; do sleep 0.05; done"
    )
    process = begin(python, script)
    for seen in ("int", "term"):
        process.send_signal(signal.SIGINT)
        until(lambda seen=seen: (tmp_path / seen).exists())
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=60)
    assert (process.returncode, '"code": -9' in stdout) == (130, True)
    assert not lives(pid(tmp_path, "self"))


def test_killed_we_leave_the_program_alive_with_the_lock(python: Python, tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from longshore.process.run import run
from longshore.steps import lock
with lock.hold(Path("locks"), "prod-database", "db.migrate of anna@laptop", wait=0, say=print) as descriptor:
    run(["sh", "-c", "echo $$ >self; echo >begun; until [ -e go ]; do sleep 0.05; done"], keep_open=(descriptor,))
"""
    take = """
import sys
from pathlib import Path
from longshore.errors import Refused
from longshore.steps import lock
try:
    with lock.hold(Path("locks"), "prod-database", "me", wait=float(sys.argv[1]), say=print):
        print("held")
except Refused as error:
    print(error)
"""
    holder = python.start(script)
    until(lambda: (tmp_path / "begun").exists())
    holder.kill()
    holder.communicate()
    assert lives(pid(tmp_path, "self"))
    refused = python(take, 0).check().stdout
    assert refused.startswith(
        f"error: another run works on prod-database (db.migrate of anna@laptop (process {holder.pid}, since "
    )
    assert "which has ended; a program that it started still runs" in refused
    (tmp_path / "go").touch()
    assert python(take, 30).check().stdout.endswith("held\n")


def test_a_signal_before_the_program_is_known_is_what_the_program_should_get() -> None:
    # sh is about to say which process it started: migrate gets SIGINT then too, since SIGTERM leaves a dirty version.
    child = subprocess.Popen(["sleep", "300"], start_new_session=True)
    forward = Forward()
    forward.send(signal.SIGTERM)
    forward.to(child.pid, signal.SIGINT)
    assert child.wait(30) == -signal.SIGINT
    assert forward.interrupted


def test_without_a_program_it_is_raised_at_once(python: Python, tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from longshore.errors import Interrupted
from longshore.process import signals
signals.install()
try:
    Path("begun").touch()
    signals.sleep(300)
except Interrupted as error:
    print(error)
assert signals.came()
try:
    signals.sleep(0)
except Interrupted:
    print("still")
"""
    process = python.start(script)
    until(lambda: (tmp_path / "begun").exists())
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[0] == "error: interrupted\n  why: SIGTERM came\nstill\n"


def test_a_thread_that_waits_ends_too(python: Python, tmp_path: Path) -> None:
    # A program in one thread, a poll in another: one signal ends both.
    script = """
import threading
from pathlib import Path
from longshore.errors import Interrupted
from longshore.process import signals
from longshore.process.run import run
signals.install()
ended = []
def step(name, call):
    try:
        call()
    except Interrupted:
        ended.append(name)
script = "echo >begun; while :; do sleep 0.05; done"
threads = [
    threading.Thread(target=step, args=("program", lambda: run(["sh", "-c", script]))),
    threading.Thread(target=step, args=("poll", lambda: signals.sleep(300))),
]
for thread in threads:
    thread.start()
for thread in threads:
    while thread.is_alive():
        thread.join(0.1)
print(sorted(ended))
"""
    process = python.start(script)
    until(lambda: (tmp_path / "begun").exists())
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "['poll', 'program']\n"


def test_ctrl_c_belongs_to_an_interactive_program(python: Python, tmp_path: Path) -> None:
    script = """
from longshore.process import signals
from longshore.process.run import interactive
signals.install()
print(interactive(["sh", "-c", "echo $$ >self; echo >begun; until [ -e go ]; do sleep 0.05; done; exit 3"]))
"""
    process = python.start(script)
    until(lambda: (tmp_path / "begun").exists())
    process.send_signal(signal.SIGINT)
    (tmp_path / "go").touch()
    assert process.communicate(timeout=60)[0] == "3\n"


def test_without_a_handler_ctrl_c_leaves_no_program_either(python: Python, tmp_path: Path) -> None:
    script = """
from pathlib import Path
from longshore.process import run as room
wait = room._await_end
def waiting(*arguments):
    Path("waiting").touch()
    return wait(*arguments)
room._await_end = waiting
room.run(["sh", "-c", "echo $$ >self; echo >begun; sleep 300"])
"""
    process = python.start(script)
    until(lambda: (tmp_path / "begun").exists() and (tmp_path / "waiting").exists())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    until(lambda: not lives(pid(tmp_path, "self")))
