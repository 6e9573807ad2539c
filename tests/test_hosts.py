"""Host names: what is taken, what is refused and with which words, and the names of objects."""

from __future__ import annotations

import re

import pytest

from longshore import hosts
from longshore.errors import UsageError


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("bank.example.com", "bank.example.com"),
        ("BANK.Example.COM", "bank.example.com"),
        ("*.example.com", "*.example.com"),
        ("localhost", "localhost"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("*.bücher.example", "*.xn--bcher-kva.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("1.example.com", "1.example.com"),
        (f"{'a' * 63}.example.com", f"{'a' * 63}.example.com"),
        (".".join(["a" * 60] * 4), ".".join(["a" * 60] * 4)),
    ],
)
def test_taken(given: str, host: str) -> None:
    assert hosts.parse(given) == host


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "it is empty"),
        (" bank.example.com", "' bank'"),
        ("https://bank.example.com", "without a scheme"),
        ("bank.example.com/login", "without a scheme, a port or a path"),
        ("bank.example.com:443", "a port"),
        ("bank..example.com", "between two dots is empty"),
        ("bank.example.com.", "between two dots is empty"),
        (".example.com", "between two dots is empty"),
        ("*.", "between two dots is empty"),
        ("bank.*.com", "* stands first"),
        ("*bank.example.com", "* stands first"),
        ("bank_1.example.com", "'bank_1'"),
        ("-bank.example.com", "'-bank'"),
        ("bank-.example.com", "'bank-'"),
        ("bank.example.com\nevil", "letters, digits"),
        ("$(id).example.com", "letters, digits"),
        ("10.0.0.1", "an address is no host name"),
        ("straße.example", "read in two ways"),
        (f"{'a' * 64}.example.com", "has 64 characters"),
        (".".join(["a" * 63] * 4), "it has 255 characters"),
        ("ü" * 70 + ".example", ""),
    ],
)
def test_refused(given: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        hosts.parse(given)
    assert caught.value.what.startswith("--host can't be ")
    assert why in caught.value.why


@pytest.mark.parametrize(
    ("pattern", "host", "good"),
    [
        ("bank.example.com", "BANK.example.com", True),
        ("*.example.com", "bank.example.com", True),
        ("*.example.com", "a.bank.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.example.com", "*.example.com", True),
        ("example.com", "bank.example.com", False),
    ],
)
def test_which_name_is_good_for_which_host(pattern: str, host: str, good: bool) -> None:
    assert hosts.covers(pattern, host) is good


def test_names_of_objects_are_kubernetes_own_and_unique() -> None:
    long = [".".join([letter * 60] * 4) for letter in "ab"] + [".".join(["a" * 60] * 3 + ["b" * 60])]
    names = [hosts.secret_name(host) for host in ("bank.example.com", "*.example.com", "wildcard.example.com", *long)]
    assert names[:2] == ["bank.example.com-tls", "wildcard.example.com-tls"]
    assert len(set(names)) == len(names)
    for name in names:
        assert len(name) <= 253
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", name)
