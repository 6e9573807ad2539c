from __future__ import annotations

import base64
import re

import pytest

from longshore.errors import UsageError
from longshore.secrets.random_key import Recipe


@pytest.mark.parametrize("size", [8, 15, 16, 31, 32, 33, 64, 1024])
@pytest.mark.parametrize("encoding", ["alphanumeric", "hex", "base64", "base64url"])
def test_the_length_is_exact_and_decodes_to_the_bytes(encoding: str, size: int) -> None:
    recipe = Recipe(size, encoding)
    value = recipe.value()
    assert len(value) == recipe.length
    match encoding:
        case "alphanumeric":
            assert re.fullmatch("[A-Za-z0-9]+", value)
            decoded = value.encode()
        case "hex":
            decoded = bytes.fromhex(value)
        case "base64":
            decoded = base64.b64decode(value, validate=True)
        case _:
            assert "=" not in value
            decoded = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    assert len(decoded) == size
    assert recipe.value() != value


@pytest.mark.parametrize(
    ("recipe", "text"),
    [
        (Recipe(), "32 characters (A-Z a-z 0-9), 32 bytes as they are, 190 bits of randomness"),
        (Recipe(32, "hex"), "64 characters (hex) that decode to 32 bytes, 256 bits of randomness"),
        (Recipe(32, "base64"), "44 characters (base64) that decode to 32 bytes, 256 bits of randomness"),
        (Recipe(32, "base64url"), "43 characters (base64url) that decode to 32 bytes, 256 bits of randomness"),
    ],
)
def test_what_the_plan_says(recipe: Recipe, text: str) -> None:
    assert recipe.described == text


@pytest.mark.parametrize("size", [-1, 0, 7, 1025])
def test_a_size_that_is_none(size: int) -> None:
    with pytest.raises(UsageError) as caught:
        Recipe(size)
    assert caught.value.lines() == [
        f"error: --bytes can't be {size}",
        "  why: it is 8 to 1024",
        "  next: inv secrets.generate --help",
    ]
