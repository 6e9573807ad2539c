"""`--profiles` and `--expect` as text."""

from __future__ import annotations

import pytest

from longshore.cluster.verify.expectation import Expectation, profiles_of, read
from longshore.errors import UsageError


def test_profiles() -> None:
    assert profiles_of("default,github", "x") == ("default", "github")
    assert profiles_of(" a , b ,a", "x") == ("a", "b")
    assert profiles_of("", "x") == ("x",)
    assert profiles_of("", "") == ("",), "the ambient identity"
    with pytest.raises(UsageError, match="names an empty profile"):
        profiles_of("a,,b", "x")


def test_expectations() -> None:
    assert read("same", ["a", "b"]) == Expectation(True)
    assert read("view", ["a", "b"]) == Expectation(False, {"a": "view", "b": "view"})
    assert read("b=none, a=admin", ["a", "b"]) == Expectation(False, {"a": "admin", "b": "none"})
    assert str(read("b=none,a=admin", ["a", "b"])) == "a=admin, b=none"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wiev", "--expect can't be 'wiev'; did you mean view?"),
        ("a=same,b=view", "--expect can't be 'same'"),
        ("a=view", "--expect says nothing of b"),
        ("a=view,b=view,githup=none", "--expect speaks of 'githup'"),
        ("custom", "--expect can't be 'custom'"),
    ],
)
def test_what_can_not_be_expected(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(text, ["a", "b"])
    assert refused.value.what.startswith(said)
    assert refused.value.code == 2
