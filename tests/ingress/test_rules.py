"""What can be a rule, what a rule more or less makes of an Ingress, and how Services' pods are counted."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.certs.choice import Issuer
from longshore.cluster.ingress_classes import IngressClass, chosen, default
from longshore.errors import UsageError
from longshore.ingress import document, rules, services
from longshore.ingress.add import add
from longshore.ingress.remove import remove
from longshore.ingress.rules import Rule
from tests.ingress.chain.test_links import environment, ingress, rule, service
from tests.ingress.conftest import HOST

CA = Issuer("ClusterIssuer", "ca", ready=True)
ABOUT = {"longshore/by": "ana@laptop"}


@pytest.mark.parametrize("path", ["/", "/login", "/login/", "/a.b/c~d", "/%C3%BC", "/..a"])
def test_a_path(path: str) -> None:
    assert rules.checked_path(path) == path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "it begins with /"),
        ("login", "it begins with /"),
        ("https://x/", "it begins with /"),
        ("/a b", "a space"),
        ("/ü", "isn't ASCII"),
        ("/a\nb", "a space"),
        ("/a?b=1", "without ? or #"),
        ("/api/.*", "no pattern"),
        ("/api(/|$)", "no pattern"),
        ("/a//b", "no //"),
        ("/a/../b", "no //"),
        ("/a/..", "no //"),
        ("/./a", "no //"),
        ("/a%2Fb", "no //"),
        ("/%zz", "no quotes"),
        ('/"', "no quotes"),
    ],
)
def test_no_path(path: str, why: str) -> None:
    with pytest.raises(UsageError) as raised:
        rules.checked_path(path)
    assert why in raised.value.why


def test_wrong_flags_are_told_before_anybody_is_asked() -> None:
    for wrong in ({"host": "bank_1"}, {"path": "x"}, {"issuer": "ca"}):
        with pytest.raises(UsageError):
            add(environment(), **{"host": HOST, "service": "bank", **wrong})
    with pytest.raises(UsageError):
        remove(environment(), "https://bank.example.com")


def wish(path: str = "/", name: str = "bank", port: str = "80", type: str = rules.PREFIX) -> Rule:
    return Rule(HOST, path, type, name, port)


def added(before: dict[str, Any], what: Rule, issuer: Issuer | None = None, of: str = "traefik") -> dict[str, Any]:
    return document.added(before, what, of, issuer, ABOUT)


def test_rules_are_merged_and_the_same_rule_again_is_no_change() -> None:
    start = document.empty(HOST, "bank")
    one = added(start, wish())
    assert added(one, wish()) == one
    two = added(one, wish("/login", "login", "http"))
    assert [str(rule) for rule in rules.of(two)] == [f"{HOST}/ → bank:80", f"{HOST}/login → login:http"]
    assert document.changes(one, two) == [f"add {HOST}/login → login:http"]
    # A prefix with a slash at its end takes the same requests; exactly that path is another rule.
    assert len(list(rules.of(added(two, wish("/login/"))))) == 2
    three = added(two, wish("/login", type=rules.EXACT))
    assert len(list(rules.of(three))) == 3
    assert document.removed(three, HOST, "/login") == one
    assert document.removed(one, HOST, "/") is None
    assert document.removed(two, HOST, "") is None
    assert document.removed(two, HOST, "/other") == two


def test_what_somebody_else_has_written_into_it_stays() -> None:
    before = added(document.empty(HOST, "bank"), wish())
    before["metadata"]["annotations"]["acme.com/own"] = "1"
    before["spec"]["rules"].append(rule("other.example.com", "/"))
    after = added(before, wish("/login"))
    assert after["metadata"]["annotations"]["acme.com/own"] == "1"
    left = document.removed(after, HOST, "")
    assert left is not None
    assert [one.host for one in rules.of(left)] == ["other.example.com"]


def test_a_certificate_is_asked_for_once_and_stays() -> None:
    plain = added(document.empty(HOST, "bank"), wish())
    with_tls = added(plain, wish(), CA)
    assert with_tls["spec"]["tls"] == [{"hosts": [HOST], "secretName": f"{HOST}-tls"}]
    assert with_tls["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "ca"
    told = document.changes(plain, with_tls)
    assert told == ["a certificate of ca", f"the certificate is in Secret {HOST}-tls"]
    assert added(with_tls, wish(), CA) == with_tls
    assert added(with_tls, wish("/login"))["spec"]["tls"] == with_tls["spec"]["tls"]
    # An Issuer of the namespace takes the other's place: cert-manager refuses both at once.
    own = added(with_tls, wish(), Issuer("Issuer", "own", ready=True))
    assert own["metadata"]["annotations"].get("cert-manager.io/cluster-issuer") is None
    assert document.changes(with_tls, own) == ["issuer: ca → own"]
    del own["spec"]["tls"]
    assert document.changes(own, added(own, wish(), CA))[-1] == f"the certificate is in Secret {HOST}-tls"


def test_another_class_takes_the_place_of_both_ways_to_name_one() -> None:
    before = added(document.empty(HOST, "bank"), wish())
    del before["spec"]["ingressClassName"]
    before["metadata"]["annotations"]["kubernetes.io/ingress.class"] = "nginx"
    after = added(before, wish())
    assert document.changes(before, after) == ["class: nginx → traefik"]
    assert "kubernetes.io/ingress.class" not in after["metadata"]["annotations"]


def test_the_longest_prefix_is_first_and_the_rule_for_all_else_is_seen() -> None:
    found = ingress(
        rule(HOST, "/"), rule(HOST, "/login/"), rule(HOST, "/login", type="Exact"), rule(HOST, "/users"),
        {"host": "empty.example.com"}, defaultBackend={"service": {"name": "rest", "port": {"name": "http"}}},
    )  # fmt: skip
    assert [(one.host, one.shown) for one in rules.ordered(list(rules.of(found)))] == [
        ("*", "/"),
        (HOST, "/login (exactly)"),
        (HOST, "/login/"),
        (HOST, "/users"),
        (HOST, "/"),
    ]


def test_pods_are_counted_once_and_those_that_end_not_at_all() -> None:
    found = service("bank", True, False, None)
    pod = {"addresses": ["10.0.0.9"], "conditions": {"ready": True}, "targetRef": {"uid": "p"}}
    second = {**pod, "addresses": ["fd00::9"]}
    ending = {"addresses": ["10.0.0.8"], "conditions": {"ready": False, "terminating": True}}
    labels = {services.OF: "bank"}
    found.append({"kind": "EndpointSlice", "metadata": {"labels": labels}, "endpoints": [pod, second, ending]})
    found.append({"kind": "EndpointSlice", "metadata": {"labels": labels}, "endpoints": None})
    bank = services.of(found)["bank"]
    assert (bank.ready, bank.endpoints) == (3, 4)


def test_a_port_is_named_where_there_are_several() -> None:
    two = {"bank": services.Service("bank", (services.Port(80, "http"), services.Port(9090, "metrics")))}
    assert services.chosen(two, "bank", "metrics", environment())[1].number == 9090
    assert services.chosen(two, "bank", "80", environment())[1].name == "http"
    for port, what in (("", "which port of bank?"), ("metrix", "did you mean metrics?"), ("8080", "no port 8080")):
        with pytest.raises(UsageError) as raised:
            services.chosen(two, "bank", port, environment())
        assert what in raised.value.what


def test_the_default_class() -> None:
    a, b = IngressClass("a", "x"), IngressClass("b", "y", is_default=True)
    assert default([]) is None
    assert default([a]) == a
    assert default([a, b]) == b
    assert default([b, IngressClass("c", "z", is_default=True)]) is None
    assert chosen([a, b], "a", environment()) == a
    assert chosen(None, "anything", environment()).controller == ""
    with pytest.raises(UsageError) as raised:
        chosen([], "", environment())
    assert raised.value.do == ("inv ingress.install --env sandbox",)
