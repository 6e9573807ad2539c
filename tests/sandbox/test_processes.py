from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from longshore.process import detached
from longshore.sandbox import processes
from longshore.sandbox.layout import Layout
from tests.command import until

MANY_THREADS = """
import socket, threading, time
listening = socket.create_server(("127.0.0.1", 0))
for _ in range(200):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print(listening.getsockname()[1], flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("eks-bank-dev.apiserver", ("bank-dev", "apiserver")),
        ("eks-bank.us-east-1.controller-manager", ("bank.us-east-1", "controller-manager")),
        ("rds-eks-x.y", None),
        ("postgres", None),
    ],
)
def test_the_part_that_a_name_says(name: str, part: tuple[str, str] | None) -> None:
    assert processes.part_of(name) == part
    assert part is None or processes.of_cluster(*part) == name


def test_a_killed_server_has_given_its_port_back(tmp_path: Path) -> None:
    for _ in range(5):
        log = tmp_path / "log"
        log.unlink(missing_ok=True)
        server = detached.start([sys.executable, "-c", MANY_THREADS], log=log)
        until(lambda log=log: log.read_text().endswith("\n"))  # type: ignore[misc]
        processes.kill(server)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(log.read_text())))
        processes.kill(server)


def test_a_zombie_that_is_anothers_child_has_ended(tmp_path: Path) -> None:
    script = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        server = detached.server(int(parent.stdout.readline()))
        processes.kill(server)
        assert not server.alive()
        # Its parent never takes note of it.
        assert Path(f"/proc/{server.pid}").exists() or sys.platform != "linux"
        parent.kill()


def test_a_part_is_known_by_the_files_that_it_was_told(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.make(None)
    program = layout.cluster("bank.us-east-1") / "etcd"
    program.parent.mkdir(parents=True)
    argv = ["etcd", f"--data-dir={program}", "60"]
    script = f"import os; os.execv({sys.executable!r}, {[argv[0], '-c', 'import time; time.sleep(60)', *argv[1:]]!r})"
    with subprocess.Popen([sys.executable, "-c", script]) as child:
        until(lambda: [one.name for one in processes.living(layout, layout.data(None))] == ["eks-bank.us-east-1.etcd"])
        os.kill(child.pid, signal.SIGKILL)
    assert processes.living(layout, layout.data(None)) == []
