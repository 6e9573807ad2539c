from __future__ import annotations

import dataclasses
import os
import signal
import stat
import sys
import threading
from pathlib import Path

import psutil
import pytest

from longshore.process import detached
from tests.command import Python, lives, until


def children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def test_it_survives_who_started_it(python: Python, tmp_path: Path) -> None:
    script = """
from pathlib import Path
from longshore.process import detached
server = detached.start(["sh", "-c", "echo told; cat; echo $NAME; sleep 300"], log=Path("log"), env={"NAME": "mine", "PATH": "/usr/bin:/bin"})
print(server.pid, server.started)
"""
    pid, started = python(script).check().stdout.split()
    server = detached.Server(int(pid), float(started))
    until(lambda: (tmp_path / "log").read_text() == "told\nmine\n")
    assert server.alive()
    assert server == detached.server(server.pid)
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600
    assert os.getsid(server.pid) == server.pid
    server.stop()
    assert not server.alive()
    assert not lives(server.pid)


def test_a_process_id_that_was_given_anew_is_not_signalled(tmp_path: Path) -> None:
    server = detached.start(["sleep", "300"], log=tmp_path / "log")
    older = dataclasses.replace(server, started=server.started - 100)
    assert not older.alive()
    older.stop(grace=0.1)
    assert server.alive()
    server.stop()
    assert not server.alive()


def test_stop_ends_the_tree(tmp_path: Path) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)"
    )
    script = f'sleep 300 & "{sys.executable}" -c "{deaf}" & wait'
    server = detached.start(["sh", "-c", script], log=tmp_path / "log")
    until(lambda: (tmp_path / "log").read_text() == "deaf\n")
    pids = children(server.pid)
    assert len(pids) == 2
    server.stop(grace=0.5)
    until(lambda: not any(lives(pid) for pid in [server.pid, *pids]))
    server.stop()


def test_one_that_has_ended_is_not_alive(tmp_path: Path) -> None:
    server = detached.start(["sh", "-c", "echo why >&2; exit 3"], log=tmp_path / "log")
    until(lambda: not server.alive())
    assert (tmp_path / "log").read_text() == "why\n"
    server.stop()


def test_attached_it_is_ours_to_wait_for(tmp_path: Path) -> None:
    server = detached.start(["sleep", "300"], log=tmp_path / "log", detach=False)
    assert os.getsid(server.pid) == os.getsid(0)
    server.stop()
    assert not lives(server.pid)


def test_it_inherits_no_descriptor(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "open", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(descriptor, True)
    server = detached.start(["sh", "-c", "ls -l /dev/fd/ /proc/$$/fd; echo end"], log=tmp_path / "log")
    until(lambda: "end" in (tmp_path / "log").read_text())
    os.close(descriptor)
    assert "/open" not in (tmp_path / "log").read_text()
    server.stop()


def test_there_is_no_such_process() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    pid = max(psutil.pids()) + 100_000
    with pytest.raises(ProcessLookupError):
        detached.server(pid)
    assert not detached.Server(pid, 0.0).alive()


def test_the_log_is_appended_to(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    server = detached.start(["echo", "after"], log=log)
    until(lambda: log.read_text() == "before\nafter\n")
    server.stop()


def test_a_server_that_dies_at_once_has_a_start(tmp_path: Path) -> None:
    server = detached.start(["true"], log=tmp_path / "log")
    assert server.started > 0
    until(lambda: not server.alive())
    assert signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
