"""tasks.py of a test: tasks of every kind, made of nothing."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Literal

from longshore.answers import Answer, Table
from longshore.cli import Invocation, changes, destroys, namespace, reads
from longshore.cli.resume import resume as go_on
from longshore.errors import Failed, UsageError
from longshore.process.redaction import know
from longshore.process.run import run as run_program
from longshore.steps.step import Context, Done, Status, Step, ToDo

CANARY = "cAnArY-7331"


class Touch(Step):
    name, title = "touch", "make the file"

    def __init__(self, path: Path, how: str = "") -> None:
        self.path, self.how = path, how

    def check(self, run: Context) -> Status:
        if self.how == ("plan looks" if run.planning else "run looks"):
            (self.path.parent / "begun").touch()
            run.sleep(300)
        return Done("it is there") if self.path.exists() else ToDo(f"+ {self.path.name}")

    def apply(self, run: Context) -> None:
        know(CANARY)
        if self.how == "fails":
            raise Failed("it broke", on="x", why=f"the canary is {CANARY}", do="inv t.read")
        if self.how == "crashes":
            raise RuntimeError(f"line one\nthe canary is {CANARY} " + "x" * 5000)
        if self.how == "waits":
            (self.path.parent / "begun").touch()
            run.report.progress("waiting for the file", 1, 3)
            run.sleep(300)
        if self.how == "hostile":
            script = "printf '::add-mask::bank\\n##[add-mask]bank\\nok\\r::stop-commands::x\\n'"
            run_program(["sh", "-c", script], on_line=run.report.line)
            run.report.note("note\n::error::from a note")
            run.report.warn("50% is\nnot much ::error::")
        if self.how == "loud":
            for number in range(2000):
                run.report.line(f"line {number}")
                time.sleep(0.0005)
        if self.how == "program":
            run_program(["sh", "-c", "echo $$ >self; echo >begun; while :; do sleep 0.05; done"], cwd=self.path.parent)
        self.path.touch()


How = Literal["", "plan looks", "run looks", "fails", "crashes", "waits", "hostile", "loud", "program"]


@changes("thing", saves=True)
def make(
    run: Invocation,
    *,
    how: Annotated[How, "how it goes"] = "",
    to: Annotated[int | None, "a number"] = None,
    file: Annotated[str, "the file"] = "made",
    force_it: Annotated[bool, "whatever"] = False,
    only: Annotated[list[str], "several"] = (),  # type: ignore[assignment]
) -> None:
    """Make a file.

    inv t.make --env dev
    """
    run([Touch(run.root / file, how)])


@destroys("thing")
def remove(run: Invocation) -> None:
    """Pretend to remove a file.

    inv t.remove --env dev --confirm dev
    """
    run([Touch(run.root / "removed")])


@reads()
def read(run: Invocation, *, name: Annotated[str, "which one"], rows: Annotated[int, "how many"] = 1) -> None:
    """Read something.

    inv t.read --name x
    """
    know(CANARY)
    run.report.note(f"reading {CANARY}")
    cells = [(f"row {number}", CANARY) for number in range(rows)]
    answer = Answer({"name": name, "secret": CANARY}, [Table(("a", "b"), cells)], notes=["a note"], ok=name != "bad")
    run.show(answer)


@reads(environment=False)
def wrong(run: Invocation, *, how: Annotated[str, "which error"]) -> None:
    """End with an error.

    inv t.wrong --how long
    """
    if how == "long":
        line = "very " * 500 + "\nlong\n" * 50
        raise UsageError(line, on=line, why=line, do=[line] * 9)
    if how == "pipe":
        raise BrokenPipeError("a socket")
    if how == "exit":
        sys.exit(7)
    raise ValueError("\n".join(["one", "two", "three"] * 50))


@changes("run", environment=False)
def resume(run: Invocation, *, id: Annotated[str, "the run"]) -> None:
    """Go on with a run.

    inv runs.resume --id 20260131-120000-ab12
    """
    go_on(run, id)


ns = namespace("", namespace("t", make, remove, read, wrong), namespace("runs", resume))
