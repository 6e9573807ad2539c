"""The real kubectl and the real aws CLI, from a shell that knows nothing of the sandbox; and the user's file, byte for byte."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from longshore.aws.session import open_session
from longshore.cluster import connect, kubeconfigs
from longshore.cluster.eks import Eks
from longshore.cluster.guard import guards
from longshore.errors import Refused, UsageError
from longshore.steps.report import Silent
from longshore.steps.run import Run, Task
from longshore.toolchain import programs
from tests.cluster.conftest import Dev
from tests.command import Result, clean, run
from tests.running import error_of

pytestmark = pytest.mark.integration

THEIRS = """# mine
apiVersion: v1
kind: Config
clusters:   # all of them
  - name: minikube
    cluster: {server: https://10.0.0.1:8443}   # at home
users:
  - name: minikube
    user:
      token: 'a token'
contexts:
  - context: {cluster: minikube, user: minikube}
    name: minikube

current-context: minikube
preferences: {colors: true}
# the end
"""


def kubectl(home: Path, *words: str, env: Mapping[str, str] | None = None) -> Result:
    """In a shell of its own: not even aws is on its PATH."""
    basic = {name: value for name, value in clean(home, env).items() if name != "PATH"} | {"PATH": "/usr/bin:/bin"}
    return run([str(programs.find("kubectl")), *words], cwd=home, env=basic)


def connected(dev: Dev, file: Path, *, keep_current: bool = False) -> tuple[str, ...]:
    steps = connect.connect(dev.environment, str(file), keep_current=keep_current)
    made = Run(Task("cluster.connect", {}, "sandbox", "kubeconfig"), dev.environment.state, Silent())
    return made.execute(steps, wait_for_lock=30, confirm=lambda plan: None).acted


def test_from_any_shell(dev: Dev, tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = dev.live.inv("cluster.connect", env={"HOME": str(home)}).check()
    assert "Context sandbox of kubectl: ~/.kube/config: sandbox is https://127.0.0.1:" in done.stderr
    file = home / ".kube" / "config"
    assert file.stat().st_mode & 0o777 == 0o600
    assert kubectl(home, "auth", "whoami").check().stdout.split()[-4:-2]  # a table of attributes
    who = json.loads(kubectl(home, "auth", "whoami", "--output", "json").check().stdout)
    assert who["status"]["userInfo"]["username"] == "arn:aws:iam::111122223333:user/admin"
    view = json.loads(kubectl(home, "config", "view", "--output", "json").check().stdout)
    assert (view["current-context"], view["contexts"][0]["context"]["namespace"]) == ("sandbox", "bank")
    # Neither the shell's profile nor its key acts.
    for shell in ({"AWS_PROFILE": "github"}, {"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "x"}):
        assert "user/admin" in kubectl(home, "auth", "whoami", env=shell).check().stdout
    assert "nothing to do" in dev.live.inv("cluster.connect", env={"HOME": str(home)}).check().stderr


def test_as_the_profile_that_is_named(dev: Dev, tmp_path: Path) -> None:
    dev.let_in("github-ci", "View")
    file = tmp_path / "config"
    dev.live.inv("cluster.connect", "--profile", "github", "--kubeconfig", str(file)).check()
    who = kubectl(tmp_path, "--kubeconfig", str(file), "auth", "whoami", "--output", "json").check().stdout
    assert json.loads(who)["status"]["userInfo"]["username"] == "arn:aws:iam::111122223333:user/github-ci"


def test_nothing_else_is_touched(dev: Dev, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text(THEIRS)
    real.chmod(0o644)
    file = tmp_path / "config"
    file.symlink_to(real)
    assert connected(dev, file) == ("context",)
    after = real.read_text()
    assert file.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    kept = THEIRS.replace("current-context: minikube", "current-context: sandbox").splitlines()
    left = iter(after.splitlines())
    assert all(line in left for line in kept), "each line is there, in the old order"
    read = json.loads(
        kubectl(tmp_path, "--kubeconfig", str(file), "config", "view", "--raw", "--output", "json").check().stdout
    )
    assert {one["name"] for one in read["contexts"]} == {"minikube", "sandbox"}
    assert {one["name"]: one["user"].get("token") for one in read["users"]} == {
        "minikube": "a token",
        "longshore-sandbox": None,
    }
    assert connected(dev, file) == ()
    assert real.read_text() == after
    # Taken out again by kubectl's own words, the file says what it said.
    file.unlink()
    for words in (
        ("delete-context", "sandbox"),
        ("delete-cluster", "longshore-sandbox"),
        ("delete-user", "longshore-sandbox"),
    ):
        kubectl(tmp_path, "--kubeconfig", str(real), "config", *words).check()
    end = json.loads(
        kubectl(tmp_path, "--kubeconfig", str(real), "config", "view", "--raw", "--output", "json").check().stdout
    )
    assert [one["name"] for one in end["contexts"]] == ["minikube"]


def test_the_current_context_can_stay(dev: Dev, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(THEIRS)
    assert connected(dev, file, keep_current=True) == ("context",)
    assert "current-context: minikube\n" in file.read_text()


def test_several_files(dev: Dev, tmp_path: Path) -> None:
    """A new entry goes into the first file that is there; the current context is set where it counts; a second time nothing changes."""
    absent, first, second = tmp_path / "absent", tmp_path / "first", tmp_path / "second"
    first.write_text("apiVersion: v1\nkind: Config\n")
    second.write_text(THEIRS)
    env = {"KUBECONFIG": f"{absent}:{first}:{second}"}
    dev.live.inv("cluster.connect", env=env).check()
    assert not absent.exists()
    assert "name: sandbox" in first.read_text()
    assert second.read_text() == THEIRS.replace("current-context: minikube", "current-context: sandbox")
    assert "user/admin" in kubectl(tmp_path, "auth", "whoami", env=env).check().stdout
    assert "nothing to do" in dev.live.inv("cluster.connect", env=env).check().stderr


def test_the_plan(dev: Dev, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(THEIRS)
    plan = dev.live.inv("cluster.connect", "--kubeconfig", str(file), "--plan").check().stdout
    endpoint = dev.live.eks.describe_cluster(name="bank-dev")["cluster"]["endpoint"]
    assert f"{file}: cluster longshore-sandbox: {endpoint}" in plan
    assert f"{file}: current context sandbox instead of minikube" in plan
    assert file.read_text() == THEIRS


def test_print_touches_nothing_of_the_users(dev: Dev, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".kube").mkdir(parents=True)
    theirs = home / ".kube" / "config"
    theirs.write_text(THEIRS)
    said = dev.live.inv("cluster.connect", "--print", env={"HOME": str(home)}).check().stdout
    assert theirs.read_text() == THEIRS
    script = f'eval "$1"; exec {programs.find("kubectl")} auth whoami'
    env = clean(home) | {"PATH": "/usr/bin:/bin"}
    who = subprocess.run(["sh", "-c", script, "sh", said], env=env, capture_output=True, text=True, check=True)
    assert "user/admin" in who.stdout
    for words in (("--kubeconfig", "x"), ("--json",)):
        refused = dev.live.inv("cluster.connect", "--print", *words).check(2)
        assert "don't go together" in error_of(refused)[0]


def test_a_file_that_can_not_be_read_is_left(dev: Dev, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("clusters:\n- name: [a\n")
    refused = dev.live.inv("cluster.connect", "--kubeconfig", str(file)).check(2)
    assert error_of(refused)[0] == f"error: {file} can't be read, nothing was touched (line 3, column 1)"
    assert file.read_text() == "clusters:\n- name: [a\n"


def test_a_name_that_another_cluster_has(dev: Dev, tmp_path: Path) -> None:
    file = tmp_path / "config"
    text = THEIRS.replace("name: minikube\n\n", "name: sandbox\n\n")
    file.write_text(text)
    with pytest.raises(Refused, match="the context sandbox is another cluster, nothing was touched"):
        connected(dev, file)
    assert file.read_text() == text


def test_the_cluster_moved(dev: Dev, tmp_path: Path) -> None:
    """Ours is brought up to date where the endpoint is another one now."""
    file = tmp_path / "config"
    connected(dev, file)
    before = file.read_text()
    file.write_text(before.replace("server: https://127.0.0.1:", "server: https://127.0.0.1:1"))
    assert connected(dev, file) == ("context",)
    assert file.read_text() == before


def test_side_by_side(dev: Dev, tmp_path: Path) -> None:
    """Many at once: no entry is lost."""
    file = tmp_path / "config"
    file.write_text(THEIRS)
    found = Eks(open_session(dev.environment)).cluster("bank-dev")
    assert found is not None
    own = connect.entry(dev.environment, found)
    step = connect.WriteContext(dev.environment, guards(dev.environment)[1], [file], True)

    def one(number: int) -> None:
        wished = replace(own, context=f"e{number}")
        for _ in range(5):
            step._write(kubeconfigs.Source.read(file), wished.put_into)
            # Something to do again.
            wished = replace(wished, namespace=wished.namespace + "x")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    read = json.loads(kubectl(tmp_path, "--kubeconfig", str(file), "config", "view", "--output", "json").check().stdout)
    assert {one["name"]: one["context"].get("namespace") for one in read["contexts"]} == {
        "minikube": None,
        **{f"e{number}": "bankxxxx" for number in range(8)},
    }
    assert not (tmp_path / "config.lock").exists()


def test_the_lock_is_kubectls(dev: Dev, tmp_path: Path) -> None:
    """While we write, kubectl doesn't; while it has the lock, we wait."""
    file = tmp_path / "config"
    words = ("--kubeconfig", str(file), "config", "set-cluster", "c", "--server=https://10.0.0.2")
    with kubeconfigs.locked(file):
        refused = kubectl(tmp_path, *words)
        assert refused.code != 0
        assert "config.lock: file exists" in refused.stderr
    with ThreadPoolExecutor(1) as pool:
        lock = tmp_path / "config.lock"
        lock.touch()
        waiting = pool.submit(connected, dev, file)
        kubectl(tmp_path, "version", "--client").check()
        assert not file.exists()
        lock.unlink()
        assert waiting.result() == ("context",)


def test_another_account(dev: Dev, tmp_path: Path) -> None:
    file = tmp_path / "config"
    steps = connect.connect(replace(dev.environment, account_id="999988887777"), str(file))
    made = Run(Task("cluster.connect", {}, "sandbox", "kubeconfig"), dev.environment.state, Silent())
    with pytest.raises(Refused, match="wrong account 111122223333, nothing was touched"):
        made.execute(steps, wait_for_lock=30, confirm=lambda plan: None)
    assert not file.exists()


def test_no_cluster_named(dev: Dev) -> None:
    dev.live.env_file("dev", (dev.live.project / "env" / "dev.env").read_text().replace("EKS_CLUSTER", "# EKS_CLUSTER"))
    try:
        with pytest.raises(UsageError, match="names no cluster"):
            connect.connect(dev.live.environment)
    finally:
        dev.live.env_file(
            "dev", (dev.live.project / "env" / "dev.env").read_text().replace("# EKS_CLUSTER", "EKS_CLUSTER")
        )
