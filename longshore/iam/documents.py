"""Policy documents: made from the templates of this package, and compared by what they say, not by how they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from longshore.iam.entities import Document

PLACEHOLDER = re.compile(r"<([a-z-]+)>")
LARGEST = 6144
"""Characters of a managed policy, without white space (IAM User Guide, quotas)."""
LISTS = ("Action", "NotAction", "Resource", "NotResource")


def render(template: str, values: Mapping[str, str]) -> Document:
    """The document of `policies/TEMPLATE.json`, with its `<placeholders>` filled in.

    A resource whose placeholder has no value (the environment has no cluster) is left out, and with it a statement that has no other.
    """
    text = files("longshore.iam").joinpath("policies", f"{template}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    statements = (_filled(statement, values) for statement in document["Statement"])
    return document | {"Statement": [one for one in statements if one.get("Resource") != []]}


def _filled(part: Any, values: Mapping[str, str]) -> Any:
    match part:
        case str():
            return PLACEHOLDER.sub(lambda found: values[found[1]], part)
        case list():
            return [_filled(one, values) for one in part if _has_values(one, values)]
        case dict():
            return {key: _filled(_listed(key, value), values) for key, value in part.items()}
    return part


def _listed(key: str, value: Any) -> Any:
    return [value] if key == "Resource" and isinstance(value, str) else value


def _has_values(part: Any, values: Mapping[str, str]) -> bool:
    return not isinstance(part, str) or all(values[name] for name in PLACEHOLDER.findall(part))


def dump(document: Document) -> str:
    """As it is sent to IAM."""
    return json.dumps(document, separators=(",", ":"))


def size(document: Document) -> int:
    """How much of LARGEST it takes."""
    return len("".join(dump(document).split()))


def differences(now: Document, wished: Document) -> list[str]:
    """What would change, a line for each statement; none where the two say the same."""
    before, after = dict(_statements(now)), dict(_statements(wished))
    lines = [f"+ {name}: {_described(after[name])}" for name in after if name not in before]
    lines += [f"- {name}: {_described(before[name])}" for name in before if name not in after]
    for name in after:
        if name in before and (changed := _changed(before[name], after[name])):
            lines.append(f"~ {name}: {', '.join(changed)}")
    return lines


def _statements(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """The statements, by their Sid (else their number), as `_plain` writes them. Several of one Sid are numbered, too."""
    found = document.get("Statement", [])
    seen: set[str] = set()
    for number, statement in enumerate(found if isinstance(found, list) else [found], start=1):
        name = str(statement.get("Sid") or f"statement {number}")
        if name in seen:
            name = f"{name} ({number})"
        seen.add(name)
        yield name, _plain(statement)


def _plain(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as sorted sets, actions in lower case: IAM reads `S3:GetObject` and `s3:getobject` as one."""
    plain = {key: value for key, value in statement.items() if key != "Sid"}
    for key in LISTS:
        if key in plain:
            plain[key] = tuple(sorted(set(_list(plain[key]))))
    for key in ("Condition", "Principal", "NotPrincipal"):
        if key in plain:
            plain[key] = _sorted(plain[key])
    return plain


def _sorted(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _sorted(value) for key, value in sorted(part.items())}
    return tuple(sorted({str(one) for one in _list(part)}))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    changed = []
    for key in dict.fromkeys([*after, *before]):
        now, then = before.get(key), after.get(key)
        if key in LISTS:
            folded = key in ("Action", "NotAction")
            changed += [f"+ {one}" for one in _without(then or (), now or (), folded=folded)]
            changed += [f"- {one}" for one in _without(now or (), then or (), folded=folded)]
        elif now != then:
            changed.append(f"{key} {_text(now)} becomes {_text(then)}")
    return changed


def _without(these: tuple[str, ...], those: tuple[str, ...], *, folded: bool) -> list[str]:
    known = {one.lower() if folded else one for one in those}
    return [one for one in these if (one.lower() if folded else one) not in known]


def _text(value: Any) -> str:
    return "nothing" if value is None else value if isinstance(value, str) else json.dumps(value)


def _described(statement: Mapping[str, Any]) -> str:
    actions = statement.get("Action") or statement.get("NotAction") or ()
    inverted = "everything but " if "NotAction" in statement else ""
    on = statement.get("Resource") or statement.get("NotResource") or ()
    where = f" on {', '.join(on)}" if on else ""
    condition = f" if {_text(statement['Condition'])}" if "Condition" in statement else ""
    return f"{statement.get('Effect', '?')} {inverted}{', '.join(actions)}{where}{condition}"
