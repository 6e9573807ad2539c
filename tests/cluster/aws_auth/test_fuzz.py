"""2,000 documents and more: what is there and can be read is there after a grant and a revocation; what can't be read is refused and left as it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from longshore.cluster.aws_auth.arn import canonical, kind_of
from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping, field_of
from longshore.cluster.aws_auth.section import Section
from longshore.errors import LongshoreError, Refused, UsageError
from tests.cluster.aws_auth.generate import ACCOUNT, GROUPS, ROLES, USERNAMES, USERS, document, soup

ALWAYS = 2000
NEW = {"user": f"arn:aws:iam::{ACCOUNT}:user/new.one", "role": f"arn:aws:iam::{ACCOUNT}:role/new-one"}
FOR_PEOPLE = [group for group in GROUPS if group not in ("system:nodes", "system:bootstrappers")]
FAILED_ONCE: tuple[int, ...] = ()
"""Seeds that have found a fault."""


def wish(rng: Random) -> Mapping:
    kind = rng.choice(["user", "role"])
    arn = rng.choice([NEW[kind], *(USERS if kind == "user" else ROLES)])
    groups = tuple(dict.fromkeys(rng.choice(FOR_PEOPLE) for _ in range(rng.choice([0, 1, 1, 2, 3]))))
    return Mapping(
        "user" if kind == "user" else "role",
        arn,
        rng.choice([name for name in USERNAMES if "system:" not in name]),
        groups,
    )


def others(section: Section, principal: str) -> list[str]:
    """All that is in a list about others, unknown keys too."""
    pairs = zip(section.values, section.mappings, strict=True)
    return [json.dumps(value, sort_keys=True) for value, mapping in pairs if mapping.principal != principal]


def unknown(section: Section, arn: str) -> str:
    """The unknown keys of the mapping that counts, as JSON: the last with this very ARN, else the last that is meant for its principal."""
    pairs = list(zip(section.values, section.mappings, strict=True))
    exact = [value for value, mapping in pairs if mapping.arn.lower() == arn.lower()]
    mine = exact or [value for value, mapping in pairs if mapping.principal == canonical(arn)]
    value = mine[-1] if mine else {}
    assert isinstance(value, dict)
    return json.dumps({key: value[key] for key in value if not field_of(key, section.kind)}, sort_keys=True)


def inserted(before: str, after: str) -> bool:
    """Whether `after` is `before` with one text put into it."""
    start = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    return len(after) >= len(before) and any(
        after.endswith(before[at:]) and after.startswith(before[:at]) for at in range(start, -1, -1)
    )


def subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(character in rest for character in short)


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    entangled: list[int] = field(default_factory=list)


def attempt(
    change: Callable[[], Document], before: Document, kind: str, principal: str, seed: int, tally: Tally
) -> Document | None:
    """The changed document; None where it was rightly refused."""
    kept = before.data
    try:
        return change()
    except Refused:
        assert any(mapping.is_node and mapping.principal == principal for mapping in before.effective)
        tally.counts["nodes"] += 1
    except UsageError as error:
        lost = [section for section in before.sections if section.lost]
        if "can't be read" in error.what:
            assert (lost and f"{lost[0].key} line" in str(error)) or len(lost) == 2
            assert any(section.kind == kind or principal.rpartition("/")[2] in section.text.lower() for section in lost)
            tally.counts["unreadable"] += 1
        else:
            assert "without touching something else" in error.what and error.why
            tally.counts["entangled"] += 1
            tally.entangled.append(seed)
        assert 2 <= len(error.lines()) <= 5
    assert before.data == kept
    return None


def unchanged_elsewhere(before: Document, after: Document, principal: str) -> None:
    for old, new in zip(before.sections, after.sections, strict=True):
        assert others(old, principal) == others(new, principal)
        if old.lost:
            assert new.text == old.text
    touched = {
        section.key for section, new in zip(before.sections, after.sections, strict=True) if section.text != new.text
    }
    assert {key: text for key, text in before.data.items() if key not in touched} == {
        key: text for key, text in after.data.items() if key not in touched
    }
    assert Document.parse(after.data) == Document.parse(dict(after.data))


def check_grant(seed: int, tally: Tally) -> None:
    rng = Random(seed + 1_000_000)
    before, wished = Document.parse(document(seed)), wish(rng)
    principal = canonical(wished.arn)
    after = attempt(lambda: before.granted(wished), before, wished.kind, principal, seed, tally)
    if after is None:
        return
    tally.counts["granted"] += 1
    unchanged_elsewhere(before, after, principal)
    (mine,) = after.of(wished.arn)
    assert mine.same_access(wished) and mine.kind == wished.kind and mine.arn.lower() == wished.arn.lower()
    assert mine in after.effective
    assert after.granted(wished) is after
    read_again = Document.parse(after.data)
    assert read_again.mappings == after.mappings
    old = next(section for section in before.sections if section.kind == wished.kind)
    new = next(section for section in after.sections if section.kind == wished.kind)
    assert unknown(new, wished.arn) == unknown(old, wished.arn)
    if not before.of(wished.arn):
        if old.values:
            assert inserted(old.text, new.text)
        back = attempt(lambda: after.revoked(wished.arn), after, wished.kind, principal, seed, tally)
        if back is None:
            return
        assert back.of(wished.arn) == ()
        if old.values or (old.root is None and old.text.strip().startswith("#")):
            assert back.data == before.data


def check_revocation(seed: int, tally: Tally) -> None:
    before = Document.parse(document(seed))
    rng = Random(seed + 2_000_000)
    arns = sorted({mapping.arn for mapping in before.mappings if mapping.arn})
    arn = rng.choice(arns) if arns else NEW["user"]
    principal = canonical(arn)
    kind = kind_of(principal)
    after = attempt(lambda: before.revoked(arn), before, kind, principal, seed, tally)
    if after is None:
        return
    tally.counts["revoked"] += 1
    unchanged_elsewhere(before, after, principal)
    assert after.of(arn) == ()
    assert after.revoked(arn) is after
    for old, new in zip(before.sections, after.sections, strict=True):
        if others(old, principal) and "*" not in old.text:
            assert subsequence(new.text, old.text)


def run(seeds: range | tuple[int, ...]) -> Tally:
    tally = Tally()
    for seed in seeds:
        for check in (check_grant, check_revocation):
            try:
                check(seed, tally)
            except (AssertionError, LongshoreError, ValueError, IndexError) as error:
                raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}\n{document(seed)}") from error
    return tally


def test_2000_documents() -> None:
    counts = run(range(ALWAYS)).counts
    assert counts["granted"] > ALWAYS * 0.75
    assert counts["revoked"] > ALWAYS * 0.7
    assert counts["unreadable"] > 50
    assert counts["nodes"] > 20
    assert counts["entangled"] < ALWAYS * 0.02


def test_documents_that_have_found_a_fault() -> None:
    run(FAILED_ONCE)


def check_soup(seed: int, tally: Tally) -> None:
    before = Document.parse({"mapRoles": "", "mapUsers": soup(seed)})
    mapping = Mapping("user", USERS[0], "ana", ("a", "b"))
    after = attempt(lambda: before.granted(mapping), before, "user", canonical(mapping.arn), seed, tally)
    if after is None:
        return
    tally.counts["granted"] += 1
    unchanged_elsewhere(before, after, canonical(mapping.arn))
    assert after.of(mapping.arn) == (mapping,)
    back = attempt(lambda: after.revoked(mapping.arn), after, "user", canonical(mapping.arn), seed, tally)
    if back is not None:
        unchanged_elsewhere(after, back, canonical(mapping.arn))
        assert back.of(mapping.arn) == ()


def test_2000_texts_of_yaml_pieces() -> None:
    tally = Tally()
    for seed in range(ALWAYS):
        check_soup(seed, tally)
    assert tally.counts["granted"] > 100
    assert tally.counts["unreadable"] > ALWAYS * 0.75


@pytest.mark.exhaustive
def test_20000_more() -> None:
    counts = run(range(ALWAYS, ALWAYS + 20_000)).counts
    assert counts["entangled"] < 20_000 * 0.02
