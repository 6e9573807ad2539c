"""ingress.add and ingress.remove on the real API server: one Ingress for a host, none of its rules lost, nobody else's touched."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from longshore.cluster.guard import guards
from longshore.ingress.add import add
from longshore.steps.report import Silent
from longshore.steps.run import Run, Task
from longshore.steps.step import Unknown
from tests.faults.test_kill import TRIGGER
from tests.ingress.conftest import HOST, WayIn, rule
from tests.live import told
from tests.live_cluster import NAMESPACE, LiveCluster

pytestmark = pytest.mark.integration


def test_a_rule_is_added_once_and_changed_and_removed(way_in: WayIn) -> None:
    way_in.make_service("login", "http", 8080)
    plan = way_in.add("--plan").check().stdout
    assert f"create Ingress {HOST} of class traefik" in plan
    assert f"add {HOST}/ → bank:80" in plan
    assert "port 80 (http), 2 of 2 pods ready" in plan
    assert way_in.ingresses() == []
    way_in.add().check()
    assert way_in.ingress()["spec"]["ingressClassName"] == "traefik"
    mark = way_in.live.api_mark()
    assert "nothing to do" in way_in.add().check().stderr
    assert way_in.live.api_writes(mark) == []
    way_in.add("--path", "/login/", "--port", "8080", service="login").check()
    assert way_in.paths() == {"/": "bank", "/login": "login"}
    said = way_in.add("--path", "/login", "--port", "http").check().stderr
    assert f"change {HOST}/login → bank:http (was login:8080)" in said
    assert way_in.paths() == {"/": "bank", "/login": "bank"}
    assert "/login: gone" in way_in.remove("--path", "/login").check().stderr
    assert way_in.paths() == {"/": "bank"}
    told(way_in.inv("ingress.remove", "--host", HOST), 3)
    assert f"delete Ingress {HOST}" in way_in.remove().check().stderr
    assert way_in.ingresses() == []
    assert "nothing to do" in way_in.remove().check().stderr


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--service", "bnak"), "there is no Service bnak; did you mean bank?"),
        (("--class", "traefic"), "there is no class traefic; did you mean traefik?"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(way_in: WayIn, words: tuple[str, ...], what: str) -> None:
    given = {"--host": HOST, "--service": "bank"}
    given |= dict(zip(words[::2], words[1::2], strict=True))
    mark = way_in.live.api_mark()
    call = [word for pair in given.items() for word in pair]
    assert what in told(way_in.inv("ingress.add", *call), 2)[0]
    assert way_in.live.api_writes(mark) == []


def test_the_class_is_the_default_one_or_named(way_in: WayIn) -> None:
    way_in.make_class("nginx", "k8s.io/ingress-nginx")
    lines = told(way_in.add(), 2, "which class? there are several", then="name it: --class NAME")
    assert "nginx, traefik" in lines[0]
    said = way_in.add("--class", "nginx").check().stderr
    assert "ingress-nginx" in said
    # A second rule goes where the host is.
    way_in.add("--path", "/login").check()
    assert way_in.ingress()["spec"]["ingressClassName"] == "nginx"
    assert "class: nginx → traefik" in way_in.add("--class", "traefik").check().stderr
    assert way_in.ingress()["spec"]["ingressClassName"] == "traefik"


def test_anothers_ingress_keeps_its_path(way_in: WayIn) -> None:
    way_in.make_ingress("handmade", [rule(HOST, "/login/")], namespace="default")
    before = way_in.ingresses("default")
    lines = told(way_in.add("--path", "/login"), 3, "another Ingress has this host and path")
    assert "default/handmade" in lines[0]
    way_in.add("--path", "/").check()
    assert way_in.ingresses("default") == before
    # Of another class it is another controller's, as while one takes the other's place.
    way_in.make_class("other")
    way_in.add("--path", "/login", "--class", "other", host=HOST).check()
    way_in.make_ingress("local", [rule("shop.example.com", "/")])
    told(way_in.remove(host="shop.example.com"), 3, "it is another Ingress's rule")
    way_in.make_ingress("own.example.com", [rule("else.example.com", "/")])
    told(way_in.add(host="own.example.com"), 3, "it is one that ingress.add didn't make")


def test_of_two_at_once_neither_is_lost(way_in: WayIn, tmp_path: Path) -> None:
    clones = [way_in.live.clone(tmp_path / f"clone{number}") for number in range(3)]
    for words in (["ingress.add", "--service", "bank"], ["ingress.remove", "--confirm", "sandbox"]):
        # The first one makes, the last one deletes the Ingress while the others change it.
        call = [*words, "--host", HOST]
        running = [clone.inv.begin(*call, "--path", f"/{number}") for number, clone in enumerate(clones)]
        assert [one.end().code for one in running] == [0, 0, 0], [one.said for one in running]
        if words[0] == "ingress.add":
            assert set(way_in.paths()) == {"/0", "/1", "/2"}
    assert way_in.ingresses() == []


def test_who_may_only_work_in_the_namespace_names_what_it_cannot_see(
    way_in: WayIn, with_cert_manager: LiveCluster
) -> None:
    grant = ("--user", "github-ci", "--access", "edit", "--namespace", NAMESPACE, "--confirm", "sandbox")
    way_in.inv("cluster.grant", *grant).check()
    told(way_in.add("--profile", "github"), 2, "which class?", then="name it: --class NAME")
    way_in.add("--profile", "github", "--class", "traefik", "--tls", "--issuer", "sandbox-ca").check()
    assert way_in.ingress()["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "sandbox-ca"
    checked = json.loads(way_in.inv("ingress.check", "--profile", "github", "--json").stdout)["hosts"][0]["links"]
    assert {one["link"]: one["state"] for one in checked if one["link"] != "certificate"} == {
        "DNS": "not checked", "load balancer": "not checked", "controller": "not checked",
        "rule": "ok", "service": "ok", "endpoints": "ok",
    }  # fmt: skip
    way_in.remove("--profile", "github").check()
    assert way_in.ingresses() == []


def test_in_a_pipeline_the_service_may_come_with_an_earlier_step(way_in: WayIn) -> None:
    environment = way_in.live.environment
    by = guards(environment)
    steps = [*by, *add(environment, HOST, "later", by=by)]
    run = Run(Task("ship", {}, environment.name, "ship"), environment.state, Silent())
    told = {one.step.name: one.status for one in run.plan(steps).steps}
    assert told["service"] == Unknown("known after Service later is there")
    assert isinstance(told["rule"], Unknown)
    way_in.make_service("later", pods=0)
    run.execute(steps, wait_for_lock=0, confirm=lambda plan: None)
    assert way_in.paths() == {"/": "later"}


@pytest.mark.exhaustive
@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_a_record_and_given_again(way_in: WayIn, moment: str, number: int) -> None:
    words = ("ingress.add", "--host", HOST, "--service", "bank")
    killed = way_in.live.inv.begin(moment, str(number), *words, script=TRIGGER).end()
    assert killed.code in (-signal.SIGKILL, 0), killed.stderr
    way_in.inv(*words).check()
    assert way_in.paths() == {"/": "bank"}
