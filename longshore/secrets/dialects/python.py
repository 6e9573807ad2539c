"""python: python-dotenv, up to 1.2.2 and later, with interpolation and without. A file is right only where all read the same."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.secrets.dialects.python_dotenv import SINCE_1_2_3, UP_TO_1_2_2, interpolated, parse
from longshore.secrets.dialects.styled import Styled, escaped


class Python(Styled):
    """The dialect of python-dotenv."""

    name = "python"
    followers = ("z.z='#'\n", 'z.z="#"\n')
    outside = "python-dotenv expands ${NAME} within any quotes, unless it is told interpolate=False"
    remedy = "write the value without ${...}"

    def __init__(self) -> None:
        self.parsers = {
            "python-dotenv up to 1.2.2": lambda text: parse(text, UP_TO_1_2_2),
            "python-dotenv since 1.2.3": lambda text: parse(text, SINCE_1_2_3),
            "python-dotenv with interpolation": lambda text: interpolated(parse(text, SINCE_1_2_3)),
        }

    def styles(self, value: str) -> Iterator[str]:
        yield "'" + escaped(value, "\\'") + "'"
        # A file's CR is LF to it, but for this escape.
        yield '"' + escaped(value, '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'
        # A backslash at the end, which the old versions take for an escape of the closing quote.
        yield value

    def reason(self, values: list[str]) -> str:
        if any("${" in value for value in values):
            return "python-dotenv expands ${...} within any quotes, unless it is told interpolate=False"
        return "python-dotenv up to 1.2.2 takes a backslash at the end for an escape of the closing quote"
