"""`cluster.connect`: a context in the user's kubeconfig by which any kubectl reaches the environment's cluster as the environment's profile."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from longshore.aws import private_file
from longshore.aws.config_files import shown
from longshore.aws.use import quoted
from longshore.cluster import kubeconfig, kubeconfigs
from longshore.cluster.eks import Cluster
from longshore.cluster.guard import ClusterGuard, guards
from longshore.cluster.kubeconfig import Part
from longshore.cluster.kubeconfig_file import KubeconfigFile
from longshore.cluster.kubeconfigs import Source, Together
from longshore.environments.environment import Environment
from longshore.errors import Failed, Refused, UsageError
from longshore.steps.step import Context, Done, Status, Step, ToDo

PREFIX = "longshore-"


def connect(environment: Environment, file: str = "", *, keep_current: bool = False) -> Sequence[Step]:
    """The steps that put the context into a kubeconfig: `file`, else the one that kubectl itself would write to.

    `keep_current`: the current context stays what it is.
    """
    identity, cluster = guards(environment)
    return [identity, cluster, WriteContext(environment, cluster, kubeconfigs.paths(file), keep_current)]


def connect_privately(environment: Environment) -> Sequence[Step]:
    """The same in a file of longshore's own, so that nothing of the user's is touched."""
    return connect(environment, str(private_path(environment)))


def private_path(environment: Environment) -> Path:
    """The file of longshore's own for an environment."""
    return environment.state / "kubeconfig" / environment.name


def export_lines(environment: Environment) -> tuple[str, ...]:
    """What makes a POSIX shell's kubectl go by that file."""
    return (f"export {kubeconfigs.VARIABLE}={quoted(str(private_path(environment)))}",)


def hint(environment: Environment) -> str:
    """What to tell somebody who reads the line on a terminal."""
    return (
        f'this shell is not changed yet; to change it: eval "$(inv cluster.connect --env {environment.name} --print)"'
    )


def refuse_together(file: str, as_json: bool) -> None:
    """Raises UsageError for flags that `--print` doesn't go with."""
    for other, given in (("--kubeconfig", bool(file)), ("--json", as_json)):
        if given:
            why = "it writes a file of its own" if other == "--kubeconfig" else "it prints a line for a shell"
            raise UsageError(f"--print and {other} don't go together", why=f"{why}: say one of them")


@dataclass(frozen=True)
class Entry:
    """What is put in: one part of each kind."""

    context: str
    cluster: Part
    user: Part
    namespace: str

    @property
    def name(self) -> str:
        """Of the cluster and the user."""
        return PREFIX + self.context

    @property
    def names(self) -> dict[str, str]:
        return {"clusters": self.name, "users": self.name, "contexts": self.context}

    @property
    def parts(self) -> dict[str, Part]:
        namespace = {"namespace": self.namespace} if self.namespace else {}
        context = {"cluster": self.name, "user": self.name, **namespace}
        return {"clusters": self.cluster, "users": self.user, "contexts": context}

    def put_into(self, file: KubeconfigFile) -> KubeconfigFile:
        """The file with it. Raises UsageError where that isn't safe."""
        for kind, part in self.parts.items():
            file = file.with_part(kind, self.names[kind], part)
        return file


def entry(environment: Environment, found: Cluster) -> Entry:
    """The entry of an environment. On the sandbox the aws CLI is told where the sandbox's profiles are, so that it works in any shell."""
    files = {
        "AWS_CONFIG_FILE": environment.aws_config_file,
        "AWS_SHARED_CREDENTIALS_FILE": environment.aws_credentials_file,
    }
    env = {name: str(path) for name, path in files.items() if path} if environment.is_sandbox else {}
    user = kubeconfig.by_exec(
        found, environment.region, environment.profile, command=aws_command(environment.is_sandbox), env=env
    )
    return Entry(environment.name, kubeconfig.cluster(found), user, environment.namespace)


def aws_command(sandbox: bool) -> str:
    """The user's own aws by its name; on the sandbox, or where there is none, the one beside this Python by its path: that works in any shell."""
    own, beside = shutil.which("aws"), Path(sys.executable).parent / "aws"
    if beside.exists() and (sandbox or own is None or Path(own) == beside):
        return str(beside)
    return "aws"


