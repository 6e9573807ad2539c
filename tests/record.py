"""Records `inv demo` under a pseudo-terminal: docs/demo.cast (asciinema v2) and docs/demo.svg (its most telling part).

    .venv/bin/python tests/record.py

The demo is really run, in a copy of this checkout in a neutral folder, and what it prints is kept as it is, but for the names of machine,
user and folders, and pauses longer than two seconds.
"""

from __future__ import annotations

import fcntl
import getpass
import io
import json
import os
import pty
import re
import shutil
import socket
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

COLUMNS, ROWS = 120, 40
LONGEST_PAUSE = 2.0
CHECKOUT = Path(__file__).parent.parent
STAGE = Path("/tmp/bank")
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "tests", "docs")
FIRST, LAST = "$ cat migrations/", "$ inv db.repair --confirm"
"""The picture begins at the first line that begins so, and ends before the second."""
Event = tuple[float, str]


def record() -> list[Event]:
    """Run the demo; when each piece of its output came (seconds), and the piece."""
    shutil.rmtree(STAGE, ignore_errors=True)
    shutil.copytree(CHECKOUT, STAGE, ignore=LEFT_OUT)
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PG", "GITHUB_"))}
    variables |= {"TERM": "xterm-256color", "PYTHONPATH": str(STAGE)}
    variables.pop("NO_COLOR", None)
    invoke = [sys.executable, "-m", "invoke"]
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.chdir(STAGE)
        os.execve(sys.executable, [*invoke, "demo"], variables)
    started, pieces = time.monotonic(), []
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # Linux says so at the end
            break
        if not data:
            break
        pieces.append((time.monotonic() - started, data))
    _, status = os.waitpid(pid, 0)
    subprocess.run(
        [*invoke, "sandbox.reset", "--confirm", "sandbox"],
        cwd=STAGE / ".longshore/demo",
        env=variables,
        check=True,
        capture_output=True,
    )
    shutil.rmtree(STAGE)
    if status != 0:
        sys.exit("the demo failed:\n" + b"".join(data for _, data in pieces).decode(errors="replace"))
    return [(0.0, "\x1b[1m$ ./inv demo\x1b[0m\r\n"), *_events(pieces)]


def _events(pieces: list[tuple[float, bytes]]) -> list[Event]:
    """As text, each piece up to the end of a line or of a frame, so that no name that is to be masked is cut in two."""
    events, rest = [], b""
    for at, data in pieces:
        rest += data
        end = max(rest.rfind(b"\n"), rest.rfind(b"\r")) + 1
        if end:
            events.append((at, _neutral(rest[:end].decode(errors="replace"))))
            rest = rest[end:]
    return [*events, (pieces[-1][0], _neutral(rest.decode(errors="replace")))]


def _neutral(text: str) -> str:
    text = text.replace(f"{getpass.getuser()}@{socket.gethostname()}", "ada@laptop").replace(str(STAGE), "~/bank")
    return text.replace(sys.prefix, "~/bank/.venv").replace(str(Path.home()), "~")


def write_cast(events: list[Event], path: Path) -> None:
    """asciinema's format, version 2."""
    header = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "inv demo", "env": {"TERM": "xterm-256color"}}
    lines, shown, before = [json.dumps(header)], 0.5, 0.0
    for at, text in events:
        if not text:
            continue
        shown += min(at - before, LONGEST_PAUSE)
        before = at
        lines.append(json.dumps([round(shown, 3), "o", text], ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_picture(events: list[Event], path: Path) -> None:
    """The failing migration and its diagnosis, as they stand on the screen at the end, as SVG."""
    from rich.console import Console
    from rich.text import Text

    screen = _screen("".join(text for _, text in events))
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in screen]
    begin, end = (next(n for n, line in enumerate(plain) if line.startswith(mark)) for mark in (FIRST, LAST))
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in screen[begin:end]:
        console.print(Text.from_ansi(line))
    # Rich names fonts on another host: whoever looks at the manual should not have to ask there.
    picture = re.sub(
        r"@font-face \{.*?\}\s*|<!--.*?-->\s*", "", console.export_svg(title="./inv demo"), flags=re.DOTALL
    )
    path.write_text(picture, encoding="utf-8")


def _screen(text: str) -> list[str]:
    """The lines that are left once what was overwritten (spinners, bars) is gone: rich moves up and erases whole lines."""
    lines = [""]
    for part in re.split(r"(\r\n|\n|\r|\x1b\[\d*A|\x1b\[2?K|\x1b\[\?25[hl])", text):
        if part in ("\r\n", "\n"):
            lines.append("")
        elif re.fullmatch(r"\x1b\[\d*A", part):
            del lines[max(1, len(lines) - int(part[2:-1] or 1)) :]
        elif re.fullmatch(r"\x1b\[2?K", part):
            lines[-1] = ""
        elif part != "\r" and not part.startswith("\x1b[?25"):
            lines[-1] += part
    return lines


if __name__ == "__main__":
    seen = record()
    write_cast(seen, CHECKOUT / "docs/demo.cast")
    write_picture(seen, CHECKOUT / "docs/demo.svg")
