"""Where the demo plays: a folder of its own, which is a project of its own, so that nothing of yours is touched."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from longshore.errors import Failed, Interrupted, UsageError
from longshore.process.run import interactive

FOLDER = Path(".longshore", "demo")
SETTINGS = ("AWS_", "LONGSHORE_", "PG")
"""Variables of the shell that would change what is shown: yours stay out of it."""
KEPT = ("LONGSHORE_CACHE",)
"""Where the built programs are."""


def example() -> Path:
    """The sample service: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parent.parent
    for folder in (package / "examples" / "bank", package.parent / "examples" / "bank"):
        if folder.is_dir():
            return folder
    raise UsageError("the sample service is not there", on="examples/bank")


class Stage:
    """The demo's folder, and a voice."""

    def __init__(self, root: Path) -> None:
        self.folder = root / FOLDER
        self._chapter = 0

    def set_up(self) -> None:
        """A fresh copy of the sample service, with settings of its own. A sandbox that runs there stays."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for source in example().iterdir():
            target = self.folder / source.name
            if source.is_dir():
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        (self.folder / "app.env").unlink(missing_ok=True)
        if not any((folder / "tasks.py").exists() for folder in self.folder.parents):
            (self.folder / "tasks.py").write_text("from longshore.tasks import ns  # noqa: F401\n")

    def cannot_build(self) -> str:
        """Why no image can be built here; empty: one can."""
        from longshore.programs import builder, git

        if git.head(self.folder) is None:
            return "this is no git repository"
        try:
            builder.choose("")
        except UsageError as error:
            return f"{error.what} ({error.why})" if error.why else error.what
        return ""

    def tell(self, *lines: str) -> None:
        """Narrate."""
        self._write("")
        for line in lines:
            self._write(line, "2")

    def chapter(self, title: str) -> None:
        """A heading."""
        self._chapter += 1
        self._write("")
        self._write(f"{self._chapter}. {title}", "1;36")

    def inv(self, *words: str, fails: bool = False) -> None:
        """Run a task, as typed. `fails`: it is meant to.

        Raises Failed when it ends otherwise than it is meant to, Interrupted after Ctrl-C.
        """
        self._say("inv " + " ".join(_shown(word) for word in words))
        code = interactive([sys.executable, "-m", "invoke", *words], env=self._variables(), cwd=self.folder)
        self._judge(code, "inv " + words[0], fails)

    def shell(self, line: str, *, fails: bool = False) -> None:
        """Run a line of a shell whose variables are those of `inv sandbox.env`. `fails`: it is meant to."""
        self._say('eval "$(inv sandbox.env)"')
        self._say(line)
        inv = f'"{sys.executable}" -m invoke'
        code = interactive(
            ["sh", "-c", f'eval "$({inv} sandbox.env)" && {line}'], env=self._variables(), cwd=self.folder
        )
        self._judge(code, line, fails)

    def write(self, path: Path, text: str) -> None:
        """Write a file of the demo and show it."""
        path.write_text(text)
        self._say(f"cat {path.relative_to(self.folder)}")
        for line in text.splitlines():
            self._write(f"  {line}")

    def _variables(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in KEPT or not name.startswith(SETTINGS)}
        # psql's output must not stop in a pager.
        return kept | {"PAGER": "cat"}

    def _say(self, command: str) -> None:
        self._write("")
        self._write(f"$ {command}", "1")

    def _judge(self, code: int, command: str, fails: bool) -> None:
        if code == 130:
            raise Interrupted("interrupted", do="inv demo begins again from where it is")
        if (code != 0) != fails:
            raise Failed(
                f"the demo expected {command} to {'fail' if fails else 'succeed'}",
                why=f"it ended with exit code {code}",
            )

    def _write(self, text: str, style: str = "") -> None:
        plain = not style or not sys.stdout.isatty() or os.environ.get("NO_COLOR")
        sys.stdout.write(f"{text}\n" if plain else f"\x1b[{style}m{text}\x1b[0m\n")
        sys.stdout.flush()


def _shown(word: str) -> str:
    return f'"{word}"' if " " in word else word
