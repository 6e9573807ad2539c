"""What is wrong with an aws-auth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`code` names the kind of fault for a program. `line` and `column` count from 1 in the text of `key`; 0 for the key as a whole."""

    code: str
    key: str
    what: str
    line: int = 0
    column: int = 0
    arn: str = ""

    @property
    def where(self) -> str:
        """`mapUsers line 3 column 5`."""
        return (
            self.key + (f" line {self.line}" if self.line else "") + (f" column {self.column}" if self.column else "")
        )

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"