class WriteContext(Step):
    """Puts the entry where it belongs. Other entries, comments and order stay as they are, byte for byte."""

    name = "context"

    def __init__(
        self, environment: Environment, guard: ClusterGuard, paths: Sequence[Path], keep_current: bool
    ) -> None:
        self.title = f"Context {environment.name} of kubectl"
        self._environment = environment
        self._guard = guard
        self._paths = paths
        self._keep_current = keep_current

    def check(self, run: Context) -> Status:
        """Raises UsageError for a file that can't be read, Refused where the context's name is taken by another cluster."""
        try:
            together = Together.read(self._paths)
        except OSError as error:
            raise UsageError(f"{error.filename} can't be read", why=error.strerror or str(error)) from None
        wished = entry(self._environment, self._guard.cluster)
        self._refuse_another(together, wished)
        place = together.place(wished.names)
        changes = [f"{shown(place.path)}: {line}" for line in _differences(place.file, wished)]
        wished.put_into(place.file)
        if not self._keep_current and together.current != wished.context:
            instead = f" instead of {together.current}" if together.current else ""
            changes.append(f"{shown(together.place_of_current(place).path)}: current context {wished.context}{instead}")
        if place.path.exists() and place.path.stat().st_mode & 0o077:
            changes.append(f"{shown(place.path)}: mode 600")
        if changes:
            return ToDo(*changes)
        who = self._environment.profile or "the ambient identity"
        return Done(f"{shown(place.path)}: {wished.context} is {self._guard.cluster.endpoint} as {who}")

    def _refuse_another(self, together: Together, wished: Entry) -> None:
        there = together.named("contexts").get(wished.context)
        if there is None or there.get("cluster") == wished.name:
            return
        server = together.named("clusters").get(str(there.get("cluster")), {}).get("server")
        if server != wished.cluster["server"]:
            raise Refused(
                f"the context {wished.context} is another cluster, nothing was touched",
                on=f"cluster {there.get('cluster')}, {server or 'which is not there'}",
                why=f"{wished.context} of longshore would be {wished.cluster['server']}",
                do=(
                    f"kubectl config rename-context {wished.context} NEW, then run it again",
                    "or leave your file as it is: --kubeconfig FILE, or --print",
                ),
            )

    def apply(self, run: Context) -> None:
        try:
            together = Together.read(self._paths)
            wished = entry(self._environment, self._guard.cluster)
            place = together.place(wished.names)
            current = together.place_of_current(place)
            self._write(place, lambda file: wished.put_into(file))
            if not self._keep_current:
                self._write(current, lambda file: file.with_current(wished.context))
        except OSError as error:
            raise Failed(
                "could not write the kubeconfig",
                on=str(error.filename),
                why=error.strerror or str(error),
                do="make it writable, then run it again; or --kubeconfig FILE",
            ) from error

    def _write(self, place: Source, edit: _Edit) -> None:
        with kubeconfigs.locked(place.path):
            private_file.change(place.path, lambda text: edit(kubeconfigs.parse(place.path, text)).text)


_Edit = Callable[[KubeconfigFile], KubeconfigFile]


def _differences(file: KubeconfigFile, wished: Entry) -> list[str]:
    """What would change in it, in words; no content of a user's part."""
    lines = []
    for kind, part in wished.parts.items():
        before = file.named(kind).get(wished.names[kind])
        if before == part:
            continue
        said = {
            "clusters": f"cluster {wished.name}: {part.get('server')}",
            "users": f"user {wished.name}: {' '.join(part.get('exec', {}).get('args', []))}",
            "contexts": f"context {wished.context}: cluster and user {wished.name}, namespace {wished.namespace or 'default'}",
        }[kind]
        if before is not None:
            old = f" (was {before['server']})" if kind == "clusters" and before.get("server") != part["server"] else ""
            said = f"{said}{old or ' (was otherwise)'}"
        lines.append(said)
    return lines
