from __future__ import annotations

from longshore.secrets.json_object import Literal, dump
from longshore.secrets.wish import Wish, changes

STORED = {"B": "1", "PORT": Literal("5432"), "A": "2"}


def test_keys_are_added_and_changed_and_the_others_stay() -> None:
    wanted = Wish({"A": "3", "C": "4"}).applied(STORED)
    assert list(wanted.items()) == [("B", "1"), ("PORT", "5432"), ("A", "3"), ("C", "4")]
    assert changes(STORED, wanted) == ["add C", "change A"]


def test_prune_removes_what_is_not_given() -> None:
    wanted = Wish({"A": "2", "C": "4"}, prune=True).applied(STORED)
    assert wanted == {"A": "2", "C": "4"}
    assert changes(STORED, wanted) == ["add C", "remove B", "remove PORT"]


def test_without_removes_and_an_absent_key_is_gone_already() -> None:
    wanted = Wish(without=("B", "NOPE")).applied(STORED)
    assert changes(STORED, wanted) == ["remove B"]
    assert changes(STORED, Wish(without=("NOPE",)).applied(STORED)) == []


def test_a_number_that_stays_stays_a_number() -> None:
    wanted = Wish({"PORT": "5432", "A": "x"}).applied(STORED)
    assert dump(wanted) == '{"B": "1", "PORT": 5432, "A": "x"}'


def test_values_are_in_no_repr() -> None:
    assert "canary" not in repr(Wish({"A": "canary"}))
