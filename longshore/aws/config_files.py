"""~/.aws/config and ~/.aws/credentials as text: parsed with line numbers, changed line by line, everything else left as it is.

The dialect is botocore's: Python's RawConfigParser (`=` or `:`, keys in any case, comments on lines of their own, values that go on in deeper
indented lines), section names split as a shell would (`[profile "my dev"]`), one level of nested values (`s3 =`).
"""

from __future__ import annotations

import io
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from longshore.environments.environment import Environment
from longshore.errors import UsageError

HEADER = re.compile(r"\[(?P<header>.+)\]")
OPTION = re.compile(r"(?P<key>.*?)\s*[=:]\s*(?P<value>.*)$", re.DOTALL)
COMMENTS = ("#", ";")
KINDS = ("profile", "sso-session", "services")

Role = Literal["config", "credentials"]


@dataclass(frozen=True)
class Entry:
    """A key and its value: in the lines `line` to `last` (from 1). A value of several lines is joined by newlines."""

    key: str
    value: str
    line: int
    last: int


@dataclass(frozen=True)
class Section:
    """What stands under one header. `kind` is profile, sso-session, services, or empty for a section that the AWS tools don't read."""

    kind: str
    name: str
    header: str
    line: int
    entries: tuple[Entry, ...]

    def entry(self, key: str) -> Entry | None:
        """The first entry of that key."""
        return next((entry for entry in self.entries if entry.key == key), None)

    @property
    def values(self) -> dict[str, str]:
        return {entry.key: entry.value for entry in self.entries}


@dataclass(frozen=True)
class Unparseable:
    """Why the AWS tools can't read the file: then none of its profiles works."""

    line: int
    why: str


@dataclass(frozen=True)
class ProfileFile:
    """One of the two files. `role` decides how its headers are read. A file that isn't there is an empty one."""

    path: Path
    role: Role
    text: str = ""

    @cached_property
    def lines(self) -> list[str]:
        """The lines with their ends."""
        return list(io.StringIO(self.text, newline=""))

    @cached_property
    def _parsed(self) -> tuple[tuple[Section, ...], tuple[Unparseable, ...]]:
        return _parse(self.lines, self.role)

    @property
    def sections(self) -> tuple[Section, ...]:
        """In the order of the file."""
        return self._parsed[0]

    @property
    def unparseable(self) -> tuple[Unparseable, ...]:
        """Every line at which the AWS tools give the whole file up."""
        return self._parsed[1]

    def section(self, kind: str, name: str) -> Section | None:
        """The first section of that name."""
        return next((section for section in self.sections if (section.kind, section.name) == (kind, name)), None)

    def where(self, line: int) -> str:
        """`~/.aws/config:3`."""
        return f"{shown(self.path)}:{line}"

    def with_profile(self, name: str, values: Mapping[str, str], remove: tuple[str, ...] = ()) -> ProfileFile:
        """The same file with these values of a profile, as `aws configure` writes them; every other line stays byte for byte."""
        lines = list(self.lines)
        if lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += self._end
        section = self.section("profile", name)
        if section is None:
            lines += [f"[{header(self.role, name)}]{self._end}", *self._written(values)]
            return ProfileFile(self.path, self.role, "".join(lines))
        present = {key: entry for key in (*values, *remove) if (entry := section.entry(key)) is not None}
        after = max([section.line, *(entry.last for entry in section.entries)])
        edits = {
            (entry.line - 1, entry.last): self._written(
                {key: values[key]} if key in values else {}, _indent(lines[entry.line - 1])
            )
            for key, entry in present.items()
        }
        new = {key: value for key, value in values.items() if key not in present}
        beside = lines[section.entries[-1].line - 1 :] if section.entries else lines[after:]
        edits[(after, after)] = self._written(new, next(map(_indent, filter(_is_read, beside)), ""))
        for (start, stop), written in sorted(edits.items(), reverse=True):
            lines[start:stop] = written
        return ProfileFile(self.path, self.role, "".join(lines))

    @property
    def _end(self) -> str:
        return "\r\n" if self.lines and self.lines[0].endswith("\r\n") else "\n"

    def _written(self, values: Mapping[str, str], indent: str = "") -> list[str]:
        return [f"{indent}{key} = {value}{self._end}" for key, value in values.items()]


