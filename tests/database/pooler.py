"""What a pooler does that can be seen: it passes all on, but tells a process id of its own at the start, as pgbouncer does."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pooler(server: int) -> Iterator[int]:
    """A proxy in front of the server's port; yields its own port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            upstream = socket.create_connection(("127.0.0.1", server))
            threading.Thread(target=_forward, args=(client, upstream), daemon=True).start()
            threading.Thread(target=_answer, args=(upstream, client), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _forward(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _answer(source: socket.socket, sink: socket.socket) -> None:
    """The server's messages: a type, a length, a body. BackendKeyData gets another process id."""
    stream = source.makefile("rb")
    try:
        while head := stream.read(5):
            body = stream.read(struct.unpack("!I", head[1:])[0] - 4)
            if head[:1] == b"K":
                body = struct.pack("!I", 4_000_000) + body[4:]
            sink.sendall(head + body)
    except OSError:
        return
