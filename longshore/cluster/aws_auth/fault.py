"""What is wrong with an aws-auth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Code = Literal[
    "unparseable",
    "type",
    "ignored",
    "no-arn",
    "bad-arn",
    "wildcard",
    "session-arn",
    "role-path",
    "wrong-list",
    "other-account",
    "no-username",
    "no-groups",
    "empty-group",
    "privileged",
    "duplicate",
    "account",
    "whole-account",
    "wrong-case",
]
"""`unparseable`: EKS reads nothing of the list. `type`, `ignored`, `no-arn`: it leaves this out. `bad-arn`, `session-arn`, `role-path`: never matches."""


@dataclass(frozen=True)
class Fault:
    """`line` and `column` count from 1 in the text of `key`; 0 for the key as a whole."""

    code: Code
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
