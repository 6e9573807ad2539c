"""One request of a smoke test."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import longshore

TIMEOUT = 10.0


@dataclass(frozen=True)
class Reply:
    """What came of it: `status` 0 where nobody answered, and why in `said`."""

    url: str
    said: str
    status: int = 0

    @property
    def ok(self) -> bool:
        return self.status == 200

    def __str__(self) -> str:
        return f"{self.url}: {self.said}" if self.url else self.said


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: a page for logging in is no healthy application."""

    def redirect_request(self, *_: Any) -> None:
        return None


def get(url: str) -> Reply:
    """Ask once. A certificate that isn't valid for the host is no answer."""
    try:
        request = urllib.request.Request(url, headers={"User-Agent": f"longshore/{longshore.__version__}"})  # noqa: S310  # http or https: smoke.py looked
        with urllib.request.build_opener(_Stay).open(request, timeout=TIMEOUT) as answer:
            return Reply(url, f"it answers {answer.status}", answer.status)
    except urllib.error.HTTPError as error:
        to = f", to {error.headers['Location']}" if error.headers.get("Location") else ""
        return Reply(url, f"it answers {error.code}{to}", error.code)
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Reply(url, f"nobody answers: {getattr(reason, 'strerror', None) or reason or type(error).__name__}")
