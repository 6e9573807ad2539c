"""docker and kubectl: files of raw `KEY=value` lines. No quote, escape or comment behind a value: a line is the value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar

from longshore.secrets.dialects.go_text import SPACE, TooLong, scanned
from longshore.secrets.dialects.styled import OUTSIDE, Styled
from longshore.secrets.dialects.unparsable import Unparsable

_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


class KeyValueFile(Styled):
    """What `docker run --env-file` and `kubectl create ... --from-env-file` have in common."""

    outside = "a line without = is taken from its own environment"
    remedy = "write KEY=value"
    program: ClassVar[str]

    def styles(self, value: str) -> Iterator[str]:
        yield value
        # Of CR LF it drops the CR.
        yield f"{value}\r"

    def reason(self, values: list[str]) -> str:
        if any("\n" in value for value in values):
            return f"{self.program} has no way to write a line break"
        return f"{self.program} takes no line of 64 KiB"


class Docker(KeyValueFile):
    """The dialect of `docker run --env-file` (github.com/docker/cli, pkg/kvfile)."""

    name = "docker"
    program = "docker --env-file"

    def __init__(self) -> None:
        self.parsers = {"kvfile": parse_docker}


class Kubectl(KeyValueFile):
    """The dialect of `kubectl create secret generic --from-env-file` (k8s.io/kubectl, pkg/cmd/util/env_file.go)."""

    name = "kubectl"
    program = "kubectl --from-env-file"

    def __init__(self) -> None:
        self.parsers = {"kubectl": parse_kubectl}


def parse_docker(text: str) -> dict[str, str]:
    """What docker's kvfile reads; a key without `=` is OUTSIDE.

    Raises Unparsable.
    """
    values: dict[str, str] = {}
    for number, line in _assignments(text):
        key, equals, value = line.partition("=")
        if not key or " " in key or "\t" in key:
            raise Unparsable(f"line {number}: no name of a variable before =")
        values[key] = value if equals else OUTSIDE
    return values


def parse_kubectl(text: str) -> dict[str, str]:
    """What kubectl reads; a key without `=` is OUTSIDE.

    Raises Unparsable. A key that is there twice is an error of its own to it.
    """
    values: dict[str, str] = {}
    # It does not ask the scanner whether it failed: what follows a line that is too long is not read.
    with suppress(TooLong):
        for number, line in _assignments(text):
            key, equals, value = line.partition("=")
            if not _is_variable_name(key) or key in values:
                raise Unparsable(f"line {number}: {'the name is there twice' if key in values else 'no name before ='}")
            values[key] = value if equals else OUTSIDE
    return values


def _is_variable_name(key: str) -> bool:
    """IsEnvVarName and IsConfigMapKey of k8s.io/apimachinery's validation, both of which a key has to pass."""
    return len(key) <= 253 and bool(_NAME.fullmatch(key)) and key != "." and not key.startswith("..")


def _assignments(text: str) -> Iterator[tuple[int, str]]:
    for number, line in scanned(text):
        if number == 1:
            line = line.removeprefix("\ufeff")
        line = line.lstrip(SPACE)
        if line and not line.startswith("#"):
            yield number, line
