"""The steps of sandbox.up, sandbox.down and sandbox.reset."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import longshore
from longshore.environments.environment import Environment
from longshore.errors import Failed
from longshore.process import detached
from longshore.process.detached import Server
from longshore.sandbox import binaries, health, kept, processes, settings
from longshore.sandbox.account import account
from longshore.sandbox.cluster.build import BuildCluster
from longshore.sandbox.cluster.seed import SeedCluster
from longshore.sandbox.files import read_json, reason_in
from longshore.sandbox.layout import Layout, unusable
from longshore.sandbox.postgres import Place
from longshore.sandbox.registry.build import BuildRegistry
from longshore.sandbox.running import Running
from longshore.sandbox.settings import Settings
from longshore.steps.step import Context, Done, Status, Step, ToDo

START_LIMIT = 60.0
MEND_LIMIT = 5.0
"""Seconds that a living supervisor has to revive a server before it is replaced, and all servers with it."""
POLL = 0.05


def up(environment: Environment, *, faults: bool = False, without: Collection[str] = ()) -> list[Step]:
    """Start the sandbox, and the cluster and the registry where the environment names one, unless `without` does (`cluster`, `registry`).

    `faults` lets a test switch faults of AWS on. Raises UsageError when a package of the extra is missing.
    """
    binaries.require_extra()
    layout, wishes = Layout.of(environment), settings.wished(environment, faults=faults, without=without)
    start = Start(layout, wishes)
    # A cluster's charts are pulled from it, too.
    wanted = (environment.ecr_repository or wishes.cluster) and settings.REGISTRY not in without
    registry = [BuildRegistry()] if wanted else []
    if not wishes.cluster:
        return [*registry, start]
    return [*registry, BuildCluster(), start, SeedCluster(layout, wishes.region, wishes.cluster, wishes.namespace)]


def down(environment: Environment) -> list[Step]:
    """End every process of the sandbox. The data of the application's database, keys and ports stay; what AWS holds is forgotten, clusters too."""
    return [Stop(Layout.of(environment))]


def reset(environment: Environment) -> list[Step]:
    """End every process and remove all that the sandbox kept: the next `up` makes everything anew."""
    layout = Layout.of(environment)
    return [Stop(layout), Wipe(layout)]


def is_up(environment: Environment) -> bool:
    """Whether the sandbox of this project runs and its servers answer. They are asked."""
    layout = Layout.of(environment)
    wishes = settings.read(layout)
    return wishes is not None and fault(layout, wishes) == ""


def fault(layout: Layout, wishes: Settings) -> str:
    """What keeps the sandbox from being up as wished, or nothing. The servers are asked."""
    state = Running.read(layout)
    keep = kept.load(layout)
    if state is None or keep is None:
        return "it does not run"
    if not state.supervisor.alive():
        return "its supervisor was killed"
    if state.plays != wishes.plays:
        return "it plays something else"
    dead = [one.name for one in processes.recorded(layout) if not one.server.alive()]
    if dead:
        return f"{', '.join(dead)} died"
    return health.fault_of_aws(wishes, keep) or health.fault_of_postgres(wishes, keep)


