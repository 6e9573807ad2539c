"""Where pods run nothing, and what is said of it."""

from __future__ import annotations

from pathlib import Path

from longshore.cluster.simulated import not_checked
from longshore.environments.load import load


def test_only_the_sandboxs_pods_run_nothing(project: Path) -> None:
    assert not_checked(load(project, "prod", variables={})) == ""
    assert not_checked(load(project, "sandbox", variables={})) == "not checked: pods are simulated"
