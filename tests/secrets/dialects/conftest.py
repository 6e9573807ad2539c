from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from longshore.secrets import dialects
from longshore.secrets.dialects.dialect import Dialect
from tests.secrets.dialects.real import PARSERS, Read, Values


@dataclass(frozen=True)
class Real:
    """A dialect and one of the real parsers that it is for."""

    dialect: Dialect
    parser: str
    read: Read

    def wrong(self, values: Sequence[str]) -> list[tuple[str, Values]]:
        """Each value that was written, among others, and that the parser reads otherwise: the file, and what is read."""
        carried: dict[str, str] = {}
        before, after = (self.dialect.assignment(key, "#'\"`") or f"{key}=#\n" for key in ("BEFORE", "AFTER"))
        around = self.dialect.parse(before + after)
        for value in dict.fromkeys(values):
            if (line := self.dialect.assignment("K", value)) is not None:
                carried[before + line + after] = value
        read = self.read(list(carried))
        wanted = [{**around, "K": value} for value in carried.values()]
        return [(text, found) for text, found, want in zip(carried, read, wanted, strict=True) if found != want]


@pytest.fixture(
    scope="session", params=[(name, parser) for name, found in PARSERS.items() for parser in found], ids=" ".join
)
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Real:
    """Each of the real parsers, in its turn."""
    name, parser = request.param
    return Real(dialects.find(name), parser, PARSERS[name][parser](tmp_path_factory.mktemp(name)))
