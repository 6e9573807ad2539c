"""ingress.rules and ingress.check on the real API server, with a certificate that cert-manager's own controllers have issued."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.command import until
from tests.ingress.conftest import APPS, CORE, ELSEWHERE, HOST, WayIn, rule
from tests.live import told
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration

SECRET = f"{HOST}-tls"


def checked(way_in: WayIn, code: int, *words: str) -> dict[str, dict[str, Any]]:
    """The links of the host by name; `broken` is the first one's name."""
    answer = json.loads(way_in.inv("ingress.check", "--host", HOST, "--json", *words).check(code).stdout)
    assert answer["ok"] is (code == 0)
    [host] = answer["hosts"]
    return {one["link"]: one for one in host["links"]} | {"broken": host["broken"]}


def test_the_chain_with_a_certificate_and_what_breaks_in_it(way_in: WayIn, with_cert_manager: LiveCluster) -> None:
    told(way_in.inv("ingress.check"), 2, "there is no rule to check", then="inv ingress.add")
    way_in.make_controller()
    said = way_in.add("--tls").check().stderr
    assert "a certificate of sandbox-ca" in said
    way_in.add("--path", "/login").check()
    until(lambda: way_in.live.ask_api("GET", f"{CORE}/secrets/{SECRET}")[0] == 200)
    links = checked(way_in, 0)
    assert links["broken"] is None
    assert links["controller"]["found"] == "traefik: 1 of 1 pod ready"
    assert (links["load balancer"]["state"], links["DNS"]["state"]) == ("not checked", "not checked")
    assert ".elb.eu-central-1.amazonaws.com: pods are simulated" in links["load balancer"]["found"]
    assert links["rule"]["found"] == "/login → bank:80, / → bank:80"
    assert links["endpoints"]["found"] == "bank 2 of 2 ready; whether they answer is not checked: pods are simulated"
    assert links["certificate"]["found"].endswith("by longshore sandbox")
    listed = json.loads(way_in.inv("ingress.rules", "--json").check().stdout)["rules"]
    assert [(one["path"], one["ready"], one["tls"]["state"], one["ours"]) for one in listed] == [
        ("/login", 2, "ok", True),
        ("/", 2, "ok", True),
    ]
    plan = way_in.inv("ingress.remove", "--host", HOST, "--plan").check().stdout
    assert f"its Certificate goes along, Secret {SECRET} with the key stays" in plan
    way_in.live.ask_api("DELETE", f"{CORE}/services/bank")
    assert checked(way_in, 1)["broken"] == "service"
    way_in.make_ingress("second", [rule(HOST, "/login")])
    assert checked(way_in, 1)["broken"] == "rule"
    way_in.scale(f"{ELSEWHERE[0]}/traefik", 0)
    links = checked(way_in, 1)
    assert (links["broken"], links["controller"]["next"]) == ("controller", "inv ingress.install --env sandbox")


def test_no_pod_is_ready(way_in: WayIn) -> None:
    way_in.make_controller()
    way_in.scale(f"{APPS}/bank", 0)
    assert "no pod of bank is ready: its requests get no answer" in way_in.add("--plan").check().stdout
    way_in.add().check()
    ended = way_in.inv("ingress.check").check(1)
    assert (
        f"{HOST}: endpoints is broken: bank for /: no pod with its labels runs\n  next: kubectl get pods --selector app=bank-"
        in ended.stdout
    )
    assert "0 of 0" in way_in.inv("ingress.rules").check().stdout
