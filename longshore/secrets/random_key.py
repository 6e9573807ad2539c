"""Random values: how many bytes, written how, and so how long exactly."""

from __future__ import annotations

import base64
import math
import secrets
import string
from dataclasses import dataclass

from longshore.errors import UsageError

FEWEST, MOST = 8, 1024
WEAK = 128
"""Bits below which a value may be guessed by a machine (NIST SP 800-57 part 1, table 4: the least that is acceptable beyond 2030)."""

LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Recipe:
    """A key of `bytes` bytes for the program that uses it: it decodes hex and base64, and takes alphanumeric characters as they are, one byte each."""

    bytes: int = 32
    encoding: str = "alphanumeric"
    """alphanumeric, hex, base64 (RFC 4648 section 4, padded) or base64url (section 5, without padding)."""

    def __post_init__(self) -> None:
        if not FEWEST <= self.bytes <= MOST:
            raise UsageError(
                f"--bytes can't be {self.bytes}", why=f"it is {FEWEST} to {MOST}", do="inv secrets.generate --help"
            )

    @property
    def length(self) -> int:
        """Characters of the value, exactly."""
        match self.encoding:
            case "hex":
                return 2 * self.bytes
            case "base64":
                return 4 * math.ceil(self.bytes / 3)
            case "base64url":
                return math.ceil(self.bytes * 4 / 3)
            case _:
                return self.bytes

    @property
    def bits(self) -> int:
        """Of randomness."""
        return int(self.bytes * math.log2(len(LETTERS))) if self.encoding == "alphanumeric" else 8 * self.bytes

    @property
    def described(self) -> str:
        """`64 characters (hex) that decode to 32 bytes, 256 bits of randomness`."""
        meant = (
            f"(A-Z a-z 0-9), {self.bytes} bytes as they are"
            if self.encoding == "alphanumeric"
            else f"({self.encoding}) that decode to {self.bytes} bytes"
        )
        return f"{self.length} characters {meant}, {self.bits} bits of randomness"

    def value(self) -> str:
        """A new one, from the system's generator (getrandom)."""
        match self.encoding:
            case "hex":
                return secrets.token_hex(self.bytes)
            case "base64":
                return base64.b64encode(secrets.token_bytes(self.bytes)).decode()
            case "base64url":
                return base64.urlsafe_b64encode(secrets.token_bytes(self.bytes)).rstrip(b"=").decode()
            case _:
                return "".join(secrets.choice(LETTERS) for _ in range(self.bytes))
