"""An HTTP request as it came over the wire: what signatures are made of."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes. Far above what any played service accepts; it keeps a mistake from filling the memory."""


class TooLarge(ValueError):
    """The body is longer than LARGEST_BODY."""


@dataclass(frozen=True)
class HttpRequest:
    """`path` and `query` are still percent-encoded; header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    address: str = "127.0.0.1"

    def parameters(self) -> list[tuple[str, str]]:
        """The query string, decoded, in order."""
        pairs = (part.partition("=") for part in self.query.split("&") if part)
        return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.parameters() if key == name), None)


def from_environ(environ: dict[str, Any]) -> HttpRequest:
    """Read a WSGI request whole, and leave `wsgi.input` as it was for the next application.

    Raises TooLarge.
    """
    source = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = source.read(LARGEST_BODY + 1)
    else:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = source.read(min(int(length) if length.isdigit() else 0, LARGEST_BODY + 1))
    if len(body) > LARGEST_BODY:
        raise TooLarge
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if name in environ:
            headers[name.replace("_", "-").lower()] = environ[name]
    target = environ.get("RAW_URI") or environ.get("PATH_INFO", "/")
    if "://" in target.partition("?")[0]:  # an absolute URL, as a client sends it to a proxy
        target = "/" + target.partition("://")[2].partition("/")[2]
    return HttpRequest(
        method=environ["REQUEST_METHOD"],
        path=target.partition("?")[0] or "/",
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
        address=environ.get("REMOTE_ADDR", "127.0.0.1"),
    )
