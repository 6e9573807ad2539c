"""Look for env files and values of the secret in files that go into an image, and in an image: inside of what is compressed, too."""

from __future__ import annotations

import gzip
import io
import posixpath
import tarfile
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from longshore.errors import Failed
from longshore.process import signals
from longshore.secrets.app_env_file import APP_ENV
from longshore.secrets.check.search import Search
from longshore.secrets.check.sensitive import Needle

DEEPEST = 3
"""How often something compressed may be inside of something compressed."""

PIECE, SMALL = 1 << 18, 1 << 15
"""Bytes at a time; of what is compressed fewer, since a thousand times as many may come of them."""

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
EXAMPLES = ("example", "sample", "template", "dist")
OTHERS = ("node_modules", "site-packages", "vendor")
"""What others wrote: an env file of theirs is no secret of ours."""


@dataclass(frozen=True)
class Found:
    """A file that must not be there (`key` is empty), or one that holds the value of a key. Never a value."""

    where: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.where} holds the value of {self.key}" if self.key else f"{self.where} is an env file"


def is_env_file(path: str) -> bool:
    """Whether a file of this name is one of secrets, by custom: app.env, .env, .env.production; not .env.example."""
    folder, name = posixpath.split(path)
    if name.rpartition(".")[2] in EXAMPLES or any(part in OTHERS for part in folder.split("/")):
        return False
    return name in (APP_ENV, ".env") or name.startswith((".env.", f"{APP_ENV}.")) or name.endswith(".local.env")


class Searcher:
    """Searches for the values of `needles`. `names` are further files of secrets of the project; `allowed` are paths that may hold them."""

    def __init__(self, needles: Sequence[Needle], names: Collection[str] = (), allowed: Collection[str] = ()) -> None:
        self._search = Search(needles)
        self._names = {posixpath.basename(name) for name in names}
        self._allowed = set(allowed)

    def file(self, path: Path, shown: str) -> Iterator[Found]:
        """A file of this machine."""
        signals.check()
        if shown in self._allowed or path.is_symlink() or not path.is_file():
            return
        if self._is_env(shown) and path.stat().st_size:
            yield Found(shown)
        with path.open("rb") as content:
            yield from self._content(content, shown, DEEPEST)

    def text(self, text: str, shown: str) -> Iterator[Found]:
        """A text that a person gave."""
        yield from self._values(io.BytesIO(text.encode()), shown)

    def archive(self, path: Path, tell: Callable[[int], None] = lambda _: None) -> Iterator[Found]:
        """A saved image: its configs and manifests, and every file of every layer. `tell` gets how many bytes are done.

        Raises Failed for what can't be looked into.
        """
        with tarfile.open(path) as outer:
            done = 0
            for member in outer:
                content = outer.extractfile(member) if member.isfile() else None
                if content is None:
                    continue
                # What is no layer is a document: config, manifest, index.
                yield from self._blob(cast(BinaryIO, content), member.name)
                done += member.size
                tell(done)

    def _blob(self, content: BinaryIO, name: str) -> Iterator[Found]:
        head = content.read(512)
        content.seek(0)
        if head.startswith(ZSTD):
            raise Failed(
                "can't look into a layer of the image",
                on=name,
                why="it is compressed by zstd",
                do="let the builder write gzip layers (--compression-format gzip)",
            )
        stream: BinaryIO = content
        if head.startswith(GZIP):
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=content))
            head = stream.read(512)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=_rewound(content)))
        if head[257:262] == b"ustar" or _is_empty_tar(head):
            yield from self._layer(stream, name)
        else:
            yield from self._values(stream, f"the image's {_kind(name)}")

    def _layer(self, stream: BinaryIO, name: str) -> Iterator[Found]:
        try:
            with tarfile.open(fileobj=stream, mode="r|") as layer:
                for member in layer:
                    signals.check()
                    shown = "/" + member.name.lstrip("./")
                    if shown in self._allowed:
                        continue
                    texts = "\n".join((member.name, member.linkname, *member.pax_headers.values()))
                    yield from self._values(io.BytesIO(texts.encode(errors="replace")), f"the name of {shown}")
                    content = layer.extractfile(member) if member.isfile() else None
                    if content is None:
                        continue
                    if self._is_env(shown) and member.size:
                        yield Found(shown)
                    yield from self._content(cast(BinaryIO, content), shown, DEEPEST)
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Failed("can't look into a layer of the image", on=name, why=str(error)) from None

    def _content(self, content: IO[bytes], shown: str, deeper: int) -> Iterator[Found]:
        """As it is; and where it is compressed, what it holds."""
        peeked = io.BufferedReader(cast(io.RawIOBase, _Raw(content)), 1 << 16)
        if peeked.peek(2).startswith(GZIP) and deeper:
            yield from self._content(cast(BinaryIO, Inflated(cast(BinaryIO, peeked))), shown, deeper - 1)
        else:
            yield from self._values(cast(BinaryIO, peeked), shown)

    def _values(self, content: BinaryIO, shown: str) -> Iterator[Found]:
        for key in sorted(self._search.keys_in(content)):
            yield Found(shown, key)

    def _is_env(self, path: str) -> bool:
        return is_env_file(path) or posixpath.basename(path) in self._names


class _Raw(io.RawIOBase):
    """A readable stream of any kind, as BufferedReader wants it: it may read twice what a tar file lets be read once."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # the stub's Buffer has no length
        data = self._content.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Inflated:
    """What gzip data holds, and as they are the bytes that turn out to be none: nothing goes by unseen, and nothing is an error."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self._inflate = zlib.decompressobj(wbits=31)
        self._plain = False
        self._left = b""

    def read(self, size: int = PIECE) -> bytes:
        """At most `size` bytes; empty at the end."""
        while not self._left:
            piece = self._content.read(SMALL)
            if not piece:
                return b""
            self._left = self._inflated(piece)
        given, self._left = self._left[:size], self._left[size:]
        return given

    def _inflated(self, piece: bytes) -> bytes:
        if self._plain:
            return piece
        try:
            found = self._inflate.decompress(piece)
        except zlib.error:
            self._plain = True
            return piece
        if self._inflate.eof:
            rest = self._inflate.unused_data
            self._inflate = zlib.decompressobj(wbits=31)
            self._plain = bool(rest) and not rest.startswith(GZIP)
            return found + (self._inflated(rest) if rest else b"")
        return found


def _rewound(content: BinaryIO) -> BinaryIO:
    content.seek(0)
    return content


def _is_empty_tar(head: bytes) -> bool:
    return len(head) == 512 and not any(head)


def _kind(name: str) -> str:
    base = posixpath.basename(name)
    return "index" if base in ("index.json", "manifest.json", "oci-layout", "repositories") else "config or manifest"
