from __future__ import annotations

from pathlib import Path

import pytest

from longshore.errors import UsageError
from longshore.process.redaction import redact
from longshore.secrets.dialects.dialect import heading
from longshore.secrets.dialects.viper import Viper
from longshore.secrets.dotenv_file import LARGEST, read


def values(tmp_path: Path, content: str | bytes, name: str = "app.env") -> dict[str, str]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, Viper())


def fault(tmp_path: Path, content: str | bytes, name: str = "app.env") -> str:
    with pytest.raises(UsageError) as caught:
        values(tmp_path, content, name)
    assert "canary" not in str(caught.value)
    return str(caught.value).replace(str(tmp_path), "DIR")


def test_dotenv_with_comments_export_crlf_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = "\ufeff# comment\r\n\r\nexport A=1\r\nB='Simple Bank'\r\nC=\r\n"
    assert values(tmp_path, text) == {"A": "1", "B": "Simple Bank", "C": ""}


@pytest.mark.parametrize("name", ["app.env", "app.json"])
def test_json_is_known_by_its_first_character(tmp_path: Path, name: str) -> None:
    assert values(tmp_path, '\ufeff\n {"A": 1.10, "B": "x\\ny"}', name) == {"A": "1.10", "B": "x\ny"}


def test_a_file_named_json_is_never_read_as_dotenv(tmp_path: Path) -> None:
    assert fault(tmp_path, "A=canary", "app.json") == (
        "error: there are no keys and values (DIR/app.json)\n  why: it is plain text, not a JSON object"
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "error: there are no keys and values (DIR/app.env)\n  why: the file is empty"),
        ("# only\n", "error: there are no keys and values (DIR/app.env)\n  why: it has no assignment"),
        ("{}", "error: there are no keys and values (DIR/app.env)\n  why: it has no assignment"),
        (b"A=\x00canary", "error: the file is no text in UTF-8 (DIR/app.env)"),
        (b"A=canary\xff", "error: the file is no text in UTF-8 (DIR/app.env)"),
        (
            "A=1\n\n\nB='canary\n",
            "error: the line is no assignment (DIR/app.env:4)\n  why: KEY=value is expected; is a quote left open?",
        ),
        ("A=1\n\ncanaryCANARY\n", "error: the line is no assignment (DIR/app.env:3)\n  why: there is no = in it"),
        (
            "A=1\ncanary/canary=\n",
            "error: the key is no name of a variable (DIR/app.env:2)\n  why: a letter or _ first, then letters, digits and _",
        ),
        ("A=canary\nB=1\nA=canary\n", "error: A is there twice (DIR/app.env:3)\n  why: the first is in line 1"),
        (
            b"A=" + b"x" * LARGEST,
            "error: the file is too large (DIR/app.env)\n  why: more than 1,048,576 bytes; a secret holds 65,536",
        ),
    ],
)
def test_files_that_are_refused(tmp_path: Path, content: str | bytes, told: str) -> None:
    assert fault(tmp_path, content) == told


def test_a_folder_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path, told in ((tmp_path, "this is a folder, not a file"), (tmp_path / "none", "can't read the file")):
        with pytest.raises(UsageError, match=told):
            read(path, None)


@pytest.mark.parametrize("line", ["K=canary#x", 'K="canary\\$x"', "K=canary\\", 'K="a\\\\nb"'])
def test_a_value_that_the_application_reads_otherwise_is_not_stored_by_guess(tmp_path: Path, line: str) -> None:
    text = f"A=1\n{line}\n"
    if read_alike(tmp_path, text):
        return
    assert fault(tmp_path, text) == (
        "error: viper reads other values in this file than dotenv's rules say (DIR/app.env: K)\n"
        "  why: quotes, #, $ and \\ mean different things to different readers\n"
        "  next: put the value in single quotes, or give a JSON file"
    )


def read_alike(tmp_path: Path, text: str) -> bool:
    from dotenv import dotenv_values

    path = tmp_path / "alike.env"
    path.write_text(text)
    return dotenv_values(path, interpolate=False) == Viper().parse(text)


def test_a_variable_of_the_reader_s_environment_is_refused(tmp_path: Path) -> None:
    assert "(DIR/app.env: K)" in fault(tmp_path, "K=canary$HOME\n")


def test_a_file_that_viper_can_t_read_at_all_is_read_by_dotenv_s_rules(tmp_path: Path) -> None:
    assert values(tmp_path, "PEM='-----BEGIN\nline\n-----END'\n") == {"PEM": "-----BEGIN\nline\n-----END"}


def test_our_own_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    ours = {"A": "it's", "B": "a'b\"c$d\\", "C": "x\ny", "D": "a#b"}
    assert values(tmp_path, Viper().encode(ours, heading("viper", "aws:bank/prod"))) == ours


def test_every_value_is_known_to_the_redaction(tmp_path: Path) -> None:
    values(tmp_path, "A='canary value'\n")
    assert redact("canary value") == "[secret]"
