"""The passwords of the registry: what GetAuthorizationToken gives out, and whose each is. They hold for twelve hours."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
import time
from dataclasses import dataclass, field

from longshore.process.redaction import know
from longshore.sandbox.cloud.principals import Directory, Key

USER = "AWS"
LIFETIME = 12 * 3600.0
"""Seconds."""


@dataclass(frozen=True)
class Password:
    """`text` stands for the access key whose call asked for it."""

    text: str = field(repr=False)
    access_key_id: str
    expires: float

    @property
    def token(self) -> str:
        """As the API gives it: user and password in base64."""
        return base64.b64encode(f"{USER}:{self.text}".encode()).decode()


class Passwords:
    """All that were given out."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._given: dict[str, Password] = {}
        self._lock = threading.Lock()

    def make(self, access_key_id: str) -> Password:
        """One more."""
        password = Password(secrets.token_urlsafe(48), access_key_id, time.time() + LIFETIME)
        know(password.text, password.token)
        with self._lock:
            self._given = {text: one for text, one in self._given.items() if one.expires > time.time()}
            self._given[password.text] = password
        return password

    def owner(self, authorization: str) -> Key | None:
        """Whose password an Authorization header (Basic) has; None for one that never was given out, has expired, or whose key is gone."""
        kind, _, given = authorization.partition(" ")
        try:
            user, _, text = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        with self._lock:
            password = self._given.get(text)
        if kind.lower() != "basic" or user != USER or password is None or password.expires <= time.time():
            return None
        key = self._directory.key(password.access_key_id)
        return key if key is not None and key.active else None
