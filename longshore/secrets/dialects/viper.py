"""viper: reads app.env with gotenv, 1.2 up to viper 1.10, 1.6 since. A file is right only where both read the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from longshore.errors import UsageError
from longshore.secrets.dialects import gotenv
from longshore.secrets.dialects.dialect import colliding
from longshore.secrets.dialects.styled import OUTSIDE, Parse, Styled, escaped


class Viper(Styled):
    """The dialect of github.com/spf13/viper's `env` and `dotenv` files."""

    name = "viper"
    outside = "viper expands $NAME without quotes or within double quotes"

    def __init__(self) -> None:
        self.parsers = {"gotenv 1.2": _anywhere(gotenv.parse_1_2), "gotenv 1.6": _anywhere(gotenv.parse_1_6)}

    def unfit(self, values: Mapping[str, object]) -> tuple[list[str], str]:
        return colliding(values), "viper folds the case of keys, so these are one key to it"

    def styles(self, value: str) -> Iterator[str]:
        double = escaped(value, '\\"$').replace("\n", "\\n").replace("\r", "\\r")
        yield f"'{value}'"
        yield f'"{double}"'
        # A backslash before the closing quote: 1.6 then looks for the quote in the lines that follow, unless there is one in a comment.
        yield value
        yield f"'{value}' # ' for gotenv 1.6"
        yield f'"{double}" # " for gotenv 1.6'

    def reason(self, values: list[str]) -> str:
        if any("\x00" in value for value in values):
            return "a NUL byte"
        if any("\n" in value or "\r" in value for value in values):
            return "gotenv 1.2 takes what follows a line break for more of the file where the value holds ="
        return "gotenv 1.2 and 1.6 have no common way to write this combination of quotes, backslashes and dollars"

    def parse(self, text: str) -> dict[str, str]:
        values = super().parse(text)
        if same := colliding(values):
            raise UsageError("keys that differ only in case", on=", ".join(same), why="viper takes them for one key")
        return values

    def differently(self, keys: list[str]) -> UsageError:
        return UsageError(
            "viper 1.10 and later versions read different values",
            on=", ".join(keys),
            why=f"{' and '.join(self.parsers)} have different rules for quotes and line breaks",
            do="put the value in single quotes, on one line",
        )


def _anywhere(parse: gotenv.Parse) -> Parse:
    """The same in every environment: what the file does not define is OUTSIDE."""

    def read(text: str) -> dict[str, str]:
        return parse(text, _Outside(parse(text, {})) if "$" in text else {})

    return read


class _Outside(Mapping[str, str]):
    """An environment that has every variable but those of the file, each with a value that gives it away."""

    def __init__(self, defined: Mapping[str, str]) -> None:
        self._defined = defined

    def __getitem__(self, name: str) -> str:
        if name in self._defined:
            raise KeyError(name)
        return OUTSIDE

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
