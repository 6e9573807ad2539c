from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from longshore.errors import UsageError
from longshore.process.redaction import MASK, redact
from longshore.sandbox import kept
from longshore.sandbox.layout import Layout


def test_made_once_and_kept_private(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert kept.load(layout) is None
    made = kept.load_or_make(layout)
    made.ports["aws"] = 4711
    kept.save(layout, made)
    assert kept.load_or_make(layout) == made
    assert stat.S_IMODE(layout.kept.stat().st_mode) == 0o600


def test_they_look_like_what_they_play(tmp_path: Path) -> None:
    made = kept.load_or_make(Layout(tmp_path))
    assert list(made.keys) == ["default", "github", "developer", "tester"]
    assert len({key.id for key in made.keys.values()}) == 4
    for key in made.keys.values():
        assert re.fullmatch(r"AKIA[A-Z2-7]{16}", key.id)
        assert re.fullmatch(r"[A-Za-z0-9+/]{40}", key.secret)
    assert set("@:/#%?&'\" ") <= set(made.application_password)
    assert re.fullmatch(r"[A-Za-z0-9]{32}", made.token_symmetric_key)


def test_no_secret_in_a_representation_and_all_are_redacted(tmp_path: Path) -> None:
    made = kept.load_or_make(Layout(tmp_path))
    values = [
        made.administrator_password, made.application_password, made.token_symmetric_key, made.faults_token,
        *(key.secret for key in made.keys.values()),
    ]  # fmt: skip
    for value in values:
        assert value not in repr(made)
        assert redact(f"x {value} y") == f"x {MASK} y"


@pytest.mark.parametrize("text", ["", "{}", '{"keys": {"default": {"id": "x"}}}', "[]"])
def test_a_damaged_file_is_named_with_the_way_out(tmp_path: Path, text: str) -> None:
    layout = Layout(tmp_path)
    layout.kept.write_text(text)
    with pytest.raises(UsageError) as caught:
        kept.load(layout)
    assert caught.value.lines() == [
        f"error: the sandbox's keys can't be read ({layout.kept})",
        "  next: inv sandbox.reset",
    ]
