"""bash: a file that a shell sources (`set -a; . app.env`): bash, and sh where that is dash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from longshore.secrets.dialects.styled import OUTSIDE, Styled
from longshore.secrets.dialects.unparsable import Unparsable

# bash(1), Shell Variables: those that it does not let a file set, or gives a meaning or value of its own.
_ITS_OWN = frozenset({
    "_", "BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0", "BASH_CMDS",
    "BASH_COMMAND", "BASH_LINENO", "BASH_MONOSECONDS", "BASH_SOURCE", "BASH_SUBSHELL", "BASH_TRAPSIG",
    "BASH_VERSINFO", "COMP_WORDBREAKS", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME",
    "GROUPS", "HISTCMD", "LINENO", "OPTIND", "PIPESTATUS", "PPID", "RANDOM", "SECONDS", "SHELLOPTS", "SHLVL",
    "SRANDOM", "UID",
})  # fmt: skip
_SPACE = re.compile(r"(?:[ \t\n]|\\\n|#[^\n]*)*+")
_EXPORT = re.compile(r"(?:export[ \t]+)?")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_END = re.compile(r"(?:[ \t]+(?:#[^\n]*)?)?(?:\n|\Z)")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
_LITERAL = re.compile(r"[A-Za-z0-9_.,:/@%+=^!#\[\]{}-]+|[^\x00-\x7f]+")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*|[0-9@*#?$!-]))", re.A)
# Within double quotes a backslash is one only before these; what begins with $( or ${ or a backquote is looked at no further.
_SPECIAL = re.compile(rf"\\([$`\"\\\n])|{_VARIABLE.pattern}|(\$[({{]|`)", re.A)


class Bash(Styled):
    """The dialect of a POSIX shell."""

    name = "bash"
    outside = "a shell expands $NAME without quotes or within double quotes"

    def __init__(self) -> None:
        self.parsers = {"bash": parse}

    def unfit(self, values: Mapping[str, object]) -> tuple[list[str], str]:
        return sorted(key for key in values if key in _ITS_OWN), "bash has a variable of its own of this name"

    def styles(self, value: str) -> Iterator[str]:
        yield "'" + value.replace("'", "'\\''") + "'"

    def reason(self, values: list[str]) -> str:
        return "a shell has no way to write it"


def parse(text: str) -> dict[str, str]:
    """What a shell that sources the file sets, where the file holds assignments only: POSIX, Shell Command Language, 2.2 Quoting.

    A variable that the file did not set before is OUTSIDE. Raises Unparsable for anything that is no assignment, and for what runs a command.
    """
    values: dict[str, str] = {}
    at = _end(_SPACE, text, 0)
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        found = _ASSIGNMENT.match(text, _end(_EXPORT, text, at))
        if found is None:
            raise Unparsable(f"line {line}: no assignment")
        values[found[1]], at = _word(text, found.end(), values, line)
        if _END.match(text, at) is None:
            raise Unparsable(f"line {line}: something follows the assignment")
        at = _end(_SPACE, text, at)
    return values


def _word(text: str, at: int, values: Mapping[str, str], line: int) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(text) and text[at] not in " \t\n":
        if found := _SINGLE.match(text, at) or _LITERAL.match(text, at):
            parts.append(found[1] if found.re is _SINGLE else found[0])
        elif found := _DOUBLE.match(text, at):
            parts.append(_expanded(found[1], values, line))
        elif found := _ESCAPED.match(text, at):
            parts.append(found[1].replace("\n", ""))
        elif found := _VARIABLE.match(text, at):
            parts.append(_expanded(found[0], values, line))
        else:
            raise Unparsable(
                f"line {line}: a quote that is never closed, or a character that means something to a shell"
            )
        at = found.end()
    return "".join(parts), at


def _expanded(text: str, values: Mapping[str, str], line: int) -> str:
    def replace(found: re.Match[str]) -> str:
        escaped, braced, name, command = found.groups()
        if command:
            raise Unparsable(f"line {line}: a command, or an expansion with an operator")
        if escaped:
            return str(escaped).replace("\n", "")
        return values.get(braced or name, OUTSIDE)

    return _SPECIAL.sub(replace, text)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    assert found is not None  # it matches the empty string
    return found.end()
