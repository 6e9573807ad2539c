"""One look, the live view at a terminal, and k9s's command line."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from longshore.toolchain import programs
from tests.cluster.conftest import Dev
from tests.command import PATIENCE, until
from tests.running import error_of

pytestmark = pytest.mark.integration


class Terminal:
    """`inv` with a pseudo terminal for everything."""

    def __init__(self, dev: Dev, *words: str, env: Mapping[str, str] | None = None) -> None:
        self.fd, theirs = pty.openpty()
        argv = dev.live.inv.argv(*words)
        whole = {"TERM": "xterm", "COLUMNS": "160", "LINES": "40", **dev.live.inv.env(env)}
        self.process = subprocess.Popen(
            argv, cwd=dev.live.project, env=whole, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        self.seen = ""

    def until(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            self._read()

    def end(self) -> int:
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.seen
            self._read()
        while self._read():
            pass
        os.close(self.fd)
        return self.process.returncode

    def _read(self) -> bool:
        if not select.select([self.fd], [], [], 0.1)[0]:
            return False
        try:
            read = os.read(self.fd, 65536)
        except OSError:  # the other side has gone
            return False
        self.seen += read.decode(errors="replace")
        return bool(read)


def seen(dev: Dev) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(dev.live.inv("cluster.monitor", "--json").check().stdout)
    return answer


def all_run(answer: dict[str, Any]) -> bool:
    there = [one for one in answer["pods"] if one["namespace"] == "kube-system"]
    return bool(there) and answer["states"]["kube-system"] == {"Running": len(there)}


def test_one_look_off_a_terminal(dev: Dev) -> None:
    said = dev.live.inv("cluster.monitor").check().stdout
    assert "kube-system" in said
    assert "Running" in said
    assert said.count("Ready") >= 2
    # A cluster that has just come up still schedules.
    until(lambda: all_run(seen(dev)))
    answer = seen(dev)
    assert len(answer["nodes"]) == 2
    assert answer["unseen"] == {}


def test_who_may_look_into_one_namespace_only(dev: Dev) -> None:
    dev.let_in("github-ci", "View", "bank")
    answer = json.loads(dev.live.inv("cluster.monitor", "--profile", "github", "--json").check().stdout)
    assert (answer["namespace"], answer["nodes"], answer["pods"]) == ("bank", None, [])
    assert set(answer["unseen"]) == {"nodes"}


def test_a_namespace_that_is_not_there(dev: Dev) -> None:
    out = dev.live.inv("cluster.monitor", "--namespace", "kube-sytem").check(2)
    assert error_of(out)[0] == "error: there is no namespace kube-sytem; did you mean kube-system? (--namespace)"
    assert out.stdout == ""
    dev.live.inv("cluster.monitor", "--namespace", "kube-system").check()


def test_who_is_not_known(dev: Dev) -> None:
    assert "(401)" in "\n".join(error_of(dev.live.inv("cluster.monitor", "--profile", "github").check(1)))


@pytest.mark.parametrize("key", ["q", "\x03"])
def test_the_live_view(dev: Dev, key: str, tmp_path: Path) -> None:
    """It follows what happens, and a key ends it."""
    view = Terminal(dev, "cluster.monitor", env={"PATH": path_without_k9s()})
    view.until("kube-system")
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"seen-{ord(key)}"}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "late"},
        "spec": {"containers": [{"name": "a", "image": "a"}]},
    }
    pod["spec"]["serviceAccountName"] = "none"  # type: ignore[index]
    try:
        assert dev.live.ask_api("POST", "/api/v1/namespaces", made)[0] == 201
        event = {
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": f"late-{ord(key)}", "namespace": "bank"}, "type": "Warning",
            "involvedObject": {"kind": "Pod", "name": "late", "namespace": "bank"}, "reason": "Seen", "message": f"a late event {ord(key)}",
        }  # fmt: skip
        assert dev.live.ask_api("POST", "/api/v1/namespaces/bank/events", event)[0] == 201
        view.until(f"a late event {ord(key)}")
    finally:
        dev.live.ask_api("DELETE", f"/api/v1/namespaces/seen-{ord(key)}")
    os.write(view.fd, key.encode())
    assert view.end() == 0
    assert "\x1b[?1049l" in view.seen, "the screen is the shell's again"


def test_sigterm_ends_the_live_view(dev: Dev) -> None:
    view = Terminal(dev, "cluster.monitor", env={"PATH": path_without_k9s()})
    view.until("kube-system")
    view.process.send_signal(signal.SIGTERM)
    assert view.end() == 130
    assert "\x1b[?1049l" in view.seen


def path_without_k9s() -> str:
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / "k9s").exists())


def test_k9s_gets_the_right_context(dev: Dev, tmp_path: Path) -> None:
    """A program in k9s's place that asks what it was given: with kubectl, in a shell that points elsewhere."""
    stand_in = tmp_path / "k9s"
    stand_in.write_text(
        '#!/bin/sh\necho "words: $@"\necho "KUBECONFIG: ${KUBECONFIG-none}"\n'
        f'exec {programs.find("kubectl")} "$1" "$2" "$3" "$4" auth whoami\n'
    )
    stand_in.chmod(0o755)
    elsewhere = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "KUBECONFIG": "/nowhere",
        "AWS_ACCESS_KEY_ID": "AKIAX",
        "AWS_SECRET_ACCESS_KEY": "x",
    }
    view = Terminal(dev, "cluster.monitor", "--namespace", "bank", env=elsewhere)
    assert view.end() == 0, view.seen
    file = dev.live.state / "kubeconfig" / "sandbox"
    assert f"words: --kubeconfig {file} --context sandbox --namespace bank --readonly" in view.seen.replace("\r", "")
    assert "KUBECONFIG: none" in view.seen
    assert "user/admin" in view.seen
    assert file.stat().st_mode & 0o777 == 0o600
