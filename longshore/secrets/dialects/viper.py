"""viper: reads app.env with gotenv, 1.2 up to viper 1.10, 1.6 since. A file is right only where both read the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from longshore.errors import UsageError
from longshore.secrets.dialects.dialect import CannotCarry, CannotParse, colliding
from longshore.secrets.dialects.gotenv import Parse, Unparsable, parse_1_2, parse_1_6

_PLAIN = re.compile(r"[A-Za-z0-9_.,:/@%+=-]*")
_PARSERS: Mapping[str, Parse] = {"gotenv 1.2": parse_1_2, "gotenv 1.6": parse_1_6}


class Viper:
    """The dialect of github.com/spf13/viper's `env` and `dotenv` files."""

    name = "viper"

    def encode(self, values: Mapping[str, str], heading: str = "") -> str:
        if same := colliding(values):
            raise CannotCarry(self.name, same, "viper folds the case of keys, so these are one key to it")
        lines = {key: self.assignment(key, values[key]) for key in sorted(values)}
        if failed := [key for key, line in lines.items() if line is None]:
            raise CannotCarry(self.name, failed, _reason([values[key] for key in failed]))
        text = "".join([f"# {heading}\n" if heading else "", *(line for line in lines.values() if line)])
        if failed := sorted(_differing(text, values)):
            raise CannotCarry(self.name, failed, "read alone they are right, in one file they are not")
        return text

    def assignment(self, key: str, value: str) -> str | None:
        lines = (f"{key}={style}\n" for style in _styles(value))
        return next((line for line in lines if not _differing(line, {key: value})), None)

    def parse(self, text: str) -> dict[str, str]:
        read: list[dict[str, str]] = []
        for parser, parse in _PARSERS.items():
            try:
                defined = parse(text, {})
                read.append(parse(text, _Outside(defined)))
            except Unparsable as error:
                raise CannotParse(f"viper can't read this file (its parser {parser})", why=str(error)) from None
        first, second = read
        if outside := sorted(key for key in second if _MARK in first.get(key, "") + second[key]):
            raise UsageError(
                "the value depends on the environment of the process that reads it",
                on=", ".join(outside),
                why="viper expands $NAME without quotes or within double quotes",
                do="put the value in single quotes",
            )
        if different := sorted(key for key in {*first, *second} if first.get(key) != second.get(key)):
            raise UsageError(
                "viper 1.10 and later versions read different values",
                on=", ".join(different),
                why=f"{' and '.join(_PARSERS)} have different rules for quotes and line breaks",
                do="put the value in single quotes, on one line",
            )
        if same := colliding(second):
            raise UsageError("keys that differ only in case", on=", ".join(same), why="viper takes them for one key")
        return second


_MARK = "\x00"


class _Outside(Mapping[str, str]):
    """An environment that has every variable but those of the file, each with a value that gives it away."""

    def __init__(self, defined: Mapping[str, str]) -> None:
        self._defined = defined

    def __getitem__(self, name: str) -> str:
        if name in self._defined:
            raise KeyError(name)
        return _MARK

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _styles(value: str) -> Iterator[str]:
    if _PLAIN.fullmatch(value):
        yield value
    escaped = re.sub(r'[\\"$]', r"\\\g<0>", value).replace("\n", "\\n").replace("\r", "\\r")
    yield f"'{value}'"
    yield f'"{escaped}"'
    # A backslash before the closing quote: 1.6 then looks for the quote in the lines that follow, unless there is one in a comment.
    yield value
    yield f"'{value}' # ' for gotenv 1.6"
    yield f'"{escaped}" # " for gotenv 1.6'


def _differing(text: str, values: Mapping[str, str]) -> set[str]:
    """The keys that one of the parsers reads otherwise, misses, or makes up."""
    differing: set[str] = set()
    for parse in _PARSERS.values():
        try:
            read = parse(text, _Outside({}))
        except Unparsable:
            return set(values)
        differing |= {key for key in {*values, *read} if values.get(key) != read.get(key)}
    return differing


def _reason(values: list[str]) -> str:
    if any(_MARK in value for value in values):
        return "a NUL byte"
    if any("\n" in value or "\r" in value for value in values):
        return "gotenv 1.2 takes what follows a line break for more of the file where the value holds ="
    return "gotenv 1.2 and 1.6 have no common way to write this combination of quotes, backslashes and dollars"
