from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from longshore.charts import stuck
from longshore.charts.marks import RUN
from longshore.errors import Refused
from longshore.programs.helm import Helm, Release, Revision

HISTORIES = {
    "first": [Revision(1, "pending-install")],
    "second": [Revision(1, "deployed"), Revision(2, "pending-upgrade")],
    "back": [
        Revision(1, "superseded"),
        Revision(2, "failed"),
        Revision(3, "superseded"),
        Revision(4, "pending-rollback"),
    ],
}


class Told(Helm):
    """Helm with this history."""

    def history(self, name: str, namespace: str) -> list[Revision]:
        return HISTORIES[name]


HELM = Told("helm", Path("config"), Path("home"))


def release(name: str, status: str, minutes: float, **more: str) -> Release:
    updated = datetime.now(UTC) - timedelta(minutes=minutes)
    return replace(Release(name, "web", 2, status, "traefik", "41.3.0", updated), labels=more)


@pytest.mark.parametrize(
    ("name", "status", "back_to"),
    [("first", "pending-install", 0), ("second", "pending-upgrade", 1), ("back", "pending-rollback", 3), ("second", "uninstalling", 0)],
)  # fmt: skip
def test_an_old_one_goes_back_to_what_was_whole_and_else_away(name: str, status: str, back_to: int) -> None:
    found = stuck.judge(HELM, release(name, status, stuck.LONG + 1))
    assert found is not None
    assert found.back_to == back_to
    assert f"left {status} since" in str(found)
    assert "(16 minutes)" in str(found)


@pytest.mark.parametrize("minutes", [0, stuck.LONG - 1, -3])
def test_a_young_one_of_somebody_elses_is_theirs_also_where_clocks_differ(minutes: float) -> None:
    with pytest.raises(Refused, match="another Helm may be at work on the release second") as told:
        stuck.judge(HELM, release("second", "pending-upgrade", minutes))
    assert "helm rollback second --namespace web" in told.value.do[1]


def test_one_of_ours_is_nobodys_any_more() -> None:
    found = stuck.judge(HELM, replace(release("second", "pending-upgrade", 0), labels={RUN: "20261129-1"}))
    assert found is not None
    assert found.back_to == 1


@pytest.mark.parametrize("status", ["deployed", "failed", "superseded"])
def test_others_are_not_stuck(status: str) -> None:
    assert stuck.judge(HELM, release("second", status, 99)) is None
