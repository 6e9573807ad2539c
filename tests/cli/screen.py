"""A terminal of a few rows, as far as our live view uses one: what a person sees after all that was written to it."""

from __future__ import annotations

import codecs
import re

PIECE = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")

BEGUN = re.compile(r"\x1b(\[[?0-9;]*)?\Z")


class Screen:
    """Lines from the first to the last that was ever written; long ones are cut at the terminal's width into several, as a terminal does."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.lines = [""]
        self.cursor_hidden = False
        self._row = self._column = 0
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._begun = ""

    def feed(self, read: bytes) -> None:
        """What was read from the terminal: it may end within a character or a sequence."""
        text = self._begun + self._decode(read)
        begun = BEGUN.search(text)
        self._begun = begun[0] if begun else ""
        text = text.removesuffix(self._begun)
        for match in PIECE.finditer(text):
            argument, command, control, words = match.groups()
            if words:
                self._put(words)
            elif control == "\r":
                self._column = 0
            elif control == "\n":
                self._down()
            else:
                self._do(command, argument)

    def _do(self, command: str, argument: str) -> None:
        match command:
            case "A":
                self._row -= int(argument or 1)
                assert self._row >= 0, "above the first line"
            case "K":
                self.lines[self._row] = ""
            case "l" | "h" if argument == "?25":
                self.cursor_hidden = command == "l"
            case "m":
                pass
            case _:
                raise AssertionError(f"an unknown sequence: {argument}{command}")

    def _put(self, words: str) -> None:
        for character in words:
            if self._column == self.columns:
                self._down()
                self._column = 0
            line = self.lines[self._row].ljust(self._column)
            self.lines[self._row] = line[: self._column] + character + line[self._column + 1 :]
            self._column += 1

    def _down(self) -> None:
        self._row += 1
        while self._row >= len(self.lines):
            self.lines.append("")

    @property
    def text(self) -> list[str]:
        """What is seen, without empty lines at the end."""
        lines = [line.rstrip() for line in self.lines]
        while lines and not lines[-1]:
            lines.pop()
        return lines