class Start(Step):
    """All servers answer, in the account and region that are wished for."""

    name = "sandbox-start"
    title = "start the sandbox"

    def __init__(self, layout: Layout, wishes: Settings) -> None:
        self._layout = layout
        self._wishes = wishes

    def check(self, run: Context) -> Status:
        why = fault(self._layout, self._wishes)
        if why:
            plays = f"account {self._wishes.account_id}, region {self._wishes.region}"
            return ToDo(f"start AWS ({plays}) and PostgreSQL on 127.0.0.1: {why}")
        state = Running.read(self._layout)
        return Done(f"AWS at {state.endpoint if state else '?'}, PostgreSQL with the database {self._wishes.app}")

    def apply(self, run: Context) -> None:
        if self._mended(run):
            return
        run.report.progress("ending what an earlier sandbox left")
        place = Place.of(self._layout)
        processes.stop_all(self._layout, place.data)
        try:
            for path in (self._layout.state, self._layout.failure, self._layout.progress, self._layout.kubeconfig):
                path.unlink(missing_ok=True)
            settings.write(self._layout, self._wishes)
            supervisor = _start_supervisor(self._layout)
        except OSError as error:
            raise unusable(error, self._layout.folder) from None
        try:
            self._await(run, supervisor)
        except BaseException:
            # Half a sandbox is worse than none: also after Ctrl-C.
            processes.stop_all(self._layout, place.data)
            raise

    def _mended(self, run: Context) -> bool:
        """A living supervisor revives what died: give it the time, since a new one would forget what AWS holds."""
        state = Running.read(self._layout)
        if state is None or not state.supervisor.alive() or state.plays != self._wishes.plays:
            return False
        run.report.progress("waiting for a server to be revived")
        deadline = time.monotonic() + MEND_LIMIT
        while time.monotonic() < deadline:
            if fault(self._layout, self._wishes) == "":
                return True
            run.sleep(POLL)
        return False

    def _await(self, run: Context, supervisor: Server) -> None:
        deadline = time.monotonic() + START_LIMIT
        shown = ""
        while not self._layout.state.exists():
            told = _text(self._layout.progress)
            if told != shown:
                shown = told
                run.report.progress(told)
            if not supervisor.alive():
                processes.reap(supervisor)
                failure = read_json(self._layout.failure)
                if failure:
                    raise health.explain(failure)
                raise _did_not_start(self._layout, reason_in(self._layout.supervisor_log) or "its process ended")
            if time.monotonic() > deadline:
                raise _did_not_start(
                    self._layout, f"not ready within {START_LIMIT:g} s, busy with: {shown or 'nothing'}"
                )
            run.sleep(POLL)


class Stop(Step):
    """No process and no port is left."""

    name = "sandbox-stop"
    title = "stop the sandbox"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def check(self, run: Context) -> Status:
        living = processes.living(self._layout, self._layout.data(account()))
        left = [
            path for path in (self._layout.clusters, self._layout.registry, self._layout.kubeconfig) if path.exists()
        ]
        todo = [*(f"end {one}" for one in living), *(f"remove {path}" for path in left)]
        return ToDo(*todo) if todo else Done("nothing runs")

    def apply(self, run: Context) -> None:
        run.report.progress("ending the servers")
        processes.stop_all(self._layout, self._layout.data(account()))
        # AWS has forgotten its clusters and images.
        for path in (self._layout.clusters, self._layout.registry):
            shutil.rmtree(path, ignore_errors=True)
        for path in (self._layout.kubeconfig, self._layout.state):
            path.unlink(missing_ok=True)


class Wipe(Step):
    """Nothing that the sandbox kept is left."""

    name = "sandbox-wipe"
    title = "remove the sandbox's data"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def check(self, run: Context) -> Status:
        left = self._left()
        return ToDo(*(f"remove {path}" for path in left)) if left else Done("nothing is kept")

    def apply(self, run: Context) -> None:
        for path in self._left():
            try:
                shutil.rmtree(path)
            except OSError as error:
                raise Failed(
                    "can't remove the sandbox's data",
                    on=str(error.filename),
                    why=error.strerror or str(error),
                    do="inv sandbox.reset",
                ) from None

    def _left(self) -> Sequence[Path]:
        return [path for path in (self._layout.data(account()), self._layout.folder) if path.exists()]


def _start_supervisor(layout: Layout) -> Server:
    foreign = ("AWS_", "PG", "MOTO_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    # The library may be found by the current folder only (a checkout that isn't installed).
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path(longshore.__file__).parents[1]), env.get("PYTHONPATH"))))
    if layout.supervisor_log.exists():
        layout.supervisor_log.replace(layout.supervisor_log.with_suffix(".log.1"))
    # -P: nothing is imported from the state folder.
    return detached.start(
        [sys.executable, "-P", "-m", processes.SUPERVISOR_MODULE, layout.folder],
        log=layout.supervisor_log,
        env=env,
        cwd=layout.folder,
    )


def _did_not_start(layout: Layout, why: str) -> Failed:
    return Failed(
        "the sandbox did not start", on=str(layout.supervisor_log), why=why, do=f"less {layout.supervisor_log}"
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
