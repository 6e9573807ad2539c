"""What is written for a dialect is read back exactly by the real parsers: not one value comes back different from what went in."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.secrets import dialects
from longshore.secrets.dialects.dialect import CannotCarry, heading
from tests.secrets.dialects.conftest import Real
from tests.secrets.dialects.real import REAL_KUBECTL
from tests.secrets.dialects.words import FACTS, KEYS, MORE, values, words

pytestmark = pytest.mark.integration


def test_every_short_value(real: Real) -> None:
    assert real.wrong(list(words(2))) == []


@pytest.mark.exhaustive
def test_every_value_of_three_characters(real: Real) -> None:
    assert real.wrong(list(words(3))) == []


def test_the_values_of_the_facts_and_more(real: Real) -> None:
    assert real.wrong([*FACTS, *MORE]) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(values, min_size=30, max_size=30))
def test_any_value(real: Real, values: list[str]) -> None:
    assert real.wrong(values) == []


def carried(real: Real, found: list[str]) -> dict[str, str]:
    return {
        f"K{number}": value for number, value in enumerate(found) if real.dialect.assignment("K", value) is not None
    }


def test_all_of_them_in_one_file_with_a_heading(real: Real) -> None:
    values = carried(real, [*words(2), *FACTS, *MORE])
    assert real.read([real.dialect.encode(values, heading(real.dialect.name, "aws:bank/a=b"))]) == [values]


def test_a_secret_near_the_limit_of_64_kib(real: Real) -> None:
    values = {f"KEY_{number:03}": f'{number} it\'s #{number} $x "y" '.ljust(110, "é") for number in range(500)}
    if real.dialect.name in ("node", "viper"):  # no style holds all of them
        values = {key: value.replace("'", "") for key, value in values.items()}
    assert real.read([real.dialect.encode(values, heading(real.dialect.name, "aws:bank/a=b"))]) == [values]


def test_one_value_of_nearly_64_kib(real: Real) -> None:
    values = {"K": "x" * 60_000, "L": "1"}
    assert real.read([real.dialect.encode(values)]) == [values]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_that_is_not_refused(real: Real, key: str) -> None:
    try:
        text = real.dialect.encode({key: "x #y", "Z": "1"})
    except CannotCarry as refused:
        assert refused.keys == (key,)
    else:
        assert real.read([text]) == [{key: "x #y", "Z": "1"}]


@pytest.mark.exhaustive
def test_kubectl_itself(tmp_path_factory: pytest.TempPathFactory) -> None:
    real = Real(dialects.find("kubectl"), "kubectl", REAL_KUBECTL(tmp_path_factory.mktemp("kubectl")))
    assert real.wrong([*words(3), *FACTS, *MORE]) == []
    test_all_of_them_in_one_file_with_a_heading(real)
    test_a_secret_near_the_limit_of_64_kib(real)
    test_one_value_of_nearly_64_kib(real)
    for key in KEYS:
        test_every_key_that_is_not_refused(real, key)
