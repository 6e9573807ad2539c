from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest

from longshore.cli.flags import Flag, flags_of
from longshore.errors import UsageError
from tests.command import Inv


def body(
    run: object,
    *,
    name: Annotated[str, "the name"],
    to: Annotated[int | None, "a number"] = None,
    size: Annotated[Literal["small", "large"], "the size"] = "small",
    dry_run: Annotated[bool, "only look"] = False,
    only: Annotated[list[str], "several"] = (),  # type: ignore[assignment]
) -> None: ...


FLAGS = {flag.name: flag for flag in flags_of(body)}


def test_a_signature_is_flags() -> None:
    assert {
        "name": Flag("name", str, "the name", None, True),
        "to": Flag("to", int, "a number"),
        "size": Flag("size", str, "the size", "small", False, ("small", "large")),
        "dry_run": Flag("dry_run", bool, "only look", False),
        "only": Flag("only", list, "several", ()),
    } == FLAGS
    assert FLAGS["dry_run"].dashed == "--dry-run"


@pytest.mark.parametrize(
    ("flag", "text", "value"),
    [
        ("name", "x", "x"),
        ("name", "", ""),
        ("name", "-x", "-x"),
        ("to", None, None),
        ("to", "0", 0),
        ("to", "-1", -1),
        ("to", "000012", 12),
        ("to", 3, 3),
        ("size", None, "small"),
        ("size", "large", "large"),
        ("dry_run", True, True),
        ("dry_run", None, False),
        ("only", [], ()),
        ("only", ["a", "b"], ["a", "b"]),
    ],
)
def test_good_values(flag: str, text: Any, value: Any) -> None:
    assert FLAGS[flag].value(text, "t.make") == value


@pytest.mark.parametrize(
    ("flag", "text", "lines"),
    [
        ("name", None, ["error: --name is missing (t.make)", "  why: the name", "  next: inv t.make --help"]),
        ("to", "abc", ["error: --to can't be 'abc' (t.make)", "  why: it is a whole number"]),
        ("to", "", ["error: --to can't be '' (t.make)", "  why: it is a whole number"]),
        ("to", "1_0", ["error: --to can't be '1_0' (t.make)", "  why: it is a whole number"]),
        ("to", "1.5", ["error: --to can't be '1.5' (t.make)", "  why: it is a whole number"]),
        ("to", "٣", ["error: --to can't be '٣' (t.make)", "  why: it is a whole number"]),
        ("to", "--plan", ["error: --to has no value (t.make)", "  why: --plan follows it, which is a flag"]),
        ("name", "--plan", ["error: --name has no value (t.make)", "  why: --plan follows it, which is a flag"]),
        ("only", ["a", "--env"], ["error: --only has no value (t.make)", "  why: --env follows it, which is a flag"]),
        (
            "size",
            "smal",
            ["error: --size can't be 'smal'; did you mean small? (t.make)", "  why: it is one of small, large"],
        ),
    ],
)
def test_wrong_values(flag: str, text: Any, lines: list[str]) -> None:
    with pytest.raises(UsageError) as raised:
        FLAGS[flag].value(text, "t.make")
    assert raised.value.lines() == lines


def test_a_positional_is_refused(sample: Inv) -> None:
    result = sample("t.read", "x").check(1)
    assert result.stderr == "No idea what 'x' is!\n"
    assert sample("t.read", "--nmae", "x").check(1).stderr == "No idea what '--nmae' is!\n"


def test_a_flag_of_the_task_is_not_swallowed(sample: Inv) -> None:
    result = sample("t.make", "--file", "--plan").check(1)
    assert result.stderr == "Flag <Argument: file> needed value and was not given one!\n"
    assert not (sample.project / "--plan").exists()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["t.read"], "error: --name is missing (t.read)"),
        (["t.make", "--to", "abc"], "error: --to can't be 'abc' (t.make)"),
        (["t.make", "--how", "fials"], "error: --how can't be 'fials'; did you mean fails? (t.make)"),
        (["t.make", "--env", "--help"], "error: --env has no value (t.make)"),
        (["t.make", "--file", "--dry"], "error: --file has no value (t.make)"),
        (["t.make", "--env", "prd"], "error: there is no environment 'prd'; did you mean prod? (--env)"),
        (
            ["t.make", "--env", "../env/prod"],
            "error: there is no environment '../env/prod'; did you mean prod? (--env)",
        ),
        (["t.make", "--env", ""], "error: there is no environment '' (--env)"),
        (["t.make", "--wait", "soon"], "error: --wait can't be 'soon' (t.make)"),
    ],
)
def test_wrong_usage_is_exit_2_and_touches_nothing(sample: Inv, words: list[str], first: str) -> None:
    result = sample(*words).check(2)
    assert result.stderr.splitlines()[0] == first
    assert result.stdout == ""
    assert not (sample.project / "made").exists()
    assert not (sample.project / ".longshore").exists()


def test_every_kind_arrives(sample: Inv) -> None:
    words = ["--to", "0", "--file", "a b", "--force-it", "--only", "x", "--only", "y"]
    sample("t.make", *words).check()
    assert (sample.project / "a b").exists()
    (journal,) = (sample.project / ".longshore" / "runs").iterdir()
    assert (
        '"arguments": {"how": "", "to": 0, "file": "a b", "force_it": true, "only": ["x", "y"]}' in journal.read_text()
    )