def _indent(line: str) -> str:
    """What a new line beside this one must begin with: below a shallower one, an indented line would be read as more of its value."""
    return line[: len(line) - len(line.lstrip())]


def _is_read(line: str) -> bool:
    return bool(line.strip()) and not line.strip().startswith(COMMENTS)


def header(role: Role, name: str) -> str:
    """What stands in the brackets for a profile, as `aws configure` writes it."""
    if role == "credentials" or name == "default":
        return name
    return f"profile {shlex.quote(name) if any(character.isspace() for character in name) else name}"


def _parse(lines: list[str], role: Role) -> tuple[tuple[Section, ...], tuple[Unparseable, ...]]:
    sections: list[Section] = []
    entries: list[Entry] = []
    faults: list[Unparseable] = []
    seen: dict[str, int] = {}
    indent = 0
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith(COMMENTS):
            continue
        depth = len(line) - len(line.lstrip())
        if entries and depth > indent:
            last = entries[-1]
            if last.value[:1] in ("", "\n") and "=" not in text:
                faults.append(Unparseable(number, f"no key = value below {last.key} ="))
            entries[-1] = Entry(last.key, f"{last.value}\n{text}", last.line, number)
        elif found := HEADER.match(text):
            indent = depth
            _close(sections, entries)
            name = found["header"]
            if name in seen:
                faults.append(Unparseable(number, f"section [{name}] is there twice (first in line {seen[name]})"))
            seen.setdefault(name, number)
            sections.append(Section(*_name(name, role), name, number, ()))
        elif not sections:
            indent = depth
            faults.append(Unparseable(number, "a line before the first [section]"))
        elif (option := OPTION.match(text)) and option["key"].strip():
            indent = depth
            key = option["key"].rstrip().lower()
            if (first := next((entry for entry in entries if entry.key == key), None)) is not None:
                faults.append(
                    Unparseable(number, f"{key} is there twice in [{sections[-1].header}] (first in line {first.line})")
                )
            entries.append(Entry(key, option["value"].strip(), number, number))
        else:
            indent = depth
            faults.append(Unparseable(number, "neither [section] nor key = value"))
    _close(sections, entries)
    return tuple(sections), tuple(faults)


def _close(sections: list[Section], entries: list[Entry]) -> None:
    if sections:
        section = sections[-1]
        sections[-1] = Section(section.kind, section.name, section.header, section.line, tuple(entries))
    entries.clear()


def _name(text: str, role: Role) -> tuple[str, str]:
    if role == "credentials":
        return "profile", text
    if text == "default":
        return "profile", text
    kind = next((kind for kind in KINDS if text.startswith(kind)), "")
    try:
        words = shlex.split(text)
    except ValueError:
        return "", text
    return (kind, words[1]) if kind and len(words) == 2 else ("", text)


@dataclass(frozen=True)
class Files:
    """Where the two files are."""

    config: Path
    credentials: Path

    def read(self) -> tuple[ProfileFile, ProfileFile]:
        """Config and credentials."""
        return read(self.config, "config"), read(self.credentials, "credentials")


def files_of(environment: Environment | None) -> Files:
    """The sandbox's own files; elsewhere those of AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else those of ~/.aws.

    Raises UsageError for a sandbox that was never up: it has no files yet, and must not use a person's own.
    """
    if environment is not None and environment.is_sandbox:
        if environment.aws_config_file is None or environment.aws_credentials_file is None:
            raise UsageError("the sandbox is not up", why="its profiles are made when it starts", do="inv sandbox.up")
        return Files(environment.aws_config_file, environment.aws_credentials_file)
    return Files(_path("AWS_CONFIG_FILE", "~/.aws/config"), _path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))


def _path(variable: str, default: str) -> Path:
    # As botocore does: variables and ~ in it are expanded.
    return Path(os.path.expandvars(os.environ.get(variable) or default)).expanduser()


def read(path: Path, role: Role) -> ProfileFile:
    """The file; bytes that are no UTF-8 are kept as they are."""
    try:
        return ProfileFile(path, role, path.read_bytes().decode("utf-8", "surrogateescape"))
    except (FileNotFoundError, NotADirectoryError):
        return ProfileFile(path, role)


def shown(path: Path) -> str:
    """A path for a person: `~/...` below the home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


__all__ = ["Entry", "Files", "ProfileFile", "Section", "Unparseable", "files_of", "header", "read", "shown"]
