"""The files of a project as steps: written when there is none of that name, lines added that are missing; nothing is overwritten."""

from __future__ import annotations

import os
from pathlib import Path

from longshore.errors import Failed
from longshore.steps.step import Context, Done, Status, Step, ToDo
from longshore.words import counted


class WriteFile(Step):
    """A file that is written when there is none of that name."""

    def __init__(self, root: Path, name: str, text: str) -> None:
        self.name = name
        self.title = name
        self._path = root / name
        self._text = text
        self._wrote = False

    def check(self, run: Context) -> Status:
        if os.path.lexists(self._path):
            return Done("written" if self._wrote else "is there, and stays as it is")
        return ToDo(f"write {counted(len(self._text.splitlines()), 'line')}")

    def apply(self, run: Context) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Exclusive: what came into being since the look stays as it is.
            with self._path.open("x", encoding="utf-8") as file:
                file.write(self._text)
        except OSError as error:
            raise Failed("can't write a file", on=str(self._path), why=str(error.strerror)) from None
        self._wrote = True


class AddLines(Step):
    """Lines that a file must have; those that it lacks are added at its end."""

    def __init__(self, root: Path, name: str, lines: tuple[str, ...]) -> None:
        self.name = name
        self.title = name
        self._path = root / name
        self._lines = lines

    def _missing(self) -> list[str]:
        try:
            present = {line.strip().strip("/") for line in self._path.read_text(encoding="utf-8").splitlines()}
        except FileNotFoundError:
            present = set()
        except (OSError, UnicodeDecodeError) as error:
            raise Failed("can't read a file", on=str(self._path), why=str(error)) from None
        return [line for line in self._lines if line.strip("/") not in present]

    def check(self, run: Context) -> Status:
        missing = self._missing()
        return ToDo(*(f"add {line}" for line in missing)) if missing else Done("has the lines")

    def apply(self, run: Context) -> None:
        try:
            text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
            glue = "" if not text or text.endswith("\n") else "\n"
            with self._path.open("a", encoding="utf-8") as file:
                file.write(glue + "".join(f"{line}\n" for line in self._missing()))
        except OSError as error:
            raise Failed("can't write a file", on=str(self._path), why=str(error.strerror)) from None
