"""The registry as one of the sandbox's servers: it comes with the first use, is revived, shown, and gone with the sandbox."""

from __future__ import annotations

import http.client
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from longshore.environments.environment import Environment
from longshore.environments.load import load
from longshore.errors import UsageError
from longshore.sandbox import kept, lifecycle, processes
from longshore.sandbox.layout import Layout
from longshore.sandbox.processes import Recorded
from longshore.sandbox.status import status
from tests.command import lives, until
from tests.sandbox import project

pytestmark = pytest.mark.integration


@pytest.fixture
def sandbox(tmp_path: Path, crane: Path) -> Iterator[Environment]:
    """It is up; the registry was not asked yet."""
    project.make(tmp_path / "project")
    base = tmp_path / "project" / "env" / "base.env"
    base.write_text(base.read_text() + "ECR_REPOSITORY=bank\n")
    environment = load(tmp_path / "project", "sandbox", variables={})
    project.run(environment, lifecycle.up)
    yield environment
    project.run(environment, lifecycle.reset)


def port(environment: Environment) -> int:
    found = kept.load(Layout.of(environment))
    assert found is not None
    return found.ports["registry"]


def ask(environment: Environment, method: str = "GET", path: str = "/v2/charts/a/tags/list", body: bytes = b"") -> int:
    """The status of the answer to somebody without a password; 0: there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port(environment), timeout=20)
    try:
        connection.request(method, path, body, {"Content-Type": "application/vnd.oci.image.manifest.v1+json"})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def recorded(environment: Environment) -> Recorded | None:
    found = processes.recorded(Layout.of(environment))
    return next((one for one in found if one.name == "registry" and one.server.alive()), None)


CHART = b'{"schemaVersion":2,"layers":[]}'


def begin(environment: Environment) -> Recorded:
    """Its process runs, and has a chart."""
    assert ask(environment, "PUT", "/v2/charts/a/manifests/1.0.0", CHART) == 201
    found = recorded(environment)
    assert found is not None
    return found


def test_it_starts_with_the_first_use_and_is_shown(sandbox: Environment) -> None:
    assert recorded(sandbox) is None
    assert ask(sandbox, path="/v2/") == 401
    assert recorded(sandbox) is None
    begin(sandbox)
    row = next(one for one in status(sandbox).data["servers"] if one["name"] == "registry")
    assert (row["ok"], row["fault"]) == (True, None)
    assert status(sandbox).ok
    # Up again has nothing to do.
    assert project.run(sandbox, lifecycle.up).acted == ()


def test_killed_it_comes_back_with_what_it_had(sandbox: Environment) -> None:
    first = begin(sandbox)
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: (now := recorded(sandbox)) is not None and now.pid != first.pid)
    until(lambda: ask(sandbox, "HEAD", "/v2/charts/a/manifests/1.0.0") == 200)
    # The sandbox's own charts, too.
    assert ask(sandbox, "HEAD", "/v2/charts/traefik/manifests/41.3.0") == 200


def test_down_leaves_no_process_no_port_and_no_image(sandbox: Environment) -> None:
    running = begin(sandbox)
    project.run(sandbox, lifecycle.down)
    assert not lives(running.pid)
    assert ask(sandbox) == 0
    assert not Layout.of(sandbox).registry.exists()
    before = port(sandbox)
    project.run(sandbox, lifecycle.up)
    assert port(sandbox) == before
    assert ask(sandbox) == 404


@pytest.mark.parametrize("known", [True, False], ids=["recorded", "by its command line"])
def test_without_the_supervisor_it_is_still_found(sandbox: Environment, known: bool) -> None:
    running, layout = begin(sandbox), Layout.of(sandbox)
    os.kill(processes.recorded(layout)[0].pid, signal.SIGKILL)
    if not known:
        processes.forget(layout, "registry")
    until(lambda: not lifecycle.is_up(sandbox))
    assert lives(running.pid)
    project.run(sandbox, lifecycle.down)
    assert not lives(running.pid)


def test_a_sandbox_can_do_without(make_project: Callable[[str], Environment]) -> None:
    environment = make_project("plain")
    names = [step.name for step in lifecycle.up(environment, without=("registry",))]
    assert "sandbox-registry" not in names
    with pytest.raises(UsageError, match="no such part") as error:
        lifecycle.up(environment, without=("registri",))
    assert "did you mean registry?" in error.value.why
