"""A stand-in for the sandbox's AWS: it answers a control plane's webhooks from a table of tokens, and remembers what it was asked."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Webhooks:
    """`users` by token: groups by name; `allowed`: pairs of user and resource."""

    token = "the-webhooks-token"

    def __init__(self) -> None:
        self.users: dict[str, tuple[str, list[str]]] = {}
        self.allowed: set[tuple[str, str]] = set()
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        webhooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                kind, password = self.headers.get("Authorization", " ").split(" ", 1)
                proof = base64.b64decode(password).decode() if kind == "Basic" else ""
                path = self.path.partition("?")[0]
                webhooks.asked.append((path, proof, body["spec"]))
                answer = {"apiVersion": body["apiVersion"], "kind": body["kind"], "status": webhooks.status(body)}
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def status(self, review: dict[str, Any]) -> dict[str, Any]:
        spec = review["spec"]
        if review["kind"] == "TokenReview":
            if spec["token"] not in self.users:
                return {"authenticated": False}
            name, groups = self.users[spec["token"]]
            return {"authenticated": True, "user": {"username": name, "groups": groups}}
        wanted = (spec.get("user", ""), spec.get("resourceAttributes", {}).get("resource", ""))
        return {"allowed": wanted in self.allowed}


@contextmanager
def served() -> Iterator[Webhooks]:
    webhooks = Webhooks()
    threading.Thread(target=webhooks.server.serve_forever, daemon=True).start()
    try:
        yield webhooks
    finally:
        webhooks.server.shutdown()
        webhooks.server.server_close()
