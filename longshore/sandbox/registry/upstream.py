"""Requests to the registry's own process."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping

from longshore.sandbox.cloud.registry import Manifest
from longshore.sandbox.ports import HOST

LIMIT = 60.0
"""Seconds without a byte."""

Body = bytes | Iterable[bytes] | None


def ask(
    port: int, method: str, target: str, headers: Mapping[str, str] | None = None, body: Body = None
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Begin a request. The caller reads the answer and closes the connection. Raises OSError."""
    connection = http.client.HTTPConnection(HOST, port, timeout=LIMIT)
    given = dict(headers or {})
    try:
        connection.request(method, target, body=body, headers=given, encode_chunked="Transfer-Encoding" in given)
        return connection, connection.getresponse()
    except http.client.HTTPException as error:
        connection.close()
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    except OSError:
        connection.close()
        raise


def status(port: int, method: str, target: str, headers: Mapping[str, str] | None = None, body: Body = None) -> int:
    """A whole request whose answer is only its status. Raises OSError."""
    connection, response = ask(port, method, target, headers, body)
    try:
        response.read()
        return response.status
    finally:
        connection.close()


def put(port: int, manifest: Manifest, reference: str) -> None:
    """Put a manifest under a reference. Raises OSError."""
    target = f"/v2/{manifest.repository}/manifests/{reference}"
    code = status(port, "PUT", target, {"Content-Type": manifest.media_type}, manifest.content)
    if code != 201:
        raise ConnectionError(f"the registry answered {code} to {reference}")


def missing_blobs(port: int, manifest: Manifest) -> list[str]:
    """The layers (and the config) that a manifest names and the registry hasn't: ECR looks, the registry doesn't. Raises OSError, ValueError."""
    parsed = json.loads(manifest.content)
    named = [*parsed.get("layers", []), *([parsed["config"]] if "config" in parsed else [])]
    digests = [blob["digest"] for blob in named if not blob.get("urls")]
    return [one for one in digests if status(port, "HEAD", f"/v2/{manifest.repository}/blobs/{one}") != 200]
