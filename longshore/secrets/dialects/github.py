"""github: the file that $GITHUB_ENV names, by which a step gives variables to those after it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping

from longshore.secrets.dialects.dialect import DELIMITER
from longshore.secrets.dialects.styled import Styled
from longshore.secrets.dialects.unparsable import Unparsable

# GitHub's documentation, "Setting an environment variable", and SetEnvFileCommand of github.com/actions/runner.
_RESERVED = re.compile(r"(GITHUB|RUNNER)_.*|NODE_OPTIONS")


class GitHub(Styled):
    """The dialect of GitHub Actions."""

    name = "github"

    def __init__(self) -> None:
        self.parsers = {"GitHub's runner": parse}

    def unfit(self, values: Mapping[str, object]) -> tuple[list[str], str]:
        return sorted(
            key for key in values if _RESERVED.fullmatch(key)
        ), "GitHub Actions lets no step set this variable"

    def comment(self, text: str) -> str:
        """None: the runner knows no comments."""
        return ""

    def lines(self, key: str, value: str) -> Iterator[str]:
        delimiter = DELIMITER + secrets.token_hex(16)
        yield f"{key}<<{delimiter}\n{value}\n{delimiter}\n"

    def reason(self, values: list[str]) -> str:
        return "GitHub's runner has no way to read it"


def parse(text: str) -> dict[str, str]:
    """What the runner reads on Linux and macOS: a port of EnvFileKeyValuePairs in src/Runner.Worker/FileCommandManager.cs.

    Raises Unparsable.
    """
    values: dict[str, str] = {}
    lines = enumerate(text.removesuffix("\n").split("\n"), 1)
    for number, line in lines:
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            key, _, value = line.partition("=")
            if not key:
                raise Unparsable(f"line {number}: no name before =")
            values[key] = value
        elif heredoc > 0:
            key, _, delimiter = line.partition("<<")
            if not delimiter:
                raise Unparsable(f"line {number}: no delimiter")
            body: list[str] = []
            for _, more in lines:
                if more == delimiter:
                    break
                body.append(more)
            else:
                raise Unparsable(f"line {number}: its delimiter does not follow")
            values[key] = "\n".join(body)
        else:
            raise Unparsable(f"line {number}: no assignment")
    return values
