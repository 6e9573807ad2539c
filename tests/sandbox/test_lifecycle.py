from __future__ import annotations

import os
import signal
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from longshore.environments.environment import Environment
from longshore.environments.load import load
from longshore.errors import Failed
from longshore.sandbox import kept, lifecycle, processes, settings
from longshore.sandbox.account import account
from longshore.sandbox.health import fault_of_postgres
from longshore.sandbox.kept import Kept
from longshore.sandbox.layout import Layout
from longshore.sandbox.processes import Recorded
from longshore.sandbox.status import status
from tests.sandbox import project

pytestmark = pytest.mark.integration

MakeProject = Callable[[str], Environment]


def until(answer: Callable[[], bool]) -> None:
    """Poll until it is so."""
    deadline = time.monotonic() + 30
    while not answer():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def process(environment: Environment, name: str) -> Recorded:
    return next(one for one in processes.recorded(Layout.of(environment)) if one.name == name)


def kept_of(environment: Environment) -> Kept:
    found = kept.load(Layout.of(environment))
    assert found is not None
    return found


def login(environment: Environment, password: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
    keep = kept_of(environment)
    return psycopg.connect(
        host="127.0.0.1",
        port=keep.ports["postgres"],
        user="bank",
        dbname="bank",
        password=password or keep.application_password,
    )


def nothing_listens(ports: dict[str, int]) -> bool:
    for port in ports.values():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return False
    return True


def test_up_again_has_nothing_to_do(running: Environment) -> None:
    before = process(running, "supervisor")
    outcome = project.run(running, lifecycle.up)
    assert outcome.acted == ()
    assert not outcome.plan.to_do
    assert process(running, "supervisor") == before
    assert lifecycle.is_up(running)


def test_everything_listens_on_this_machine_only(running: Environment) -> None:
    supervisor = psutil.Process(process(running, "supervisor").pid)
    listening = [
        connection.laddr.ip
        for one in (supervisor, *supervisor.children())
        for connection in one.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) == {"127.0.0.1"}


def test_what_is_written_is_private(running: Environment) -> None:
    layout = Layout.of(running)
    files = [
        path for path in layout.folder.rglob("*") if path.is_file() and not path.is_relative_to(layout.data(account()))
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    folders = [layout.folder, layout.data(account()), *(path for path in layout.folder.iterdir() if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_no_password_is_in_an_argument_or_a_log(running: Environment) -> None:
    keep = kept_of(running)
    layout = Layout.of(running)
    secrets = [keep.application_password, keep.administrator_password, *(key.secret for key in keep.keys.values())]
    supervisor = psutil.Process(process(running, "supervisor").pid)
    texts = [" ".join(one.cmdline()) for one in (supervisor, *supervisor.children())]
    texts += [" ".join(one.environ().values()) for one in (supervisor, *supervisor.children())]
    texts += [path.read_text() for path in layout.logs.iterdir()]
    assert not [secret for secret in secrets for text in texts if secret in text]


def test_the_application_owns_its_database_and_a_wrong_password_is_refused(running: Environment) -> None:
    with login(running) as connection:
        connection.execute("CREATE SCHEMA mine")
        connection.rollback()
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert connection.execute(owner).fetchone() == ("bank",)
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        login(running, "wrong")


def test_status_asks_each_server(running: Environment) -> None:
    answer = status(running)
    keep = kept_of(running)
    assert answer.ok
    assert [(one["name"], one["port"], one["ok"]) for one in answer.data["servers"]] == [
        ("aws", keep.ports["aws"], True),
        ("postgres", keep.ports["postgres"], True),
    ]
    assert [row[0] for row in answer.tables[0].rows] == ["aws", "postgres"]
    assert [row[4] for row in answer.tables[0].rows] == ["answers", "answers"]


def test_down_leaves_no_process_and_no_port_and_keeps_the_data(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    before = kept_of(environment)
    with login(environment) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    idle = login(environment)  # a client that stays connected keeps nobody alive
    supervisor = psutil.Process(process(environment, "supervisor").pid)
    family = [supervisor, *supervisor.children(recursive=True)]

    assert project.run(environment, lifecycle.down).acted == ("sandbox-stop",)
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert nothing_listens(before.ports)
    assert processes.recorded(Layout.of(environment)) == []
    assert not lifecycle.is_up(environment)
    answer = status(environment)
    assert (answer.ok, answer.tables[0].rows, answer.tables[0].empty) == (False, [], "the sandbox does not run")
    assert project.run(environment, lifecycle.down).acted == ()
    idle.close()

    project.run(environment, lifecycle.up)
    assert kept_of(environment) == before
    with login(environment) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_reset_removes_everything(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    layout = Layout.of(environment)
    assert project.run(environment, lifecycle.reset).acted == ("sandbox-stop", "sandbox-wipe")
    assert not layout.folder.exists()
    assert not layout.data(account()).exists()
    assert project.run(environment, lifecycle.reset).acted == ()


def test_a_killed_supervisor_is_mended_by_the_next_up(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    before = kept_of(environment)
    orphan = process(environment, "postgres")
    os.kill(process(environment, "supervisor").pid, signal.SIGKILL)
    until(lambda: not process(environment, "supervisor").server.alive())
    assert orphan.server.alive()
    assert not lifecycle.is_up(environment)
    assert not status(environment).ok

    outcome = project.run(environment, lifecycle.up)
    assert "its supervisor was killed" in outcome.plan.steps[0].status.changes[0]  # type: ignore[union-attr]
    assert not orphan.server.alive()
    assert lifecycle.is_up(environment)
    assert kept_of(environment) == before


def test_down_ends_what_a_killed_supervisor_left(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    orphan = process(environment, "postgres")
    os.kill(process(environment, "supervisor").pid, signal.SIGKILL)
    until(lambda: not process(environment, "supervisor").server.alive())
    # As if it had been killed between the start of PostgreSQL and its record.
    processes.forget(Layout.of(environment), "postgres")
    project.run(environment, lifecycle.down)
    assert not orphan.server.alive()
    assert nothing_listens(kept_of(environment).ports)


def test_a_killed_postgres_is_started_again(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    layout = Layout.of(environment)
    wishes = settings.read(layout)
    assert wishes is not None
    supervisor, first = process(environment, "supervisor"), process(environment, "postgres")
    for _ in range(2):
        killed = process(environment, "postgres")
        os.kill(killed.pid, signal.SIGKILL)
        # Asked right away, `up` waits for the supervisor instead of starting anew.
        project.run(environment, lifecycle.up)
        assert process(environment, "postgres").pid != killed.pid
    assert process(environment, "supervisor") == supervisor
    assert process(environment, "postgres").port == first.port
    assert fault_of_postgres(wishes, kept_of(environment)) == ""
    assert "postgres died; starting it again" in layout.supervisor_log.read_text()


def test_two_projects_side_by_side(make_project: MakeProject, running: Environment) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    ours, theirs = kept_of(environment), kept_of(running)
    assert not set(ours.ports.values()) & set(theirs.ports.values())
    assert ours.application_password != theirs.application_password
    with login(environment) as connection:
        connection.execute("CREATE TABLE only_here ()")
    with login(running) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
    project.run(environment, lifecycle.down)
    assert lifecycle.is_up(running)


def test_a_port_that_was_taken_meanwhile_is_replaced(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    before = kept_of(environment)
    project.run(environment, lifecycle.down)
    with socket.socket() as one, socket.socket() as two:
        for taker, name in ((one, "aws"), (two, "postgres")):
            taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taker.bind(("127.0.0.1", before.ports[name]))
            taker.listen()
        project.run(environment, lifecycle.up)
        after = kept_of(environment)
        assert not {after.ports[name] for name in ("aws", "postgres")} & set(before.ports.values())
        assert (after.keys, after.application_password) == (before.keys, before.application_password)
        assert f":{after.ports['aws']}\n" in Layout.of(environment).aws_config.read_text()
        login(environment).close()


def test_another_account_starts_it_anew(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    prod = environment.root / "env" / "prod.env"
    prod.write_text(prod.read_text().replace(project.ACCOUNT, "444455556666"))
    environment = load(environment.root, "sandbox", variables={})
    outcome = project.run(environment, lifecycle.up)
    assert outcome.acted == ("sandbox-start",)
    assert status(environment).data["account"] == "444455556666"
    assert lifecycle.is_up(environment)


def test_a_removed_checkout_leaves_no_servers(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    layout = Layout.of(environment)
    recorded = processes.recorded(layout)
    layout.folder.rename(environment.root / "elsewhere")
    until(lambda: not any(one.server.alive() for one in recorded))
    assert not layout.data(account()).exists()


def test_a_state_folder_that_cannot_be(make_project: MakeProject) -> None:
    environment = make_project("p")
    environment.state.mkdir()
    in_the_way = environment.state / "sandbox"
    in_the_way.write_text("a file")
    with pytest.raises(Failed) as caught:
        project.run(environment, lifecycle.up)
    assert caught.value.lines()[:3] == [
        f"error: the sandbox can't write its state ({in_the_way})",
        "  why: File exists",
        "  next: make room, or make that path writable, then: inv sandbox.up",
    ]
    in_the_way.unlink()


def test_a_supervisor_that_fails_says_why_and_leaves_nothing(make_project: MakeProject) -> None:
    environment = make_project("p")
    project.run(environment, lifecycle.up)
    project.run(environment, lifecycle.down)
    layout = Layout.of(environment)
    version = layout.data(account()) / "postgres" / "PG_VERSION"
    version.write_text("9\n")
    with pytest.raises(Failed) as caught:
        project.run(environment, lifecycle.up)
    lines = caught.value.lines()
    assert lines[0] == f"error: PostgreSQL did not start: postgres ({layout.log('postgres')})"
    assert "FATAL:  database files are incompatible with server" in lines[1]
    assert lines[2] == f"  next: less {layout.log('postgres')}"
    assert processes.living(layout, layout.data(account())) == []
    assert nothing_listens(kept_of(environment).ports)


def test_a_supervisor_that_cannot_even_begin(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = make_project("p")
    broken = tmp_path / "broken"
    (broken / "werkzeug").mkdir(parents=True)
    (broken / "werkzeug" / "__init__.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(broken), os.environ.get("PYTHONPATH")))))
    with pytest.raises(Failed) as caught:
        project.run(environment, lifecycle.up)
    log = Layout.of(environment).supervisor_log
    assert caught.value.lines()[0] == f"error: the sandbox did not start ({log})"
    assert caught.value.lines()[1].startswith("  why: ModuleNotFoundError: No module named 'werkzeug.")
    assert processes.living(Layout.of(environment), Layout.of(environment).data(account())) == []


def test_interrupted_while_it_starts(make_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = make_project("p")
    seen: list[str] = []

    class Impatient(lifecycle.Start):
        def _await(self, run: object, supervisor: object) -> None:
            until(lambda: bool(processes.recorded(Layout.of(environment))))
            seen.extend(one.name for one in processes.recorded(Layout.of(environment)))
            raise KeyboardInterrupt

    steps = [Impatient(Layout.of(environment), settings.wished(environment, faults=False))]
    with pytest.raises(KeyboardInterrupt):
        project.execute(environment, "sandbox.up", steps)
    assert "supervisor" in seen
    assert processes.living(Layout.of(environment), Layout.of(environment).data(account())) == []


def test_faults_only_with_the_token_and_only_when_wished_for(make_project: MakeProject) -> None:
    environment = make_project("p")

    def requests(token: str) -> int:
        import urllib.error
        import urllib.request

        url = f"http://127.0.0.1:{kept_of(environment).ports['aws']}/_sandbox/requests"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers={"X-Sandbox-Token": token})) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    project.run(environment, lifecycle.up)
    token = kept_of(environment).faults_token
    assert requests(token) == 404
    assert project.run(environment, lifecycle.up, faults=True).acted == ("sandbox-start",)
    assert (requests(token), requests("wrong")) == (200, 403)
    assert project.run(environment, lifecycle.up, faults=True).acted == ()
