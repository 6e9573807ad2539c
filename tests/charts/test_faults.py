"""Charts and values with mistakes, a registry that is away, and releases that a killed Helm left half-way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charts.yard import HOOK, Yard
from tests.charts.yard import yard as yard
from tests.command import until
from tests.running import told

pytestmark = pytest.mark.integration

NO_PATIENCE = """
import sys
from longshore.charts import stuck
stuck.LONG = 0
from invoke.main import program
program.run(["inv", *sys.argv[1:]])
"""


def test_mistakes_are_told_with_their_place_and_nothing_is_touched(yard: Yard) -> None:
    mark = yard.live.api_mark()
    yard.values.write_text("providers: {kubernetesIngressNginx: {enabled: true}}\n")
    lines = told(yard.install(), 2, "chart traefik refuses these values, nothing was touched (k8s/charts/traefik.yaml)")
    assert "additional properties 'kubernetesIngressNginx' not allowed" in lines[1]
    yard.values.unlink()
    chart = yard.chart(more="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Values.nothing.at.all }}}\n")
    lines = told(yard.install("--chart", str(chart)), 2, "chart traefik can't be rendered, nothing was touched")
    assert "templates/more.yaml:3" in lines[1]
    yard.chart(more="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndatta: {}\n")
    lines = told(yard.install("--chart", str(chart)), 2, "the cluster refuses an object of chart traefik")
    assert ".datta: field not declared in schema" in lines[1]
    told(yard.install("--chart", str(yard.chart("nginx-ingress"))), 2, "this is the chart nginx-ingress, not traefik")
    assert yard.live.api_writes(mark) == []


def test_an_upgrade_that_was_killed_is_mended_by_the_next_one(yard: Yard) -> None:
    yard.install().check()
    slow = yard.chart(hook=HOOK)
    running = yard.live.inv.begin("ingress.install", "--chart", str(slow))
    try:
        yard.becomes("pending-upgrade")
        yard.kill_helms()
        result = running.end()
    finally:
        running.kill()
    told(result, 1, "could not install traefik", "inv runs.resume")
    assert yard.history() == {1: "deployed", 2: "pending-upgrade"}
    # Known for our own: nobody has to wait.
    said = yard.install().check().stderr
    assert "was left pending-upgrade" in said
    assert "go back to its revision 1" in said
    assert yard.history()[max(yard.history())] == "deployed"
    assert "nothing to do" in yard.install().check().stderr


@pytest.mark.exhaustive
def test_two_at_once_the_second_says_for_whom_it_waits(yard: Yard, tmp_path: Path) -> None:
    slow, other = yard.chart(hook=HOOK), yard.live.clone(tmp_path)
    running = yard.live.inv.begin("ingress.install", "--chart", str(slow))
    try:
        yard.becomes("pending-install")
        result = other.inv("ingress.install", "--wait", "2")
        told(result, 3, "somebody else deploys here, nothing was applied", "--wait")
        assert "who installs it" in result.stderr
        assert yard.history() == {1: "pending-install"}
    finally:
        running.kill()
        yard.kill_helms()


@pytest.mark.exhaustive
def test_who_has_lost_the_lease_ends_its_helm_and_says_so(yard: Yard) -> None:
    place = "/api/v1/namespaces/traefik/configmaps/longshore-traefik"
    running = yard.live.inv.begin("ingress.install", "--chart", str(yard.chart(hook=HOOK)))
    try:
        yard.becomes("pending-install")
        # As after a sleep of this machine: it ran out, and another run took it.
        lease = yard.get(place) or {}
        lease["data"]["holder"] = "ana run 1"
        assert yard.live.ask_api("PUT", place, lease)[0] == 200
        lines = told(running.end(), 1, "somebody else deploys here now (ana run 1)")
        assert "stood still for too long" in lines[1]
        assert yard.helms() == []
        assert yard.history() == {1: "failed"}
        assert (yard.get(place) or {})["data"]["holder"] == "ana run 1"
    finally:
        running.kill()
        yard.live.ask_api("DELETE", place)


@pytest.mark.exhaustive
def test_a_first_install_that_was_killed_with_inv_is_taken_away_and_done_anew(yard: Yard) -> None:
    slow = yard.chart(hook=HOOK)
    running = yard.live.inv.begin("ingress.install", "--chart", str(slow))
    try:
        yard.becomes("pending-install")
    finally:
        running.kill()
    # The Helm that it started lives on, and with it the lock.
    told(yard.install("--wait", "1"), 3, "", "--wait")
    yard.kill_helms()
    said = yard.install("--wait", "60").check().stderr
    assert "was left pending-install" in said
    assert "take away what it made" in said
    assert yard.history() == {1: "deployed"}


def test_another_helm_at_work_is_left_alone_until_it_is_surely_dead(yard: Yard) -> None:
    slow = yard.chart(hook=HOOK)
    other = yard.begin_helm(
        "upgrade", "--install", "traefik", str(slow), "--namespace", "traefik", "--create-namespace"
    )
    try:
        yard.becomes("pending-install")
        before = yard.history()
        lines = told(yard.install(), 3, "another Helm may be at work on the release traefik, nothing was touched")
        assert "pending-install since" in lines[1]
        assert "helm uninstall traefik --namespace traefik" in " ".join(lines)
        assert yard.history() == before
    finally:
        other.kill()
        other.wait()
    said = yard.live.inv.begin("ingress.install", script=NO_PATIENCE).end().check().stderr
    assert "was left pending-install" in said
    until(lambda: yard.history() == {1: "deployed"})
