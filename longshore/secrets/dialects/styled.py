"""A dialect whose writer tries styles of quoting, and keeps the first that all of its parsers read back exactly."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping

from longshore.errors import UsageError
from longshore.secrets.dialects.dialect import CannotCarry, CannotParse
from longshore.secrets.dialects.unparsable import Unparsable

PLAIN = re.compile(r"[A-Za-z0-9_.,:/@%+=-]*")
"""A value that every reader takes as it stands, without quotes."""

OUTSIDE = "\x00"
"""What a parser reads for something that the file does not say, such as a variable of the reader's environment. No value holds it."""

Parse = Callable[[str], dict[str, str]]
"""Raises Unparsable."""


class Styled(ABC):
    """The writer and the re-parser; a dialect says what its parsers are, and in which styles a value may be written."""

    name: str
    parsers: Mapping[str, Parse]
    """The parsers that the dialect's name covers, by their names for a person: a file is right only where all read the same."""

    followers: tuple[str, ...] = ()
    """Lines that may follow an assignment and that one of the parsers could take for its end. Their key is none that a secret can have."""

    outside = "it refers to a variable that the file does not define"
    remedy = "put the value in single quotes"

    def styles(self, value: str) -> Iterator[str]:
        """What may stand behind `KEY=`, the most readable first. What none of the parsers reads back exactly may be among it."""
        return iter(())

    @abstractmethod
    def reason(self, values: list[str]) -> str:
        """Why none of these values can be written."""

    def unfit(self, values: Mapping[str, object]) -> tuple[list[str], str]:
        """The keys that the reader can't take, whatever their values are, and why."""
        return [], ""

    def encode(self, values: Mapping[str, str], heading: str = "") -> str:
        unfit, why = self.unfit(values)
        if unfit:
            raise CannotCarry(self.name, unfit, why)
        lines = {key: self.assignment(key, values[key]) for key in sorted(values)}
        if failed := [key for key, line in lines.items() if line is None]:
            raise CannotCarry(self.name, failed, self.reason([values[key] for key in failed]))
        text = "".join([self.comment(heading) if heading else "", *(line for line in lines.values() if line)])
        if failed := sorted(self._differing(text, values)):
            raise CannotCarry(self.name, failed, "read alone they are right, in one file they are not")
        return text

    def comment(self, text: str) -> str:
        """A line that the reader skips."""
        return f"# {text}\n"

    def assignment(self, key: str, value: str) -> str | None:
        if self.unfit({key: value})[0]:
            return None
        return next((line for line in self.lines(key, value) if self._is_exact(line, key, value)), None)

    def lines(self, key: str, value: str) -> Iterator[str]:
        """The assignments to try."""
        if PLAIN.fullmatch(value):
            yield f"{key}={value}\n"
        for style in self.styles(value):
            yield f"{key}={style}\n"

    def parse(self, text: str) -> dict[str, str]:
        read: dict[str, dict[str, str]] = {}
        for parser, parse in self.parsers.items():
            try:
                read[parser] = parse(text)
            except Unparsable as error:
                told = f" (its parser {parser})" if len(self.parsers) > 1 else ""
                raise CannotParse(f"{self.name} can't read this file{told}", why=str(error)) from None
        keys = sorted({key for values in read.values() for key in values})
        if found := [key for key in keys if any(OUTSIDE in values.get(key, "") for values in read.values())]:
            raise UsageError(
                "the value depends on the environment of the process that reads it",
                on=", ".join(found),
                why=self.outside,
                do=self.remedy,
            )
        *others, last = read.values()
        if found := [key for key in keys if any(values.get(key) != last.get(key) for values in others)]:
            raise self.differently(found)
        return last

    def differently(self, keys: list[str]) -> UsageError:
        """The error for values that are not the same to each parser."""
        return UsageError(
            f"not every reader that {self.name} stands for reads the same value",
            on=", ".join(keys),
            why=f"{' and '.join(self.parsers)} have different rules for quotes and escapes",
            do=self.remedy,
        )

    def _is_exact(self, line: str, key: str, value: str) -> bool:
        return not self._differing(line, {key: value}) and all(
            parse(line + follower).get(key) == value for follower in self.followers for parse in self.parsers.values()
        )

    def _differing(self, text: str, values: Mapping[str, str]) -> set[str]:
        """The keys that one of the parsers reads otherwise, misses, or makes up."""
        differing: set[str] = set()
        for parse in self.parsers.values():
            try:
                read = parse(text)
            except Unparsable:
                return set(values)
            differing |= {key for key in {*values, *read} if values.get(key) != read.get(key)}
        return differing


def escaped(value: str, characters: str) -> str:
    """The value with a backslash before each of the characters."""
    return re.sub(f"[{re.escape(characters)}]", r"\\\g<0>", value)
