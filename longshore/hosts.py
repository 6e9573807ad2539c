"""Host names as Ingresses and certificates have them: one way to read them, and the names of the objects that stand for them."""

from __future__ import annotations

import hashlib
import ipaddress
import re

from longshore.errors import UsageError

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
LONGEST_LABEL, LONGEST = 63, 253
LONGEST_NAME = 200
"""Of an object's name, so that what is made of it (`-tls`, a number) still is one."""
WILDCARD = "wildcard."


def parse(text: str, flag: str = "--host") -> str:
    """A DNS name (RFC 1123) in lower case and ASCII, with `*.` before it for all names one label below. Raises UsageError with what it should be."""
    host = text.lower()
    why = _shape(host)
    if not why and not host.isascii():
        host, why = _ascii(host)
    why = why or _fault(host)
    if why:
        raise UsageError(f"{flag} can't be {text!r}", why=why, do=f"{flag} bank.example.com, or {flag} '*.example.com'")
    return host


def covers(pattern: str, host: str) -> bool:
    """Whether a name of a rule or of a certificate is good for the host; `*.` stands for one label (RFC 6125, 6.4.3)."""
    pattern, host = pattern.lower(), host.lower()
    if pattern.startswith("*.") and not host.startswith("*."):
        first, _, rest = host.partition(".")
        return bool(first) and rest == pattern.removeprefix("*.")
    return pattern == host


def object_name(host: str) -> str:
    """The Kubernetes name for a host: itself where it can be one. Two hosts never have the same."""
    name = host.replace("*.", WILDCARD, 1)
    # A host that really is called wildcard.example.com isn't *.example.com.
    if len(name) <= LONGEST_NAME and not host.startswith(WILDCARD):
        return name
    digest = hashlib.sha256(host.encode()).hexdigest()[:10]
    return f"{name[:LONGEST_NAME].rstrip('-.')}-{digest}"


def secret_name(host: str) -> str:
    """The Secret that holds a host's certificate, and with cert-manager the Certificate that fills it."""
    return f"{object_name(host)}-tls"


def _shape(host: str) -> str:
    """What is wrong with it as a whole; empty: nothing."""
    if not host:
        return "it is empty"
    if _is_address(host):
        return "an address is no host name"
    if re.search(r"[/:]", host):
        return "it is the name alone, without a scheme, a port or a path"
    if "*" in host.removeprefix("*."):
        return "* stands first, alone before a dot, for all names one label below"
    return ""


def _fault(host: str) -> str:
    if len(host) > LONGEST:
        return f"it has {len(host)} characters, and a name at most {LONGEST}"
    for label in host.removeprefix("*.").split("."):
        if not label:
            return "what stands between two dots is empty"
        if len(label) > LONGEST_LABEL:
            return f"{label[:12]}... has {len(label)} characters, and a part between dots at most {LONGEST_LABEL}"
        if not LABEL.fullmatch(label):
            return f"{label!r} isn't made of letters, digits and, within, dashes"
    return ""


def _ascii(host: str) -> tuple[str, str]:
    """An international name as DNS has it (punycode), or what is wrong with it."""
    try:
        found = host.encode("idna").decode()
    except UnicodeError as error:
        return host, f"it can't be written in DNS's letters: {error}"
    # IDNA 2003 makes ss of ß, IDNA 2008 doesn't: two names.
    if re.search("[ßς\u200c\u200d]", host):
        return host, "it is read in two ways (IDNA 2003 and 2008): write the xn-- form that is registered"
    return found, ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
