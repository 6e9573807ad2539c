"""Requests to an API server by a bearer token, and to the other parts' health paths. Never through a proxy: it is this machine."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from longshore.sandbox.ports import HOST

LIMIT = 10.0
"""Seconds that a server has for its answer."""
PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Api:
    """An API server of this machine, and who asks it."""

    port: int
    authority: Path
    token: str = field(default="", repr=False)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, limit: float = LIMIT
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object ({} where the answer is none). Raises OSError when the server doesn't answer."""
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = PATCH if method == "PATCH" else "application/json"
        connection = http.client.HTTPSConnection(HOST, self.port, timeout=limit, context=self._context)
        status, text = _asked(connection, method, path, None if body is None else json.dumps(body).encode(), headers)
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {}
        return status, answer if isinstance(answer, dict) else {}


def look(port: int, path: str, authority: Path | None = None, *, limit: float = LIMIT) -> tuple[int, str]:
    """Status and text of a path that everyone may ask: by HTTPS where an authority is given. Raises OSError."""
    if authority is None:
        return _asked(http.client.HTTPConnection(HOST, port, timeout=limit), "GET", path, None, {})
    context = ssl.create_default_context(cafile=str(authority))
    return _asked(http.client.HTTPSConnection(HOST, port, timeout=limit, context=context), "GET", path, None, {})


def _asked(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[int, str]:
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except http.client.HTTPException as error:
        raise ConnectionError(f"no HTTP answer: {error!r}") from error
    finally:
        connection.close()
