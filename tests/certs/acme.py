"""As much of an ACME server as it takes to order a certificate by HTTP-01 (RFC 8555, 7.1 to 7.5), which it never issues.

The world's servers are out of reach, and no pod answers their question; cert-manager's controllers are real, and so are the Orders and
Challenges that they make of these answers.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

REFUSED = "refused."
"""How the hosts begin whose authorization has failed already."""
PROBLEM = {
    "type": "urn:ietf:params:acme:error:connection",
    "detail": "192.0.2.1: Timeout during connect",
    "status": 400,
}


class Acme(BaseHTTPRequestHandler):
    """An order is named by its host."""

    server: HTTPServer

    def do_GET(self) -> None:
        paths = {"newNonce": "nonce", "newAccount": "account", "newOrder": "order", "revokeCert": "r", "keyChange": "k"}
        self._say(200, {name: self._url(path) for name, path in paths.items()})

    def do_HEAD(self) -> None:
        self._say(200)

    def do_POST(self) -> None:
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["payload"]
        payload = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) or b"{}")
        what, _, host = self.path.strip("/").partition("/")
        match what:
            case "account":
                new = not host and not payload.get("onlyReturnExisting")
                self._say(201 if new else 200, {"status": "valid", "contact": payload.get("contact", [])}, "account/1")
            case "order":
                asked = payload["identifiers"][0]["value"] if "identifiers" in payload else ""
                self._say(201 if asked else 200, self._order(asked or host), f"order/{asked or host}")
            case "authorization":
                self._say(200, self._authorization(host))
            case _:
                self._say(200, self._challenge(host))

    def _order(self, host: str) -> dict[str, Any]:
        return {
            "status": "pending",
            "identifiers": [{"type": "dns", "value": host}],
            "authorizations": [self._url(f"authorization/{host}")],
            "finalize": self._url(f"finalize/{host}"),
        }

    def _authorization(self, host: str) -> dict[str, Any]:
        challenge = self._challenge(host)
        identifier = {"type": "dns", "value": host}
        return {"status": challenge["status"], "identifier": identifier, "challenges": [challenge]}

    def _challenge(self, host: str) -> dict[str, Any]:
        about = {"type": "http-01", "url": self._url(f"challenge/{host}"), "token": "a-token-of-the-servers"}
        return about | ({"status": "invalid", "error": PROBLEM} if host.startswith(REFUSED) else {"status": "pending"})

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{path}"

    def _say(self, code: int, body: object = None, location: str = "") -> None:
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Replay-Nonce", "nonce")
        if location:
            self.send_header("Location", self._url(location))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[str]:
    """The address of its directory."""
    server = HTTPServer(("127.0.0.1", 0), Acme)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/directory"
    finally:
        server.shutdown()
        server.server_close()
