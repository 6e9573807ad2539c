"""Build a program into the cache: beside and renamed, one build at a time, nothing half left behind.

All builds share one work folder (Go's module and build caches, private to us). An interrupted build leaves it, and the next build goes on
from there: Go checks what it finds in it. It is removed as soon as the programs are there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from longshore.errors import Failed
from longshore.programs.go import Go
from longshore.steps import lock
from longshore.steps.report import Reporter
from longshore.toolchain import cache, go
from longshore.toolchain.catalogue import GoProgram

LONGEST_WAIT = 3600.0
"""Seconds to wait for another build: a slow machine's longest one."""


def built(program: GoProgram, report: Reporter, keep_open: Collection[int] = (), *, more: bool = False) -> Path:
    """The program's path; it is built first where it is not there yet.

    `keep_open` are descriptors that Go inherits (a run's lock). `more`: other programs come next, which need what this one leaves.

    Raises Failed and UsageError with what to do about it; Interrupted.
    """
    if cache.is_built(program):
        return cache.binary(program)
    tools = cache.root() / "tools"
    try:
        tools.mkdir(parents=True, exist_ok=True, mode=0o700)
        with lock.hold(
            tools,
            "building",
            f"the build of {program.name}",
            wait=LONGEST_WAIT,
            say=report.note,
            next_command="inv tools.install",
        ) as descriptor:
            if not cache.is_built(program):
                work = tools / "building"
                work.mkdir(exist_ok=True, mode=0o700)
                _build(program, work, report, (*keep_open, descriptor))
                if not more:
                    shutil.rmtree(work)
    except OSError as error:
        raise Failed(
            f"{program.title} can't be built",
            on=str(error.filename or tools),
            why=error.strerror or str(error),
            do="LONGSHORE_CACHE=/a/folder/of/yours inv tools.install",
        ) from error
    return cache.binary(program)


def _build(program: GoProgram, work: Path, report: Reporter, keep_open: Collection[int]) -> None:
    command = Go(go.provide(program.module.go_version, work, report, keep_open), program.module.folder, work)
    report.progress(f"fetching the modules of {program.title}")
    total = command.packages(
        program.package, program.tags, lambda what: report.progress(f"fetching the modules of {program.title}: {what}")
    )
    text = f"building {program.title}"
    report.progress(text, 0, total)
    done = 0

    def count(_: str) -> None:
        nonlocal done
        done = min(done + 1, total)
        report.progress(text, done, total)

    staged = work / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    output = staged / "bin" / program.name
    output.parent.mkdir(parents=True)
    command.build(
        program.package,
        tags=program.tags,
        linker_flags=program.linker_flags,
        output=output,
        on_package=count,
        keep_open=keep_open,
    )
    _to_disk(output)
    for part in program.data:
        shutil.copytree(command.folder_of(program.source) / part, staged / "data" / Path(part).name)
    final = cache.folder(program)
    # There only without its program in it: somebody has cleaned up by hand.
    shutil.rmtree(final, ignore_errors=True)
    staged.replace(final)
    _to_disk(final.parent)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
