from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.errors import UsageError
from longshore.secrets.dialects.dialect import CannotCarry, CannotParse
from longshore.secrets.dialects.viper import Viper
from tests.secrets.helpers import Readers
from tests.secrets.test_gotenv import FACTS, words

VIPER = Viper()
PROGRAMS = ("gotenv1.2", "gotenv1.6", "viper")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("Simple Bank", "K='Simple Bank'"),
        ("postgresql://root:secret@h:5432/db", "K=postgresql://root:secret@h:5432/db"),
        ("", "K="),
        ("a#b", "K='a#b'"),
        ("a$HOME b", "K='a$HOME b'"),
        ("it's", "K='it's'"),
        ("a'b\\", "K=a'b\\"),
        ("a#b\\", "K='a#b\\' # ' for gotenv 1.6"),
        ("'a\\$#\\", """K="'a\\\\\\$#\\\\" # " for gotenv 1.6"""),
        (" outer ", "K=' outer '"),
        ("x\ny", 'K="x\\ny"'),
        ("a\\$b", 'K="a\\\\\\$b"'),
    ],
)
def test_the_first_style_that_both_parsers_read_back_is_written(value: str, line: str) -> None:
    assert VIPER.encode({"K": value}) == f"{line}\n"


def test_keys_are_written_in_order_under_a_heading() -> None:
    text = VIPER.encode({"B": "2", "A": "1"}, "Written by longshore")
    assert text == "# Written by longshore\nA=1\nB=2\n"
    assert VIPER.parse(text) == {"A": "1", "B": "2"}


def refused(values: dict[str, str]) -> CannotCarry:
    with pytest.raises(CannotCarry) as caught:
        VIPER.encode(values)
    return caught.value


def test_what_the_parsers_read_differently_is_refused_by_key_name_only() -> None:
    error = refused({"PEM": "x=1\ny=secret", "GOOD": "1"})
    assert error.lines() == [
        "error: viper would not read back exactly what is stored (PEM)",
        "  why: gotenv 1.2 takes what follows a line break for more of the file where the value holds =",
    ]
    assert error.code == 2


def test_keys_that_differ_only_in_case_are_refused() -> None:
    error = refused({"Key": "1", "KEY": "2", "OTHER": "3"})
    assert error.keys == ("KEY", "Key")
    assert "folds the case" in error.why


def test_a_line_longer_than_the_scanner_takes_is_refused() -> None:
    assert refused({"K": "x" * 65_536}).keys == ("K",)


def test_a_file_that_depends_on_the_reader_s_environment_is_refused() -> None:
    with pytest.raises(UsageError, match="depends on the environment") as caught:
        VIPER.parse("A=1\nK=$A\nB=$HOME/x\n")
    assert caught.value.on == "B"


def test_a_variable_of_the_same_file_is_read() -> None:
    assert VIPER.parse("USER_=u\nURL=postgres://${USER_}@h\n") == {"USER_": "u", "URL": "postgres://u@h"}


def test_a_file_that_the_versions_read_differently_is_refused_by_key_name_only() -> None:
    with pytest.raises(UsageError, match="read different values") as caught:
        VIPER.parse('K="a=secret\\nb"\n')
    assert caught.value.on == "K"
    assert "secret" not in str(caught.value)


def test_a_file_that_viper_fails_on_is_told_by_line() -> None:
    with pytest.raises(CannotParse) as caught:
        VIPER.parse("K=1\nsecret words\n")
    assert caught.value.lines() == ["error: viper can't read this file (its parser gotenv 1.2)", "  why: line 2"]


def wrong(readers: Readers, values: list[str]) -> list[object]:
    """Each value that was written and that one of the real programs reads otherwise."""
    carried: dict[str, str] = {}
    for value in values:
        if (line := VIPER.assignment("K", value)) is not None:
            carried[f"BEFORE=1\n{line}AFTER=2\n"] = value
    found: list[object] = []
    for text, program, read in readers.read(carried, *PROGRAMS):
        want = {"BEFORE": "1", "K": carried[text], "AFTER": "2"}
        if program == "viper":
            want = {key.lower(): value for key, value in want.items()}
        if read != want:
            found.append((program, text, read))
    return found


@pytest.mark.integration
def test_every_short_value_comes_back_exact_from_the_real_programs(readers: Readers) -> None:
    assert wrong(readers, list(words(2))) == []


@pytest.mark.integration
@pytest.mark.exhaustive
def test_every_value_of_three_characters_comes_back_exact_from_the_real_programs(readers: Readers) -> None:
    assert wrong(readers, list(words(3))) == []


@pytest.mark.integration
def test_the_values_of_the_facts_table_come_back_exact_from_the_real_programs(readers: Readers) -> None:
    assert wrong(readers, list(FACTS)) == []


@pytest.mark.integration
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(
        st.one_of(
            st.text(st.sampled_from("ab #$'\"\\\n=`{}HOME\t\r;&\x85\u2003"), max_size=24),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=24),
        ),
        min_size=30,
        max_size=30,
    )
)
def test_any_value_comes_back_exact_from_the_real_programs(readers: Readers, values: list[str]) -> None:
    assert wrong(readers, values) == []


@pytest.mark.integration
def test_all_short_values_in_one_file_come_back_exact(readers: Readers) -> None:
    values = {f"K{number}": word for number, word in enumerate(words(2)) if VIPER.assignment("K", word) is not None}
    text = VIPER.encode(values, "Written by longshore for viper from aws:bank/prod")
    for _, program, read in readers.read([text], "gotenv1.2", "gotenv1.6"):
        assert read == values, program


def test_only_a_line_break_beside_an_equals_sign_can_t_be_carried() -> None:
    assert [word for word in words(2) if VIPER.assignment("K", word) is None] == ["\n=", "=\n", "=\r", "\r="]
    assert all("=" in word and {"\n", "\r"} & set(word) for word in words(3) if VIPER.assignment("K", word) is None)
