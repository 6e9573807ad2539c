"""Each link of the chain, judged from objects as the API has them: what is broken, in which words, and what mends it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from longshore.certs.managed import Managed
from longshore.cluster.ingress_classes import IngressClass
from longshore.environments.environment import Environment
from longshore.ingress import rules, services
from longshore.ingress.chain import certificate, check, inside
from longshore.ingress.chain.link import BROKEN, NOT_CHECKED, OK, Link, first_broken
from longshore.ingress.chain.seen import Seen
from longshore.ingress.controllers import Controller
from longshore.kubernetes.workloads import Workload
from tests.certs.test_leaf import certificate as pem
from tests.ingress.conftest import HOST, rule

TRAEFIK = IngressClass("traefik", "traefik.io/ingress-controller", is_default=True)
NGINX = IngressClass("nginx", "k8s.io/ingress-nginx")


def environment(name: str = "sandbox") -> Environment:
    return Environment(
        name=name, root=Path("/shop"), profile="dev", region="eu-central-1", account_id="111122223333", subnets=(),
        security_groups=(), eks_cluster="bank-dev", namespace="bank", secrets="aws:bank/dev", app="bank",
        app_env_dialect="viper", migrations=None, db_url_key="DB_SOURCE", db_ca_file=None, db_instance="",
        migration_history=True, ecr_repository="bank", k8s_overlay=None, protected=False,
    )  # fmt: skip


def ingress(*found: dict[str, Any], name: str = "one", namespace: str = "bank", **spec: Any) -> dict[str, Any]:
    return {
        "kind": "Ingress", "metadata": {"name": name, "namespace": namespace},
        "spec": {"ingressClassName": "traefik", "rules": list(found), **spec},
    }  # fmt: skip


def service(name: str, *ready: bool | None) -> list[dict[str, Any]]:
    """A Service with port 80 (http) and pods; None is a pod of which nothing is said."""
    endpoints = [
        {"addresses": [f"10.0.0.{number}"], "conditions": {} if one is None else {"ready": one}}
        for number, one in enumerate(ready)
    ]
    return [
        {"kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": [{"port": 80, "name": "http"}]}},
        {
            "kind": "EndpointSlice", "metadata": {"name": f"{name}-1", "labels": {services.OF: name}},
            "endpoints": endpoints,
        },
    ]  # fmt: skip


def controller(name: str, ready: int = 2, args: Sequence[str] = ()) -> Controller:
    spec = {"replicas": 2, "template": {"spec": {"containers": [{"name": name, "args": list(args)}]}}}
    status = {"updatedReplicas": ready, "availableReplicas": ready}
    found = {"kind": "Deployment", "metadata": {"name": name}, "spec": spec, "status": status}
    return Controller(name, (Workload(found),), (balancer("k8s-traefik.elb.eu-central-1.amazonaws.com"),))


def balancer(hostname: str = "") -> dict[str, Any]:
    points = {"ingress": [{"hostname": hostname}]} if hostname else {}
    metadata = {"name": "traefik", "namespace": "traefik"}
    return {
        "kind": "Service",
        "metadata": metadata,
        "spec": {"type": "LoadBalancer"},
        "status": {"loadBalancer": points},
    }


def seen(*ingresses: dict[str, Any], **more: Any) -> Seen:
    found = [one for each in ingresses for one in rules.of(each)]
    given: dict[str, Any] = {
        "environment": environment(),
        "ingresses": {one["metadata"]["name"]: one for one in ingresses},
        "rules": rules.ordered([one for one in found if one.namespace == "bank"]),
        "everywhere": found,
        "services": services.of(service("bank", True, None)),
        "classes": [TRAEFIK, NGINX],
        "controllers": [controller("traefik")],
        "certificates": {},
        "managed": {},
        "family": [],
        "complaints": {},
    }
    return Seen(**{**given, **more})


ROOT = ingress(rule(HOST, "/"))


def chain(found: Seen, host: str = HOST) -> dict[str, Link]:
    return {one.name: one for one in check.chain(host, found)}


def broken(found: Seen, host: str = HOST) -> Link:
    first = first_broken(check.chain(host, found))
    assert first is not None
    assert first.do
    return first


def test_nobody_is_for_the_host() -> None:
    first = broken(seen(ROOT), "bnk.example.com")
    assert first.name == "rule"
    assert "did you mean bank.example.com?" in first.found
    assert first.do == "inv ingress.add --env sandbox --host bnk.example.com --service NAME"
    other = ingress(rule("bnk.example.com", "/"), name="two", namespace="shop")
    assert broken(seen(ROOT, other), "bnk.example.com").found == "no Ingress in bank is for it: shop/two is"
    assert "--host '*.example.com'" in broken(seen(ROOT), "*.example.com").do


def test_a_name_with_a_star_and_a_rule_for_all_hosts_are_for_it_too() -> None:
    star = ingress(rule("*.example.com", "/star"), name="star")
    for_all = ingress({"http": rule(HOST, "/all")["http"]}, name="all")
    assert chain(seen(ROOT, star, for_all))["rule"].found == "/ → bank:80"
    assert chain(seen(star, for_all))["rule"].found == "/star → bank:80"
    assert chain(seen(for_all))["rule"].found == "/all → bank:80"


@pytest.mark.parametrize(
    ("more", "state", "told"),
    [
        ({"classes": None}, NOT_CHECKED, "may not look"),
        ({"controllers": None}, NOT_CHECKED, "may not look"),
        ({"classes": [NGINX]}, BROKEN, "there is no class traefik"),
        (
            {"classes": [IngressClass("traefik", "acme.com/own")]},
            NOT_CHECKED,
            "acme.com/own of class traefik is not one",
        ),
        ({"controllers": []}, BROKEN, "nothing runs that serves class traefik"),
        ({"controllers": [controller("traefik", 0)]}, BROKEN, "traefik: 0 of 2 pods ready"),
        ({}, OK, "traefik: 2 of 2 pods ready"),
    ],
)
def test_controller(more: dict[str, Any], state: str, told: str) -> None:
    link, _ = inside.controller("traefik", seen(ROOT, **more))
    assert link.state == state
    assert told in link.found


def test_an_ingress_without_a_class_has_the_default_one() -> None:
    without = ingress(rule(HOST, "/"), ingressClassName="")
    assert chain(seen(without))["controller"].state == OK
    assert broken(seen(without, classes=[NGINX, IngressClass("other", "acme.com/own")])).name == "controller"


def test_ingress_nginx_is_told_to_be_retired_and_traefik_may_serve_its_class() -> None:
    old, plain = controller("ingress-nginx"), controller("traefik")
    new = controller("traefik", args=["--providers.kubernetesIngressNGINX=true"])
    assert "retired" in inside.controller("nginx", seen(ROOT, controllers=[old, plain]))[0].found
    assert inside.controller("nginx", seen(ROOT, controllers=[old, new]))[0].found == "traefik: 2 of 2 pods ready"
    assert inside.controller("nginx", seen(ROOT, controllers=[plain]))[0].state == BROKEN


def test_a_path_that_is_led_to_two_places() -> None:
    other = ingress(rule(HOST, "/login/"), name="two", namespace="shop")
    own = ingress(rule(HOST, "/login"))
    assert "/login is led to two places, by bank/one and shop/two" in broken(seen(own, other)).found
    # Of another class, or exactly that path, it is another one.
    assert (
        first_broken(
            [inside.rule(seen(own).rules, seen(own, {**other, "spec": {**other["spec"], "ingressClassName": "nginx"}}))]
        )
        is None
    )
    exact = ingress(rule(HOST, "/login", type="Exact"), name="two")
    assert inside.rule(rules.ordered(list(rules.of(own))), seen(own, exact)).state == OK


def test_what_the_controller_complains_of() -> None:
    first = broken(seen(ROOT, complaints={"one": "Rejected: spec.rules[0] is invalid"}))
    assert (first.name, first.found) == ("rule", "Ingress one: Rejected: spec.rules[0] is invalid")


def test_what_traefik_passes_over_of_ingress_nginxs_annotations_is_told() -> None:
    prefix = "nginx.ingress.kubernetes.io/"
    moved = ingress(rule(HOST, "/"), ingressClassName="nginx")
    moved["metadata"]["annotations"] = {
        f"{prefix}satisfy": "any",
        f"{prefix}enable-cors": "true",
        "acme.com/satisfy": "x",
    }
    new, old = controller("traefik", args=["--providers.kubernetesingressnginx"]), controller("ingress-nginx")
    assert (
        chain(seen(moved, controllers=[new]))["rule"].found == "/ → bank:80; traefik passes over satisfy of Ingress one"
    )
    assert chain(seen(moved, controllers=[old]))["rule"].found == "/ → bank:80"


def test_service_and_endpoints() -> None:
    first = broken(seen(ROOT, services={}))
    assert (first.name, first.found) == ("service", "there is no Service bank for /")
    first = broken(seen(ingress(rule(HOST, "/", port=8080))))
    assert first.found == "bank for / has no port 8080: it has 80 (http)"
    first = broken(seen(ROOT, services=services.of(service("bank", False, False))))
    assert (first.name, first.found) == ("endpoints", "bank for /: none of 2 pods is ready")
    assert first.do == "kubectl get pods --selector app=bank --namespace bank"
    assert broken(seen(ROOT, services=services.of(service("bank")))).found == "bank for /: no pod with its labels runs"
    by_hand = service("bank")
    by_hand[0]["spec"].pop("selector")
    assert "no selector" in broken(seen(ROOT, services=services.of(by_hand))).found
    assert chain(seen(ROOT))["endpoints"].found.startswith("bank 2 of 2 ready; whether they answer is not checked")


def test_a_rule_may_lead_to_something_that_is_no_service() -> None:
    path = {"path": "/", "pathType": "Prefix", "backend": {"resource": {"kind": "Bucket", "name": "own"}}}
    found = chain(seen(ingress({"host": HOST, "http": {"paths": [path]}})))
    assert found["rule"].found == "/ → Bucket/own"
    assert (found["service"].state, found["endpoints"].state) == (NOT_CHECKED, NOT_CHECKED)


def with_tls(secret: str = "own") -> dict[str, Any]:
    return ingress(rule(HOST, "/"), tls=[{"hosts": [HOST], "secretName": secret} if secret else {"hosts": [HOST]}])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (pem(["shop.example.com"], days=40000), "Secret own is for shop.example.com, not for bank.example.com"),
        (pem([], days=40000), "Secret own is for no host"),
        (pem([HOST], days=1), "it has ended: until 2026-11-02 12:00 UTC"),
        ("no PEM", "Secret own: it holds no certificate that can be read"),
        ("", "there is no Secret own, and no Certificate that fills it"),
    ],
)
def test_certificate_that_is_no_good(text: str, told: str) -> None:
    first = broken(seen(with_tls(), certificates={"own": text}))
    assert first.name == "certificate"
    assert told in first.found
    assert first.do.startswith("inv certs.")


def test_certificate_that_is_good_or_not_to_be_seen() -> None:
    found = chain(seen(with_tls(), certificates={"own": pem(["*.example.com"], days=40000)}))["certificate"]
    assert found.state == OK
    assert found.found.endswith("by sandbox CA")
    assert chain(seen(ROOT))["certificate"].found == "none is asked for: plain HTTP"
    assert chain(seen(with_tls(), certificates=None))["certificate"].state == NOT_CHECKED
    assert chain(seen(with_tls("")))["certificate"].state == NOT_CHECKED
    alb = [IngressClass("traefik", "ingress.k8s.aws/alb")]
    assert chain(seen(with_tls(), classes=alb))["certificate"].found == "an ALB takes it from ACM"


def test_a_certificate_that_is_waited_for_says_for_what() -> None:
    condition = {"type": "Ready", "status": "False", "reason": "DoesNotExist", "message": "Issuing certificate"}
    asked = {
        "kind": "Certificate", "metadata": {"name": "own", "namespace": "bank", "uid": "1"},
        "spec": {"secretName": "own", "dnsNames": [HOST], "issuerRef": {"name": "ca", "kind": "ClusterIssuer"}},
        "status": {"conditions": [condition]},
    }  # fmt: skip
    link = certificate.judge(
        next(iter(rules.of(with_tls()))), seen(with_tls(), managed={"own": Managed(asked)}, family=[asked])
    )
    assert link.state == BROKEN
    assert "Certificate own waits: " in link.found
    assert link.do == "inv certs.status --env sandbox"


def test_a_load_balancer_without_an_address() -> None:
    there = Controller("traefik", controller("traefik").workloads, (balancer(),))
    first = broken(seen(ROOT, controllers=[there]))
    assert (first.name, first.found) == ("load balancer", "Service traefik/traefik has no address yet")
    assert first.do == "inv ingress.install --env sandbox"
