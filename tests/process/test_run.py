from __future__ import annotations

import fcntl
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from longshore.errors import Exit, Failed, UsageError
from longshore.process import tree
from longshore.process.redaction import MASK, know
from longshore.process.run import ProgramFailed, ProgramMissing, TimedOut, interactive, last_lines, run, which
from tests.command import lives, until

pytestmark = pytest.mark.usefixtures("nothing_known")

SHOW = "import sys; sys.stdout.write(repr(sys.argv[1:]))"


def python(script: str, *args: str) -> list[str]:
    return [sys.executable, "-c", script, *args]


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


@pytest.fixture
def no_zombie() -> Iterator[None]:
    before = zombies()
    yield
    until(lambda: zombies() <= before)


def zombies() -> set[int]:
    return {child.pid for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE}


def test_the_arguments_arrive_as_they_are() -> None:
    words = ["a  b", "$HOME", "*", "two\nlines", "", "grüße ✓", "`id`", "--x=1", "'\"\\", "~"]
    assert run(python(SHOW, *words)).stdout == repr(words)


def test_what_it_said_exactly() -> None:
    ended = run(shell(r"printf 'one\r\ntwo\n\nthree'; printf 'e1\ne2' >&2; exit 3"), ok=(3,))
    assert (ended.code, ended.stdout, ended.stderr) == (3, "one\r\ntwo\n\nthree", "e1\ne2")
    assert ended.argv[0] == "sh"
    assert ended.seconds > 0


def test_bytes_that_are_no_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(shell(r"printf 'a\377b\n\303\274\n'")).stdout == "a\ufffdb\nü\n"


def test_the_environment_is_the_whole_one() -> None:
    assert run(["/usr/bin/env"], env={"ONLY": "this"}).stdout == "ONLY=this\n"


def test_the_folder(tmp_path: Path) -> None:
    assert run(shell("pwd -P"), cwd=tmp_path).stdout == f"{tmp_path.resolve()}\n"
    with pytest.raises(UsageError) as raised:
        run(["pwd"], cwd=tmp_path / "none")
    assert str(raised.value) == f"error: pwd can't be started ({tmp_path}/none)\n  why: there is no such folder"


def test_stdin_is_empty_and_ends() -> None:
    assert run(["cat"]).stdout == ""
    assert run(shell("cat; echo end"), on_line=lambda line: None, timeout=20).stdout == "end\n"


@pytest.mark.parametrize("text", ["", "one\ntwo", "grüße\n", "x" * 300_000])
def test_stdin_from_text(text: str) -> None:
    assert run(["cat"], input=text).stdout == text
    assert run(["cat"], input=text.encode()).stdout == text


def test_input_that_nobody_reads() -> None:
    assert run(["true"], input="x" * 1_000_000).code == 0


def test_no_terminal_at_any_end() -> None:
    script = "import os; print([os.isatty(number) for number in range(3)]); open('/dev/tty')"
    with pytest.raises(ProgramFailed) as raised:
        run(python(script))
    assert raised.value.completed.stdout == "[False, False, False]\n"
    assert "/dev/tty" in raised.value.why


def test_lines_arrive_while_it_runs(tmp_path: Path) -> None:
    # The program goes on only when it sees that its line was heard.
    seen: list[str] = []

    def hear(line: str) -> None:
        seen.append(line)
        (tmp_path / line).touch()

    script = "for f in one two; do echo $f; until [ -e $f ]; do sleep 0.02; done; done; echo end >&2"
    run(shell(script), cwd=tmp_path, on_line=hear, timeout=30)
    assert seen == ["one", "two", "end"]


def test_lines_arrive_redacted_whatever_the_writes() -> None:
    know("s3cr(t)+[x]", "line one of it\nline two of it")
    seen: list[str] = []
    script = (
        "import sys, time\n"
        "for part in ('a s3cr', '(t)+', '[x] b\\n', 'line one of it\\nline', ' two of it\\n'):\n"
        "    sys.stdout.write(part); sys.stdout.flush(); time.sleep(0.02)\n"
    )
    ended = run(python(script), on_line=seen.append)
    assert seen == [f"a {MASK} b", MASK, MASK]
    assert "s3cr(t)+[x]" in ended.stdout, "what was read is exact"
    assert last_lines(ended.stdout, 2) == [MASK, MASK]


def test_a_listener_that_fails_does_not_hang_the_program() -> None:
    calls = []

    def hear(line: str) -> None:
        calls.append(line)
        raise OSError("nobody reads")

    with pytest.raises(OSError, match="nobody reads"):
        run(python("print('x' * 99 + '\\n', end='')\nprint(('y' * 99 + '\\n') * 5000)"), on_line=hear, timeout=60)
    assert len(calls) == 1


def test_a_failure_says_the_last_line_and_no_secret() -> None:
    canary = "cAnArY-7331"
    know(canary)
    with pytest.raises(ProgramFailed) as raised:
        run(shell(f"seq 1 5000 >&2; echo 'the reason: {canary}' >&2; echo >&2; exit 7"))
    error = raised.value
    assert error.code is Exit.FAILED
    assert error.why == f"the reason: {MASK}"
    assert error.what == "sh ended with exit code 7"
    assert canary not in f"{error!s}{error!r}{error.args}{error.__cause__}{error.__context__}"


def test_a_signal_has_its_name() -> None:
    with pytest.raises(ProgramFailed) as raised:
        run(shell("kill -SEGV $$"))
    assert raised.value.what == "sh was ended by SIGSEGV"
    assert raised.value.completed.code == -signal.SIGSEGV
    assert raised.value.why == "it printed nothing"


