from __future__ import annotations

import fcntl
import io
import os
import pty
import select
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from longshore.aws.new_key import NewKey, ask, parse
from longshore.errors import UsageError

ID, SECRET = "AKIAEXAMPLE00000WXYZ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        (f"{ID}\n{SECRET}\n", ""),
        (f"  {ID}  \r\n\r\n{SECRET}\r\n eu-west-1 \r\n", "eu-west-1"),
        (f"\ufeffAccess key ID,Secret access key\r\n{ID},{SECRET}\r\n", ""),
        (f'User name,Access key ID,Secret access key,Console login link\n"a,b",{ID},{SECRET},https://x\n', ""),
    ],
)
def test_what_standard_input_may_hold(monkeypatch: pytest.MonkeyPatch, text: str, region: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert ask("github") == NewKey(ID, SECRET, region)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "standard input holds no access key"),
        (f"{ID}\n", "standard input holds no access key"),
        (f"{SECRET}\n{ID}\n", "that is no access key id"),
        (f"{ID}\ntoo short\n", "that is no secret access key"),
        (f"ASIAEXAMPLE00000WXYZ\n{SECRET}\n", "ASIA...WXYZ is a temporary key"),
        (f"{ID}\n{SECRET}\n{SECRET}\n", "that is no region"),
        ("Access key ID,Secret access key\n", "that is no access key id"),
    ],
)
def test_what_can_be_no_key_is_not_repeated(text: str, what: str) -> None:
    with pytest.raises(UsageError) as told:
        parse(text, "github")
    assert told.value.what == what
    assert SECRET not in str(told.value)


def test_the_secret_is_in_no_repr() -> None:
    assert SECRET not in repr(NewKey(ID, SECRET))


def test_nothing_typed_at_the_terminal_is_shown() -> None:
    main, terminal = pty.openpty()
    code = "from longshore.aws.new_key import ask; key = ask('github'); print('got', key.short, len(key.secret), key.region)"
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(terminal)
    seen = ""

    def until(text: str) -> None:
        nonlocal seen
        while text not in seen:
            assert select.select([main], [], [], 30)[0], seen
            seen += os.read(main, 4096).decode()

    for prompt, answer in (("key id: ", ID), ("secret access key: ", SECRET), ("as it is): ", "eu-west-1")):
        until(prompt)
        os.write(main, f"{answer}\n".encode())
    until("got AKIA...WXYZ 40 eu-west-1")
    assert child.wait(30) == 0
    os.close(main)
    assert ID not in seen
    assert SECRET not in seen
