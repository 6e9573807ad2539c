"""The user's own kubeconfig files: which there are, what they say together, and which one a change belongs into.

As kubectl goes about it (client-go, tools/clientcmd: ClientConfigLoadingRules, PathOptions, ModifyConfig): KUBECONFIG is a list of files, of which the
first that names a part, or a current context, wins.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from longshore.aws.config_files import shown
from longshore.cluster.kubeconfig import Part
from longshore.cluster.kubeconfig_file import KubeconfigFile
from longshore.errors import Failed
from longshore.process import signals

VARIABLE = "KUBECONFIG"
MARK = b"longshore\n"
LOCK_SECONDS = 10.0
"""How long another program (kubectl) may hold a file's lock."""


@dataclass(frozen=True)
class Source:
    """One file; one that isn't there is an empty one."""

    path: Path
    file: KubeconfigFile

    @classmethod
    def read(cls, path: Path) -> Source:
        """Raises UsageError for what can't be parsed, OSError for what can't be read."""
        return cls(path, parse(path, text_of(path)))


def parse(path: Path, text: str) -> KubeconfigFile:
    """The text of that file. Raises UsageError."""
    return KubeconfigFile.parse(text, shown(path))


def text_of(path: Path) -> str:
    """The file's text as it is; bytes that are no UTF-8 are kept (and can't be parsed)."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def paths(explicit: str = "", variables: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The files that kubectl reads: the explicit one, else those of KUBECONFIG, else ~/.kube/config."""
    if explicit:
        return (Path(explicit).expanduser().absolute(),)
    named = [part for part in variables.get(VARIABLE, "").split(os.pathsep) if part]
    if named:
        return tuple(dict.fromkeys(Path(part).absolute() for part in named))
    return (Path.home() / ".kube" / "config",)


@dataclass(frozen=True)
class Together:
    """Several files as kubectl takes them together."""

    sources: tuple[Source, ...]

    @classmethod
    def read(cls, files: Sequence[Path]) -> Together:
        """Raises UsageError for one that can't be read."""
        return cls(tuple(Source.read(path) for path in files))

    def named(self, kind: str) -> dict[str, Part]:
        """The parts by name."""
        found: dict[str, Part] = {}
        for source in self.sources:
            found = source.file.named(kind) | found
        return found

    @property
    def current(self) -> str:
        """The current context's name; empty: none."""
        return next((source.file.current for source in self.sources if source.file.current), "")

    def place(self, names: Mapping[str, str]) -> Source:
        """Where parts (by kind) of these names belong: where one of them is already, else the first file that is there, else the last."""
        for source in self.sources:
            if any(name in source.file.named(kind) for kind, name in names.items()):
                return source
        return next((source for source in self.sources if source.path.exists()), self.sources[-1])

    def place_of_current(self, otherwise: Source) -> Source:
        """Where the current context belongs: the file whose one counts now."""
        return next((source for source in self.sources if source.file.current), otherwise)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """With kubectl's own lock on a file: `config.lock` beside it, held only while it is written.

    One that a longshore left which was killed is taken away: the folder's flock, which ends with its process, tells that none is at work.
    Raises Failed where somebody holds the lock too long.
    """
    lock = path.with_name(path.name + ".lock")
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    deadline = time.monotonic() + LOCK_SECONDS
    folder = os.open(lock.parent, os.O_RDONLY)
    try:
        while not (_alone(folder) and _taken(lock)):
            if time.monotonic() > deadline:
                raise Failed(
                    f"{shown(path)} is locked",
                    on=shown(lock),
                    why=f"another program has held it for {LOCK_SECONDS:g} s, or was killed while it did",
                    do=f"if no kubectl is at work: rm {shown(lock)}",
                )
            signals.sleep(0.02)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)
    finally:
        os.close(folder)


def _alone(folder: int) -> bool:
    """Whether we have the folder's flock, now or already."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _taken(lock: Path) -> bool:
    """Make the lock, unless kubectl has it: kubectl's is empty, ours has our mark."""
    try:
        descriptor = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        with suppress(FileNotFoundError):
            if lock.read_bytes() == MARK:
                lock.unlink()
        return False
    os.write(descriptor, MARK)
    os.close(descriptor)
    return True
