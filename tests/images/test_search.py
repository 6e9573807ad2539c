"""Values and env files are found wherever they are: in layers, compressed, in names, in the config; and nothing else is."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from longshore.errors import Failed
from longshore.images.search import Found, Searcher, is_env_file
from longshore.secrets.check.sensitive import needles

VALUE = "n33dle-in-the-h4ystack-0815"
NEEDLES = needles({"TOKEN": VALUE, "PORT": "5432"})


def layer(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def image(folder: Path, *blobs: bytes) -> Path:
    path = folder / "image.tar"
    path.write_bytes(layer({f"blobs/sha256/{number:064x}": blob for number, blob in enumerate(blobs)}))
    return path


def found(path: Path, searcher: Searcher | None = None) -> list[str]:
    return [str(one) for one in (searcher or Searcher(NEEDLES, ("app.env",))).archive(path)]


HOLDS = f"/app/config holds the value of TOKEN"  # noqa: F541


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["tar", "tar.gz"])
@pytest.mark.parametrize(
    "content",
    [
        VALUE.encode(),
        b"\0\x7fELF" + os.urandom(50_000) + VALUE.encode() + os.urandom(50_000),
        base64.b64encode(VALUE.encode()),
        gzip.compress(b"x" * 100_000 + VALUE.encode()),
        gzip.compress(gzip.compress(VALUE.encode())),
        gzip.compress(VALUE.encode()) + b"trailing",
    ],
    ids=["text", "binary", "base64", "gz", "gz in gz", "gz with an end"],
)
def test_a_value_in_a_layer(tmp_path: Path, pack: type[bytes], content: bytes) -> None:
    blob = pack(layer({"etc/other": b"nothing", "app/config": content}))
    assert found(image(tmp_path, blob)) == [HOLDS]


def test_a_value_across_two_pieces_of_reading(tmp_path: Path) -> None:
    for at in ((1 << 20) - 5, (1 << 20) - len(VALUE), 1 << 16):
        content = b"." * at + VALUE.encode() + b"." * 1000
        assert found(image(tmp_path, layer({"app/config": content}))) == [HOLDS]


def test_a_value_in_the_config_and_in_a_name(tmp_path: Path) -> None:
    config = json.dumps({"config": {"Env": [f"TOKEN={VALUE}"]}, "history": [{"created_by": "ENV TOKEN"}]}).encode()
    assert found(image(tmp_path, config)) == ["the image's config or manifest holds the value of TOKEN"]
    named = layer({f"app/{VALUE}.txt": b""})
    assert found(image(tmp_path, named))[0].endswith("holds the value of TOKEN")


def test_a_file_that_a_later_layer_removes_is_still_there(tmp_path: Path) -> None:
    first, second = layer({"app/app.env": b"TOKEN=x"}), layer({"app/.wh.app.env": b""})
    assert found(image(tmp_path, gzip.compress(first), gzip.compress(second))) == ["/app/app.env is an env file"]


def test_an_empty_env_file_is_the_place_where_the_real_one_is_mounted(tmp_path: Path) -> None:
    assert found(image(tmp_path, layer({"app/app.env": b""}))) == []


def test_what_is_allowed_is_not_looked_at(tmp_path: Path) -> None:
    searcher = Searcher(NEEDLES, ("app.env",), ("/app/app.env",))
    blob = layer({"app/app.env": VALUE.encode(), "app/copy": VALUE.encode()})
    assert found(image(tmp_path, blob), searcher) == ["/app/copy holds the value of TOKEN"]


def test_a_layer_that_cannot_be_read_is_no_clean_layer(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="can't look into a layer"):
        found(image(tmp_path, b"\x28\xb5\x2f\xfd" + os.urandom(2000)))
    whole = gzip.compress(layer({"a": os.urandom(20_000)}))
    with pytest.raises(Failed, match="can't look into a layer"):
        found(image(tmp_path, whole[: len(whole) // 2]))


def test_a_clean_image(tmp_path: Path) -> None:
    blob = layer({"app/main": os.urandom(10_000), "app/port": b"5432", "app/.env.example": b"A=1"})
    assert found(image(tmp_path, blob, gzip.compress(blob), layer({}))) == []


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("app.env", True), ("a/app.env", True), (".env", True), ("x/.env.production", True), ("app.env.bak", True),
        ("env/prod.local.env", True), (".env.example", False), ("app.env.sample", False), ("env/prod.env", False),
        ("node_modules/x/.env", False), ("environment.py", False), ("my.env.go", False),
    ],
)  # fmt: skip
def test_env_files_by_their_name(path: str, is_one: bool) -> None:
    assert is_env_file(path) == is_one


def test_a_file_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(VALUE)
    (tmp_path / "link").symlink_to(tmp_path / "config")
    searcher = Searcher(NEEDLES)
    assert list(searcher.file(tmp_path / "config", "config")) == [Found("config", "TOKEN")]
    assert list(searcher.file(tmp_path / "link", "link")) == []
