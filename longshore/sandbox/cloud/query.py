"""An answer of a service with the query protocol, as XML."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4
from xml.sax.saxutils import escape

from longshore.sandbox.cloud.errors import Reply


def reply(operation: str, result: Mapping[str, object], namespace: str) -> Reply:
    """The answer with this result: mappings are elements, a list's items are `member`, None is left out."""
    request_id = str(uuid4())
    body = (
        f'<{operation}Response xmlns="{namespace}"><{operation}Result>{_xml(result)}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Reply(200, (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)), body.encode())


def _xml(value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_xml(item)}</{name}>" for name, item in value.items() if item is not None)
    if isinstance(value, list | tuple):
        return "".join(f"<member>{_xml(item)}</member>" for item in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))