def test_a_missing_program() -> None:
    with pytest.raises(ProgramMissing) as raised:
        run(["no-such-program-here", "--version"])
    assert raised.value.code is Exit.USAGE
    expected = "error: no-such-program-here is not installed (no-such-program-here)\n  next: inv doctor"
    assert str(raised.value) == expected
    with pytest.raises(ProgramMissing):
        run(["/no/such/path"])
    with pytest.raises(ProgramMissing):
        run(["sh", "-c", "true"], env={"PATH": "/nowhere"})


def test_a_program_beside_us_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").write_text("#!/bin/sh\npwd\n")
    (tmp_path / "here").chmod(0o755)
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    assert which("./here") == str(tmp_path / "here")
    assert run(["./here"], cwd=tmp_path / "sub").stdout == f"{tmp_path}/sub\n"


@pytest.mark.usefixtures("no_zombie")
def test_a_program_that_the_system_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("#!/no/such/interpreter\n")
    (tmp_path / "broken").chmod(0o755)
    with pytest.raises(Failed) as raised:
        run([tmp_path / "broken"])
    assert raised.value.what == "broken can't be started"
    assert "No such file or directory" in raised.value.why
    with pytest.raises(Failed, match="can't be started"):
        run(["echo", "a\0b"])


@pytest.mark.usefixtures("no_zombie")
def test_a_time_limit_ends_the_whole_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "GRACE", 1.0)
    deaf = 'import signal, time; signal.signal(15, signal.SIG_IGN); print("begun", flush=True); time.sleep(300)'
    script = (
        f"{sys.executable} -c '{deaf}' & echo $! >deaf; sh -c 'echo $$ >deep; sleep 300 & echo $! >deeper; wait' & wait"
    )
    with pytest.raises(TimedOut) as raised:
        run(shell(script), cwd=tmp_path, timeout=3.0)
    assert raised.value.what == "sh did not end within 3 s"
    assert raised.value.why == "begun"
    for name in ("deaf", "deep", "deeper"):
        until(lambda name=name: not lives(int((tmp_path / name).read_text())))


def test_what_it_leaves_behind_is_ended(tmp_path: Path) -> None:
    quiet = run(shell("sleep 300 >/dev/null 2>&1 & echo $!"))
    until(lambda: not lives(int(quiet.stdout)))
    # It holds our pipe: sh alone would wait for it for ever.
    loud = run(shell("sleep 300 & echo $!"), timeout=60)
    until(lambda: not lives(int(loud.stdout)))


def test_big_output_goes_to_a_file(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out = tmp_path / "out"
    ended = run(shell("head -c 52428800 /dev/zero; echo told >&2"), stdout_to=out)
    assert out.stat().st_size == 50 * 1024 * 1024
    assert out.stat().st_mode & 0o777 == 0o600
    assert (ended.stdout, ended.stderr) == ("", "told\n")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * (1 if sys.platform == "darwin" else 1024) < 20 * 1024 * 1024
    assert run(["wc", "-c"], stdin_from=out).stdout.strip() == "52428800"


def test_a_descriptor_that_it_inherits_keeps_the_lock(tmp_path: Path) -> None:
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    other = os.open(tmp_path / "lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    begun = threading.Event()
    script = f"[ -e /proc/$$/fd/{lock} ] || [ -e /dev/fd/{lock} ] && echo begun; until [ -e go ]; do sleep 0.02; done"
    argv, listen = shell(script), lambda line: begun.set()
    thread = threading.Thread(
        target=run, args=(argv,), kwargs={"cwd": tmp_path, "keep_open": (lock,), "on_line": listen}
    )
    thread.start()
    assert begun.wait(30)
    os.close(lock)
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (tmp_path / "go").touch()
    thread.join(30)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)


def test_no_other_descriptor_of_ours(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "open", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(descriptor, True)
    seen = run(python("import os; print(sorted(int(n) for n in os.listdir('/dev/fd')))")).stdout
    os.close(descriptor)
    assert str(descriptor) not in seen.strip("[]\n").split(", ")[3:-1]


@pytest.mark.usefixtures("no_zombie")
def test_two_side_by_side(tmp_path: Path) -> None:
    # Each waits for the other's file.
    script = "touch {0}; until [ -e {1} ]; do sleep 0.02; done; echo {0}"
    said: dict[str, str] = {}

    def call(mine: str, others: str) -> None:
        said[mine] = run(shell(script.format(mine, others)), cwd=tmp_path, timeout=30).stdout

    threads = [threading.Thread(target=call, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {"a": "a\n", "b": "b\n"}


@pytest.mark.usefixtures("no_zombie")
def test_many_leave_nothing_open() -> None:
    run(["true"])
    before = (len(list(Path("/dev/fd").iterdir())), threading.active_count())
    for _ in range(20):
        run(["true"], on_line=lambda line: None)
    until(lambda: (len(list(Path("/dev/fd").iterdir())), threading.active_count()) <= before)


def test_interactive_gives_the_exit_code(tmp_path: Path) -> None:
    assert interactive(shell("exit 0")) == 0
    assert interactive(shell("exit 42"), cwd=tmp_path) == 42
    assert interactive(shell("kill -TERM $$")) == 128 + signal.SIGTERM
    assert Path.cwd() != tmp_path


def test_the_time_limit_is_not_waited_for() -> None:
    started = time.monotonic()
    run(["true"], timeout=300)
    assert time.monotonic() - started < 60
