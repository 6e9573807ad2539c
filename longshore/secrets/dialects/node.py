"""node: util.parseEnv and --env-file of Node 20 and later, and npm's dotenv. A file is right only where all read the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from longshore.secrets.dialects.node_dotenv import parse_env, parse_env_20_12, parse_npm
from longshore.secrets.dialects.styled import Styled


class Node(Styled):
    """The dialect of Node programs."""

    name = "node"
    followers = ("z.z='#'\n", 'z.z="#"\n', "z.z=`#`\n")

    def __init__(self) -> None:
        self.parsers = {
            "util.parseEnv": parse_env,
            "util.parseEnv of Node 20.12": parse_env_20_12,
            "npm's dotenv": parse_npm,
        }

    def unfit(self, values: Mapping[str, object]) -> tuple[list[str], str]:
        return [key for key in values if key == "__proto__"], "no property of a JavaScript object can have this name"

    def comment(self, text: str) -> str:
        """Without what Node 20.12 takes for an assignment even there."""
        return super().comment(re.sub(r"=|:(?=\s)", ",", text))

    def styles(self, value: str) -> Iterator[str]:
        # A backslash before the closing quote would make some of them look for it in the lines that follow.
        for quote in "'`\"":
            yield f"{quote}{value}{quote}"
        yield value

    def reason(self, values: list[str]) -> str:
        if any("\r" in value for value in values):
            return "util.parseEnv drops every carriage return"
        return "Node's parsers have no escapes: a value can't hold all three kinds of quotes, or a backslash at the end of what needs quotes"
