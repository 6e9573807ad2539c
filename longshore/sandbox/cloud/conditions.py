"""The Condition element of a policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

Context = Mapping[str, Sequence[str]]
"""Condition keys (lower case) and their values. A key that isn't there is null."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
# `${*}` is a star and no wildcard: a character of the private use area stands for it while patterns are made.
_LITERALS = {"*": "\ue000", "?": "\ue001", "$": "$"}
_AS_THEMSELVES = str.maketrans({"*": "\ue000", "?": "\ue001"})
_BACK = str.maketrans({"\ue000": "*", "\ue001": "?"})
_SIGNS = {"*": ".*", "?": ".", "\ue000": r"\*", "\ue001": r"\?"}


class InvalidPolicy(ValueError):
    """A policy that AWS would not have accepted; the text says what is wrong with it."""


@lru_cache(maxsize=4096)
def _wildcards(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_SIGNS.get(sign, re.escape(sign)) for sign in pattern), re.DOTALL)


def like(pattern: str, value: str) -> bool:
    """Whether a pattern with `*` and `?` matches a value, case-sensitively."""
    return _wildcards(pattern).fullmatch(value) is not None


def arn_like(pattern: str, arn: str) -> bool:
    """Each of an ARN's six parts on its own: `*` doesn't reach over a colon, save in the last part. A short pattern that ends in `*` is filled up."""
    if pattern == "*":
        return True
    parts = pattern.split(":", 5)
    if len(parts) < 6 and parts[-1].endswith("*"):
        parts += ["*"] * (6 - len(parts))
    given = arn.split(":", 5)
    return len(parts) == len(given) and all(like(one, other) for one, other in zip(parts, given, strict=True))


def substitute(text: str, context: Context) -> str | None:
    """A pattern with its policy variables (`${aws:username}`) replaced; None when one has no value. `${*}`, `${?}` and `${$}` are the signs."""
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name, _, default = match[1].partition(",")
        if name in _LITERALS:
            return _LITERALS[name]
        values = context.get(name.strip().lower())
        if values:
            return values[0].translate(_AS_THEMSELVES)
        if default.strip():
            return default.strip().strip("'")
        missing = True
        return ""

    replaced = _VARIABLE.sub(value, text)
    return None if missing else replaced


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def test(wanted: str, value: str) -> bool:
        try:
            return compare(float(value), float(wanted))
        except ValueError:
            return False

    return test


def _moment(text: str) -> datetime:
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _date(compare: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    def test(wanted: str, value: str) -> bool:
        try:
            return compare(_moment(value), _moment(wanted))
        except ValueError:
            return False

    return test


def _address(wanted: str, value: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _same(wanted: str, value: str) -> bool:
    return wanted == value


def _same_folded(wanted: str, value: str) -> bool:
    return wanted.casefold() == value.casefold()


# Operator: how one wanted value is tested against one of the request's, and whether the outcome is turned round.
_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "stringequals": (_same, False),
    "stringnotequals": (_same, True),
    "stringequalsignorecase": (_same_folded, False),
    "stringnotequalsignorecase": (_same_folded, True),
    "stringlike": (like, False),
    "stringnotlike": (like, True),
    "arnequals": (arn_like, False),
    "arnnotequals": (arn_like, True),
    "arnlike": (arn_like, False),
    "arnnotlike": (arn_like, True),
    "bool": (_same_folded, False),
    "binaryequals": (_same, False),
    "ipaddress": (_address, False),
    "notipaddress": (_address, True),
    "numericequals": (_number(operator.eq), False),
    "numericnotequals": (_number(operator.eq), True),
    "numericlessthan": (_number(operator.lt), False),
    "numericlessthanequals": (_number(operator.le), False),
    "numericgreaterthan": (_number(operator.gt), False),
    "numericgreaterthanequals": (_number(operator.ge), False),
    "dateequals": (_date(operator.eq), False),
    "datenotequals": (_date(operator.eq), True),
    "datelessthan": (_date(operator.lt), False),
    "datelessthanequals": (_date(operator.le), False),
    "dategreaterthan": (_date(operator.gt), False),
    "dategreaterthanequals": (_date(operator.ge), False),
}


def holds(condition: Mapping[str, Any], context: Context, *, variables: bool = True) -> bool:
    """Whether every operator and key of a Condition element holds.

    Raises InvalidPolicy for an operator that there isn't.
    """
    return all(
        _holds(name, key, _texts(wanted), context, variables)
        for name, keys in condition.items()
        for key, wanted in keys.items()
    )


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in values]


def _holds(name: str, key: str, wanted: list[str], context: Context, variables: bool) -> bool:
    qualifier, _, rest = name.rpartition(":")
    folded = rest.lower()
    values = context.get(key.lower())
    if folded == "null":
        return (values is None) == (wanted[0].lower() == "true")
    if_exists = folded.endswith("ifexists")
    test, negated = _operator(folded.removesuffix("ifexists"), name)
    if values is None:
        # A missing key fails what wants a value and passes what forbids one; ForAllValues is true of nothing at all.
        return if_exists or qualifier.lower() == "forallvalues" or (negated and qualifier.lower() != "foranyvalue")
    patterns = [substitute(text, context) for text in wanted] if variables else list(wanted)
    usable = [
        pattern if test in (like, arn_like) else pattern.translate(_BACK) for pattern in patterns if pattern is not None
    ]

    def one(value: str) -> bool:
        return any(test(pattern, value) for pattern in usable) != negated

    match qualifier.lower():
        case "forallvalues":
            return all(one(value) for value in values)
        case "foranyvalue" | "":
            return any(one(value) for value in values)
    raise InvalidPolicy(f"there is no set operator {qualifier}")


def _operator(folded: str, name: str) -> tuple[Callable[[str, str], bool], bool]:
    try:
        return _OPERATORS[folded]
    except KeyError:
        raise InvalidPolicy(f"there is no condition operator {name}") from None
