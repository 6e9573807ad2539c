from __future__ import annotations

import contextlib
import io
import os
import pty
import sys

import pytest

from longshore.errors import UsageError
from longshore.process.redaction import redact
from longshore.secrets.entry import value_from_prompt_or_stdin
from tests.secrets.helpers import CANARY


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> str:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return value_from_prompt_or_stdin("TOKEN")


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"x y\n", "x y"),
        (b"x", "x"),
        (b"x\n\n", "x\n"),
        (b"x\r\n", "x"),
        (b" x \n", " x "),
        (b"a\nb\n", "a\nb"),
        ("ü".encode(), "ü"),
    ],
)
def test_exactly_one_newline_is_removed_from_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes, value: str) -> None:
    assert given(monkeypatch, data) == value


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "the value is empty"),
        (b"\n", "the value is empty"),
        (b"\xff", "the value is no text in UTF-8"),
        (b"a\x00b", "the value holds a NUL byte"),
        (b"x" * 65_537, "the value is more than a secret can hold"),
    ],
)
def test_what_is_refused(monkeypatch: pytest.MonkeyPatch, data: bytes, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        given(monkeypatch, data)


def test_the_value_is_known_to_the_redaction(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, CANARY.encode())
    assert redact(CANARY) == "[secret]"


def test_what_is_typed_is_not_shown() -> None:
    """In a process with a terminal of its own."""
    child, terminal = pty.fork()
    if child == 0:
        code = 1
        try:
            sys.stdin, sys.stderr = os.fdopen(0), os.fdopen(2, "w")
            code = 0 if value_from_prompt_or_stdin("TOKEN") == "typed-value" else 3
        finally:
            os._exit(code)
    shown = b""
    while b"(not shown): " not in shown:
        shown += os.read(terminal, 1024)
    os.write(terminal, b"typed-value\n")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with contextlib.suppress(OSError):  # the terminal's other side may have gone
        shown += os.read(terminal, 1024)
    assert b"TOKEN (not shown): " in shown
    assert b"typed-value" not in shown
    os.close(terminal)
