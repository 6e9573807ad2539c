from __future__ import annotations

import base64
import io

import pytest

from longshore.secrets.check import search
from longshore.secrets.check.search import Search, skip
from longshore.secrets.check.sensitive import needles

CANARY = "canary-7Qx2z-A9"
FINDS = Search(needles({"TOKEN": CANARY, "OTHER_KEY": "another-secret-value"}))


@pytest.mark.parametrize("before", range(70))
def test_a_value_across_the_edge_of_two_chunks(monkeypatch: pytest.MonkeyPatch, before: int) -> None:
    monkeypatch.setattr(search, "CHUNK", 32)
    content = b"x" * before + CANARY.encode() + b"y" * 50
    assert FINDS.keys_in(io.BytesIO(content)) == {"TOKEN"}


def test_it_reads_its_share_and_no_more() -> None:
    stream = io.BytesIO(b"-" * 20 + CANARY.encode() + b"rest")
    assert FINDS.keys_in(stream, 20) == set()
    assert FINDS.keys_in(stream, len(CANARY)) == {"TOKEN"}
    assert stream.read() == b"rest"


def test_binary_base64_and_several() -> None:
    content = b"\x00\xff" + base64.b64encode(CANARY.encode()) + b"\x00another-secret-value"
    assert FINDS.keys_in(io.BytesIO(content)) == {"TOKEN", "OTHER_KEY"}


def test_nothing_to_search_for() -> None:
    assert Search([]).keys_in(io.BytesIO(b"anything")) == set()


def test_skip() -> None:
    stream = io.BytesIO(b"abcdef")
    skip(stream, 4)
    assert stream.read() == b"ef"
