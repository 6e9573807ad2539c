"""Host names as Ingresses and certificates have them: one way to read them, and the names of the objects that stand for them."""

from __future__ import annotations

import hashlib
import ipaddress
import re

from longshore.errors import UsageError

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LONGEST = 253
LONGEST_NAME = 200
"""Of an object's name, so that what is made of it (`-tls`, a number) still is one."""


def parse(text: str, flag: str = "--host") -> str:
    """A DNS name in lower case, with `*.` before it for all names one label below. Raises UsageError with what was meant instead."""
    host = text.strip().removesuffix(".").lower()
    why = _fault(host)
    if not why:
        return host
    raise UsageError(f"{flag} can't be {text!r}", why=why, do=f"{flag} bank.example.com, or {flag} '*.example.com'")


def covers(pattern: str, host: str) -> bool:
    """Whether a name of a rule or of a certificate is the host's; `*.` stands for one label. (RFC 6125, 6.4.3)"""
    if pattern.startswith("*.") and not host.startswith("*."):
        return host.partition(".")[2] == pattern.removeprefix("*.")
    return pattern == host


def object_name(host: str) -> str:
    """The Kubernetes name for a host: itself where it can be one. Two hosts never have the same."""
    if not host.startswith("*.") and len(host) <= LONGEST_NAME:
        return host
    digest = hashlib.sha256(host.encode()).hexdigest()[:10]
    return f"{host.removeprefix('*.')[:LONGEST_NAME].rstrip('-.')}-{digest}"


def secret_name(host: str) -> str:
    """The Secret that holds a host's certificate, and with cert-manager the Certificate that fills it."""
    return f"{object_name(host)}-tls"


def _fault(host: str) -> str:
    if "://" in host or "/" in host:
        return "it is a name only: the scheme goes away, the path is --path"
    if _is_address(host):
        return "an Ingress takes a DNS name, not an IP address"
    if ":" in host:
        return "it is a name only, without a port"
    if not host.isascii():
        return f"a DNS name has ASCII letters only{_punycode(host)}"
    if len(host) > LONGEST:
        return f"it has {len(host)} characters, a DNS name has at most {LONGEST}"
    for label in host.removeprefix("*.").split("."):
        if not LABEL.fullmatch(label):
            return f"{label!r} is no label of a DNS name: letters, digits and dashes within, at most 63"
    return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _punycode(host: str) -> str:
    try:
        return f"; write it as {host.encode('idna').decode()}"
    except UnicodeError:
        return ""
