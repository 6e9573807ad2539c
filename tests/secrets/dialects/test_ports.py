"""Our ports of the parsers read as the parsers do, also what longshore would never write."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.secrets.dialects import bash, compose, godotenv, kvfile, node_dotenv, python_dotenv, systemd
from longshore.secrets.dialects.styled import OUTSIDE
from longshore.secrets.dialects.unparsable import Unparsable
from tests.secrets.dialects.conftest import Real
from tests.secrets.dialects.words import FACTS, MORE, values, words

PORTS: Mapping[tuple[str, str], Callable[[str], dict[str, str]]] = {
    ("godotenv", "godotenv"): godotenv.parse,
    ("docker", "kvfile"): kvfile.parse_docker,
    ("compose", "compose-go"): compose.parse,
    ("systemd", "systemd"): lambda text: systemd.parse(text, comments_go_on=True),
    ("bash", "bash"): bash.parse,
    ("bash", "dash"): bash.parse,
    ("node", "dotenv16"): node_dotenv.parse_npm,
    ("node", "dotenv18"): node_dotenv.parse_npm,
    ("python", "python-dotenv"): lambda text: python_dotenv.parse(text, python_dotenv.SINCE_1_2_3),
    ("python", "python-dotenv 1.2.2"): lambda text: python_dotenv.parse(text, python_dotenv.UP_TO_1_2_2),
}
"""By dialect and real parser. util.parseEnv is another one in nearly every minor version of Node: see test_dialects.py."""

pytestmark = [pytest.mark.integration, pytest.mark.parametrize("real", PORTS, indirect=True, ids=" ".join)]


def styles(value: str) -> list[str]:
    """The value inserted naively in each style, as a file; and as a line of its own."""
    return [
        f"K={value}\n", f'K="{value}"\n', f"K='{value}'\n", f"K=`{value}`\n", f"K: {value}\n", f"A=x\nK={value}", f"{value}\n",
        f"export K={value}\nB=${{K}}", f"K='{value}'\nB='#'\n", f"#{value}\nB=1\n",
    ]  # fmt: skip


def disagreements(real: Real, texts: list[str]) -> list[object]:
    port = PORTS[real.dialect.name, real.parser]
    ours = {text: ported(port, text) for text in texts}
    if real.dialect.name == "bash":
        # A shell would run what is no assignment.
        ours = {text: values for text, values in ours.items() if values is not None}
    # What depends on the environment is looked at no further.
    known = [text for text, values in ours.items() if not any(OUTSIDE in value for value in (values or {}).values())]
    return [(text, read, ours[text]) for text, read in zip(known, real.read(known), strict=True) if read != ours[text]]


def ported(port: Callable[[str], dict[str, str]], text: str) -> dict[str, str] | None:
    try:
        return port(text)
    except Unparsable:
        return None


def test_every_short_value_in_every_style(real: Real) -> None:
    assert disagreements(real, [text for word in words(2) for text in styles(word)]) == []


def test_the_values_of_the_facts_and_more_in_every_style(real: Real) -> None:
    assert disagreements(real, [text for value in (*FACTS, *MORE) for text in styles(value)]) == []


@pytest.mark.exhaustive
def test_every_value_of_three_characters_in_every_style(real: Real) -> None:
    assert disagreements(real, [text for word in words(3) for text in styles(word)]) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(st.lists(values, max_size=4).map("\nK=".join), min_size=50, max_size=50))
def test_any_file(real: Real, files: list[str]) -> None:
    assert disagreements(real, files) == []
