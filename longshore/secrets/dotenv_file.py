"""A file of keys and values that a person gives: dotenv or JSON."""

from __future__ import annotations

import io
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.errors import UsageError
from longshore.secrets import dialects, json_object
from longshore.secrets.dialects.dialect import CannotParse, written_for
from longshore.secrets.known import know_values
from longshore.secrets.secret import KEY, KEY_RULE

if TYPE_CHECKING:
    from longshore.secrets.dialects.dialect import Dialect

LARGEST = 1024 * 1024
"""Bytes. A secret holds 64 KiB; comments and blanks come on top."""


def read(path: Path, dialect: Dialect | None) -> dict[str, str]:
    """The values of a dotenv or JSON file, all known to the redaction. `dialect` is the reader that the environment's app.env is for.

    JSON: a file named *.json, or one whose first character is `{` or `[`. Raises UsageError, naming keys and lines only.
    """
    text, on = read_text(path), str(path)
    if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("{", "["):
        values = json_object.parse(text, on)
    elif (author := written_for(text)) in dialects.written():
        # Our own file is read as it was written, whatever another reader would see in it.
        values = dialects.find(author).parse(text)
    else:
        values = parse(text, on)
        _refuse_ambiguous(text, values, dialect, on)
    know_values(values)
    if not values:
        raise UsageError("there are no keys and values", on=on, why="it has no assignment")
    return values


def read_text(path: Path) -> str:
    """The file's text, without a byte order mark.

    Raises UsageError for what is no text file of at most 1 MiB.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UsageError("this is a folder, not a file", on=str(path))
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError("can't read the file", on=str(path), why=error.strerror or type(error).__name__) from None
    if len(data) > LARGEST:
        raise UsageError(
            "the file is too large", on=str(path), why=f"more than {LARGEST:,} bytes; a secret holds 65,536"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise UsageError("the file is no text in UTF-8", on=str(path))
    if not text.strip():
        raise UsageError("there are no keys and values", on=str(path), why="the file is empty")
    return text


def parse(text: str, on: str) -> dict[str, str]:
    """What python-dotenv reads without interpolation.

    Raises UsageError for a line that it can't read, a key without `=`, and a key that is there twice.
    """
    from dotenv.parser import parse_stream

    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for binding in parse_stream(io.StringIO(text)):
        line = _line(binding.original.line, binding.original.string)
        if binding.error:
            raise UsageError(
                "the line is no assignment", on=f"{on}:{line}", why="KEY=value is expected; is a quote left open?"
            )
        if binding.key is None:
            continue
        # Neither is shown: what stands there may be a line of a key file that was pasted without quotes.
        if binding.value is None:
            raise UsageError("the line is no assignment", on=f"{on}:{line}", why="there is no = in it")
        if not KEY.fullmatch(binding.key):
            raise UsageError("the key is no name of a variable", on=f"{on}:{line}", why=KEY_RULE)
        if binding.key in lines:
            raise UsageError(
                f"{binding.key} is there twice", on=f"{on}:{line}", why=f"the first is in line {lines[binding.key]}"
            )
        values[binding.key], lines[binding.key] = binding.value, line
    return values


def _line(first: int, original: str) -> int:
    """python-dotenv counts blank lines before an assignment to it."""
    before = original[: len(original) - len(original.lstrip())]
    return first + len(before.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1


def _refuse_ambiguous(text: str, values: dict[str, str], dialect: Dialect | None, on: str) -> None:
    """A value that the application reads otherwise than this file's text suggests must not be stored by guess."""
    if dialect is None:
        return
    try:
        read_by_it = dialect.parse(text)
    except CannotParse:
        return  # not written for that reader: nothing to compare with
    except UsageError as error:
        error.on = f"{on}: {error.on}"
        raise
    if different := sorted(key for key in {*values, *read_by_it} if values.get(key) != read_by_it.get(key)):
        raise UsageError(
            f"{dialect.name} reads other values in this file than dotenv's rules say",
            on=f"{on}: {', '.join(different)}",
            why="quotes, #, $ and \\ mean different things to different readers",
            do="put the value in single quotes, or give a JSON file",
        )
