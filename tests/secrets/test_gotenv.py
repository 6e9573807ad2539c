from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.secrets.dialects.go_text import LONGEST_LINE
from longshore.secrets.dialects.gotenv import Parse, parse_1_2, parse_1_6
from longshore.secrets.dialects.unparsable import Unparsable
from tests.secrets.helpers import Readers

PORTS: Mapping[str, Parse] = {"gotenv1.2": parse_1_2, "gotenv1.6": parse_1_6}
HARD = "a #$'\"\\\n=`é\r"
FACTS = (
    "Simple Bank", "a#b", "a #b", "#ab", "a$HOME b", "p$ss1", "p$1x", "${HOME}", "a'b", 'a"b', "a\\b", "\\n", "ab\\", "x\ny", "a=b==", "",
    "ünï", " outer ", "`id`", "$(id)", "postgresql://u:p@h:5432/db?a=1&x=1", "x\nLD_PRELOAD=/evil.so", "a\r\nb=c",
)  # fmt: skip


def styles(value: str) -> list[str]:
    """The value inserted naively in each style, as a file; and as a line of its own."""
    return [
        f"K={value}\n",
        f'K="{value}"\n',
        f"K='{value}'\n",
        f"K: {value}\n",
        f"A=x\nK={value}",
        f"{value}\n",
        f"export K={value}\nB=${{K}}",
    ]


def disagreements(readers: Readers, texts: Iterable[str]) -> list[object]:
    found: list[object] = []
    for text, parser, real in readers.read(texts, *PORTS):
        try:
            ours: dict[str, str] | None = PORTS[parser](text, {"HOME": "/h"})
        except Unparsable:
            ours = None
        if ours != real:
            found.append((parser, text, real, ours))
    return found


def words(longest: int) -> Iterable[str]:
    return ("".join(word) for length in range(longest + 1) for word in itertools.product(HARD, repeat=length))


@pytest.mark.integration
def test_every_short_value_in_every_style_is_read_as_gotenv_reads_it(readers: Readers) -> None:
    assert disagreements(readers, [text for word in words(2) for text in styles(word)]) == []


@pytest.mark.integration
@pytest.mark.exhaustive
def test_every_value_of_three_characters_is_read_as_gotenv_reads_it(readers: Readers) -> None:
    assert disagreements(readers, [text for word in words(3) for text in styles(word)]) == []


@pytest.mark.integration
def test_the_values_of_the_facts_table_are_read_as_gotenv_reads_them(readers: Readers) -> None:
    assert disagreements(readers, [text for value in FACTS for text in styles(value)]) == []


@pytest.mark.integration
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(
        st.lists(
            st.one_of(
                st.sampled_from(
                    [
                        "K",
                        "A",
                        "export",
                        "export ",
                        "=",
                        ":",
                        ": ",
                        "\n",
                        "\r\n",
                        "#",
                        "'",
                        '"',
                        "\\",
                        "\\n",
                        "$A",
                        "${K}",
                    ]
                ),
                st.sampled_from(
                    [
                        "\t",
                        "\v",
                        "\f",
                        " ",
                        "\xa0",
                        "\u2003",
                        "\x1c",
                        ".",
                        "{",
                        "}",
                        "$",
                        "\ufeff",
                        "x",
                        "1",
                        "é",
                    ]
                ),
            ),
            max_size=14,
        ).map("".join),
        min_size=40,
        max_size=40,
    )
)
def test_arbitrary_files_are_read_as_gotenv_reads_them(readers: Readers, files: list[str]) -> None:
    assert disagreements(readers, files) == []


@pytest.mark.integration
def test_lines_at_the_scanner_s_limit_are_read_as_gotenv_reads_them(readers: Readers) -> None:
    def line(length: int) -> str:
        return "K=" + "x" * (length - 2)

    sizes = (LONGEST_LINE - 2, LONGEST_LINE - 1, LONGEST_LINE, LONGEST_LINE + 1)
    texts = [f"A=1\n{line(size)}{end}" for size in sizes for end in ("", "\n", "\r\n", "\nB=2\n")]
    assert disagreements(readers, texts) == []


def test_1_2_takes_what_follows_a_line_break_for_a_line() -> None:
    assert parse_1_2('K="a=b\\nLD_PRELOAD=/evil.so"\n', {}) == {"K": "a=b", "LD_PRELOAD": "/evil.so"}
    assert parse_1_6('K="a=b\\nLD_PRELOAD=/evil.so"\n', {}) == {"K": "a=b\nLD_PRELOAD=/evil.so"}


def test_what_gotenv_fails_on_is_told_by_line_and_never_by_text() -> None:
    for parse in PORTS.values():
        with pytest.raises(Unparsable) as caught:
            parse("A=1\nnot an assignment\n", {})
        assert str(caught.value) == "line 2"
    with pytest.raises(Unparsable, match=r"^line 2: a quote that is never closed$"):
        parse_1_6("A=1\nK='open\nB=2\n", {})


def test_a_long_value_full_of_blanks_and_quotes_is_matched_in_linear_time() -> None:
    # A backtracking engine would need hours for this.
    assert parse_1_2("K='" + "' " * 15_000 + "x\n", {})["K"].startswith("'")
