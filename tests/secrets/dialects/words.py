"""Values and keys that are hard to write."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from hypothesis import strategies as st

HARD = "a #$'\"\\\n=`é\r"
FACTS = (
    "Simple Bank", "a#b", "a #b", "#ab", "a$HOME b", "p$ss1", "p$1x", "${HOME}", "a'b", 'a"b', "a\\b", "\\n", "ab\\", "x\ny", "a=b==", "",
    "ünï", " outer ", "`id`", "$(id)", "postgresql://u:p@h:5432/db?a=1&x=1", "x\nLD_PRELOAD=/evil.so", "a\r\nb=c",
)  # fmt: skip
"""The rows of the table of what parsers do."""

MORE = (
    "${A:-b}", "$${A}", "\\${A}", "{{A}}", "%n %s %%", "!!", "a!b", "~", "~/x", "*", "a;b", "a&b", "a|b", "<<EOF", "a<<b", "[a]", "export A=1",
    "\ufeffa", "a\ufeff", "\x85", "a\x85b", "\xa0a\xa0", "\u2028", "a\u2029'", "\t", "a\tb\t", "\x01", "\x7f", "\x1b[0m", "\u202e", "🔑", "\n", "\n\n",
    "\r", "a\r", "\r\n", "a\n", "\na", "'\n'", '"\n"', "'''", '"""', "```", "'\"`", "'\"`\\", "\\'", '\\"', "\\`", "\\\\", "\\\\n", "\\r", "\\t", "\\$",
    "' #", "'#'", "a' # b", 'a" # b', "-----BEGIN KEY-----\nMIIB=\n-----END KEY-----\n", '{"a": "b\\n", "c": [1, \'2\']}', "#", "# a", ";a", "=", "==a", ":",
)  # fmt: skip
KEYS = ("A", "_", "_A1", "a", "export", "Export_", "K__", "A" * 253)


def words(longest: int) -> Iterator[str]:
    """Every string of up to this many of the hard characters."""
    for length in range(longest + 1):
        yield from ("".join(word) for word in itertools.product(HARD, repeat=length))


values = st.one_of(
    st.text(st.sampled_from("ab #$'\"\\\n=`{}HOME_\t\r;&:-!()<~\x85\u2003\u2028"), max_size=24),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=24),
    st.builds(
        lambda line, times: line * times, st.text(st.sampled_from("a '\"\\$#`é"), max_size=8), st.integers(1, 800)
    ),
)
"""Texts of hard characters, of any, and long ones."""
