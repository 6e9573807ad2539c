"""Which values of a secret are worth searching for, and in which forms they may stand in a file.

Beside the secrets stand settings: `15m`, `5432`, `production`. Searching for those would find them everywhere. A value is taken for a secret by the
name of its key or by its look, and only from 8 characters on.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

SHORTEST = 8

NAMED = re.compile(r"PASS|PWD|SECRET|TOKEN|KEY|CRED|PRIVATE|AUTH|SALT|SEED|SIGN|DSN|WEBHOOK", re.I)
DESCRIBES = re.compile(
    r"(DURATION|TTL|EXPIR\w*|LIFETIME|TIMEOUT|MINUTES|SECONDS|HOURS|DAYS|LENGTH|SIZE|ALGORITHM|ALG|TYPE|ISSUER|AUDIENCE|HEADER|"
    r"NAME|USER|USERNAME|PATH|FILE|DIR|HOST|PORT|REGION|ENABLED|VERSION|ID)$",
    re.I,
)
"""`TOKEN_ISSUER`, `KEY_FILE`: what is about a secret and none itself."""

SETTING = re.compile(
    r"[0-9]+([.,:][0-9]+)+"  # a version, an address
    r"|([0-9]+(h|m|s|ms|us|ns|d))+"  # a duration as Go writes it
    r"|(true|false|enabled|disabled|localhost)(:[0-9]+)?"
    r"|arn:[a-z0-9-]+:[^\s]*|/[\w./-]*|[\w.+-]+@[\w-]+(\.[\w-]+)+",  # an ARN, a path, a mail address
    re.I,
)
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?P<rest>.*)", re.S)
WORD = re.compile(r"[A-Za-z0-9_+/=-]+")
TOKEN_LENGTH = 20
"""Characters from which on a word of two kinds of characters may be a token: a hexadecimal key has only lower case and digits."""

LEAST_ENTROPY = 2.75
"""Bits per character. Eight random letters and digits seldom repeat one: 2.75 to 3; `aaaa1111B` has 1.7."""


@dataclass(frozen=True)
class Needle:
    """What is searched for, of one key: any of these forms is a find."""

    key: str
    parts: frozenset[str] = field(repr=False)
    """The secret itself; the password of a URL beside the URL."""

    @property
    def forms(self) -> frozenset[bytes]:
        """As a file may have it: as it is, as JSON or a URL writes it, and in base64 (a Secret of Kubernetes); a long line of several, too."""
        found: set[bytes] = set()
        for part in self.parts:
            texts = {
                part,
                quote(part, safe=""),
                quote(part),
                *(json.dumps(part, ensure_ascii=a)[1:-1] for a in (True, False)),
            }
            texts |= {line.strip() for line in part.splitlines() if len(line) >= TOKEN_LENGTH and "-----" not in line}
            found |= {text.encode() for text in texts if len(text) >= SHORTEST}
            found.add(base64.b64encode(part.encode()).rstrip(b"="))
        return frozenset(found)


def needles(values: Mapping[str, str]) -> list[Needle]:
    """What is worth a search."""
    return [Needle(key, frozenset(parts)) for key, value in sorted(values.items()) if (parts := _parts(key, value))]


def _parts(key: str, value: str) -> set[str]:
    if len(value) < SHORTEST or SETTING.fullmatch(value):
        return set()
    if url := URL.fullmatch(value):
        return _parts_of_url(value, url["rest"])
    named = NAMED.search(key) and not DESCRIBES.search(key)
    return {value} if named or random_looking(value) else set()


def _parts_of_url(value: str, rest: str) -> set[str]:
    authority, _, path = rest.partition("/")
    password = authority.rpartition("@")[0].partition(":")[2]
    if password:
        return {value, *(text for text in (password, unquote(password)) if len(text) >= SHORTEST)}
    query = path.partition("?")[2]
    if re.search(r"(^|&)(password|sslpassword)=.", query):
        return {value}
    # The address of a webhook is its password.
    words = (word for part in WORD.findall(path) for word in part.split("/"))
    return {value} if any(len(word) >= TOKEN_LENGTH and random_looking(word) for word in words) else set()


def random_looking(value: str) -> bool:
    """Whether a machine made it, by its look: one word of several kinds of characters, hardly one of them twice."""
    if not WORD.fullmatch(value) and not (re.fullmatch(r"\S+", value) and re.search(r"[^\w\s./:@-]", value)):
        return False
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", "[0-9]", r"[^\w\s./:@-]"))
    enough = kinds >= 3 or (kinds == 2 and len(value) >= TOKEN_LENGTH and re.search("[0-9]", value) is not None)
    return enough and _entropy(value) >= LEAST_ENTROPY


def _entropy(text: str) -> float:
    """Shannon's, bits per character."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())
