"""The registry as its clients see it: each request is let in by ECR's gate, then handed to the registry's own process, layer by layer as it comes."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from longshore.errors import LongshoreError
from longshore.process.redaction import redact
from longshore.sandbox.cloud.registry import Denied, Manifest
from longshore.sandbox.ports import HOST
from longshore.sandbox.registry import upstream
from longshore.sandbox.registry.request import Asked, asked

if TYPE_CHECKING:
    from longshore.sandbox.registry.registry import LocalRegistry

PIECE = 1 << 18
LARGEST_MANIFEST = 4 << 20
_PASSED = ("content-type", "content-length", "content-range", "range", "accept", "transfer-encoding")
_RETURNED = ("content-type", "content-length", "location", "range", "docker-content-digest", "docker-upload-uuid")
_RETURNED_TOO = ("docker-distribution-api-version", "oci-subject", "oci-filters-applied", "link")


class Front(ThreadingHTTPServer):
    """The server behind the address that repositories name."""

    daemon_threads = True

    def __init__(self, registry: LocalRegistry, port: int) -> None:
        self.registry = registry
        super().__init__((HOST, port), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is nothing to tell."""


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: Front

    def log_message(self, format: str, *args: Any) -> None:
        """The registry's own log has each request."""

    def _answer(self) -> None:
        try:
            self._admitted()
        except Denied as denied:
            self._deny(denied)
        except LongshoreError as error:
            self._deny(Denied(503, "UNKNOWN", redact(f"{error.what}: {error.why}")))
        except ConnectionAbortedError:
            # A fault: nothing is said.
            self.close_connection = True
        except (OSError, http.client.HTTPException) as error:
            self._deny(Denied(502, "UNKNOWN", f"the registry does not answer: {error}"))

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - http.server's names

    def _admitted(self) -> None:
        registry, about = self.server.registry, asked(self.command, self.path)
        authorization = self.headers.get("Authorization", "")
        if about is None:
            registry.gate.enter(authorization)
            if self.path.partition("?")[0] not in ("/v2/", "/v2"):
                raise Denied(404, "UNSUPPORTED", "The operation is unsupported.")
        elif not about.chart:
            # Without a password it is 401 whatever is asked for: clients log in then.
            registry.gate.enter(authorization)
            if not about.operation:
                raise Denied(405, "UNSUPPORTED", "The operation is unsupported.")
            registry.gate.allow(authorization, about.operation, about.repository)
        if about is not None and about.kind == "manifests" and self.command == "PUT":
            self._put_manifest(about)
        else:
            self._relay(registry.port)
            if about is not None and about.kind == "manifests" and self.command == "DELETE":
                registry.manifests.forget(about.repository, about.reference)

    def _put_manifest(self, about: Asked) -> None:
        registry = self.server.registry
        content = b""
        for piece in self._body():
            content += piece
            if len(content) > LARGEST_MANIFEST:
                raise Denied(413, "MANIFEST_INVALID", "The manifest is too large.")
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if ":" in about.reference and about.reference != digest:
            raise Denied(400, "DIGEST_INVALID", "The manifest's digest is another one.")
        media_type = self.headers.get("Content-Type", "")
        manifest = Manifest(about.repository, about.reference, digest, media_type, content)
        registry.accept(manifest, of_ecr=not about.chart)
        location = f"/v2/{about.repository}/manifests/{digest}"
        self._say(201, {"Docker-Content-Digest": digest, "Location": location}, b"")

    def _relay(self, port: int) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED}
        has_body = "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        connection, response = upstream.ask(port, self.command, self.path, headers, self._body() if has_body else None)
        try:
            self.send_response(response.status)
            for name, value in response.getheaders():
                if name.lower() in (*_RETURNED, *_RETURNED_TOO):
                    self.send_header(name, value)
            chunked = response.length is None and self.command != "HEAD"
            if chunked:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while self.command != "HEAD" and (piece := response.read(PIECE)):
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" if chunked else piece)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
        finally:
            connection.close()

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            yield from self._chunks()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0:
            piece = self.rfile.read(min(left, PIECE))
            if not piece:
                raise ConnectionAbortedError
            left -= len(piece)
            yield piece

    def _chunks(self) -> Iterator[bytes]:
        while True:
            size = int(self.rfile.readline().partition(b";")[0].strip() or b"0", 16)
            left = size
            while left > 0:
                piece = self.rfile.read(min(left, PIECE))
                if not piece:
                    raise ConnectionAbortedError
                left -= len(piece)
                yield piece
            self.rfile.readline()
            if size == 0:
                return

    def _deny(self, denied: Denied) -> None:
        # What was not read of the request would be taken for the next one.
        self.close_connection = True
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if denied.status == 401:
            headers["WWW-Authenticate"] = (
                f'Basic realm="http://{self.server.registry.address}/",service="ecr.amazonaws.com"'
            )
        body = {"errors": [{"code": denied.code, "message": denied.text}]}
        self._say(denied.status, headers, json.dumps(body).encode())

    def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
