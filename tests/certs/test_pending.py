"""What a certificate waits for, in words: objects as the controllers of cert-manager 1.21 write them."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.certs import pending, renew
from longshore.certs.managed import Managed, of_host, require
from longshore.environments.environment import Environment
from longshore.errors import UsageError

Object = dict[str, Any]
NOT_FOUND = 'Referenced "ClusterIssuer" not found: clusterissuer.cert-manager.io "gone" not found'
SELF_CHECK = (
    "Waiting for HTTP-01 challenge propagation: failed to perform self check GET request "
    "'http://bank.example.com/.well-known/acme-challenge/x': dial tcp: lookup bank.example.com: no such host"
)


def made(kind: str, name: str, parent: Object | None = None, *, spec: Object | None = None, **status: Any) -> Object:
    owners = [{"uid": parent["metadata"]["uid"]}] if parent else []
    metadata = {"name": name, "uid": f"uid-{name}", "generation": 1, "ownerReferences": owners, "annotations": {}}
    return {"kind": kind, "metadata": metadata, "spec": spec or {}, "status": status}


def condition(type: str, status: str, reason: str = "", message: str = "", **more: Any) -> Object:
    return {"type": type, "status": status, "reason": reason, "message": message, **more}


def certificate(*conditions: Object, revision: int | None = None, name: str = "bank.example.com-tls") -> Object:
    spec = {
        "secretName": name,
        "dnsNames": [name.removesuffix("-tls")],
        "issuerRef": {"kind": "ClusterIssuer", "name": "le"},
    }
    return made(
        "Certificate", name, spec=spec, conditions=list(conditions), **({"revision": revision} if revision else {})
    )


def request(parent: Object, *conditions: Object, revision: int = 1, **more: Any) -> Object:
    found = made("CertificateRequest", f"bank-{revision}", parent, conditions=list(conditions), **more)
    found["metadata"]["annotations"] = {"cert-manager.io/certificate-revision": str(revision)}
    return found


def told(*objects: Object) -> tuple[str, bool]:
    found = pending.of(Managed(objects[0]), objects)
    return str(pending.last(found) or ""), pending.has_failed(found)


ISSUING = condition("Issuing", "True", "DoesNotExist", "Issuing certificate as Secret does not exist")
UNREADY = condition(
    "Ready", "False", "DoesNotExist", "Issuing certificate as Secret does not exist", observedGeneration=1
)
READY = condition("Ready", "True", "Ready", "Certificate is up to date and has not expired", observedGeneration=1)
APPROVED = condition("Approved", "True", "cert-manager.io", "Certificate request has been approved by cert-manager.io")
FAILED = condition(
    "Issuing",
    "False",
    "Failed",
    "The certificate request has failed to complete and will be retried: order is invalid",
    observedGeneration=1,
)


def test_nothing_where_it_is_ready() -> None:
    assert told(certificate(READY, revision=1)) == ("", False)


def test_a_certificate_that_nobody_has_looked_at() -> None:
    assert told(certificate()) == (
        "Certificate bank.example.com-tls (not ready): cert-manager has not looked at it yet: does it run?",
        False,
    )


def test_what_was_asked_for_last_is_not_what_is_ready() -> None:
    found = certificate(READY, revision=1)
    found["metadata"]["generation"] = 2
    assert not Managed(found).ready
    assert told(found)[0].startswith("Certificate bank.example.com-tls (not ready)")


@pytest.mark.parametrize(
    ("conditions", "words", "failed"),
    [
        ([], "CertificateRequest bank-1 (not approved): nobody has approved it yet", False),
        ([condition("Denied", "True", "policy", "no wildcard here")], "CertificateRequest bank-1 (denied): no wildcard here", True),
        ([APPROVED, condition("Ready", "False", "Pending", NOT_FOUND)], f"CertificateRequest bank-1 (pending): {NOT_FOUND}", False),
        ([APPROVED, condition("Ready", "False", "Failed", "bad CSR")], "CertificateRequest bank-1 (failed): bad CSR", True),
        ([APPROVED, condition("InvalidRequest", "True", "x", "no names")], "CertificateRequest bank-1 (invalid): no names", True),
    ],
)  # fmt: skip
def test_the_request(conditions: list[Object], words: str, failed: bool) -> None:
    parent = certificate(ISSUING, UNREADY)
    assert told(parent, request(parent, *conditions)) == (words, failed)


@pytest.mark.parametrize(
    ("status", "words", "failed"),
    [
        ({}, "Challenge c (new): HTTP-01 for bank.example.com: not presented yet", False),
        ({"state": "pending", "presented": True}, "Challenge c (pending): HTTP-01 for bank.example.com: presented", False),
        ({"state": "pending", "presented": True, "reason": SELF_CHECK}, f"Challenge c (pending): HTTP-01 for bank.example.com: {SELF_CHECK}", False),
        ({"state": "invalid", "reason": "400 connection refused"}, "Challenge c (invalid): HTTP-01 for bank.example.com: 400 connection refused", True),
    ],
)  # fmt: skip
def test_the_challenge(status: Object, words: str, failed: bool) -> None:
    parent = certificate(ISSUING, UNREADY)
    asked = request(
        parent, APPROVED, condition("Ready", "False", "Pending", 'Waiting on certificate issuance from order "pending"')
    )
    order = made("Order", "o", asked, state="pending")
    challenge = made("Challenge", "c", order, spec={"type": "HTTP-01", "dnsName": "bank.example.com"}, **status)
    passed = made("Challenge", "d", order, spec={"type": "HTTP-01", "dnsName": "x"}, state="valid")
    other = made("Challenge", "e", made("Order", "of another"), state="invalid", reason="not ours")
    assert told(parent, asked, order, challenge, passed, other) == (words, failed)


def test_an_order_that_failed_says_more_than_its_request() -> None:
    parent = certificate(FAILED, UNREADY)
    asked = request(parent, APPROVED, condition("Ready", "False", "Failed", "order is invalid"))
    order = made("Order", "o", asked, state="errored", reason="429 rateLimited: too many certificates already issued")
    assert told(parent, asked, order) == (
        "Order o (errored): 429 rateLimited: too many certificates already issued",
        True,
    )


def test_a_renewal_that_failed_is_told_while_the_old_certificate_still_serves() -> None:
    parent = certificate(FAILED, READY, revision=3)
    assert Managed(parent).ready
    assert told(parent, request(parent, APPROVED, revision=3))[0].startswith(
        "Certificate bank.example.com-tls (not issued)"
    )


def test_what_failed_before_the_certificate_was_changed_is_not_its_end() -> None:
    found = certificate(FAILED, UNREADY)
    assert Managed(found).has_failed
    found["metadata"]["generation"] = 2
    assert not Managed(found).has_failed
    failed = [APPROVED, condition("Ready", "False", "Failed", "was refused")]
    assert not told(found, request(found, *failed, failureTime="2026-11-29T12:00:00Z"))[1]


def test_a_request_that_failed_before_this_issuance_is_not_its_end() -> None:
    again = ISSUING | {"lastTransitionTime": "2026-11-29T12:00:01Z"}
    parent = certificate(again, UNREADY)
    failed = [APPROVED, condition("Ready", "False", "Failed", "was refused")]
    assert told(parent, request(parent, *failed, failureTime="2026-11-29T12:00:00Z")) == (
        "Certificate bank.example.com-tls (being issued): Issuing certificate as Secret does not exist",
        False,
    )
    assert told(parent, request(parent, *failed, failureTime="2026-11-29T12:00:01Z"))[1]


def test_which_certificate_is_a_hosts() -> None:
    first, second = Managed(certificate(name="a-tls")), Managed(certificate(name="bank.example.com-tls"))
    first.object["spec"]["dnsNames"] = ["other.example.com", "bank.example.com"]
    assert of_host([first, second], "bank.example.com") is second
    assert of_host([first], "bank.example.com") is first
    assert of_host([first], "*.example.com") is None


def test_the_nearest_host_is_named(environment: Environment) -> None:
    with pytest.raises(UsageError) as caught:
        require([Managed(certificate())], "bnak.example.com", environment)
    assert caught.value.why.endswith("did you mean bank.example.com?")
    with pytest.raises(UsageError, match=r"no certificate is for bank\.example\.com"):
        require([], "bank.example.com", environment)


def test_names_of_a_certificate_without_dns_names() -> None:
    found = certificate(READY)
    found["spec"] = {"secretName": "s", "commonName": "bank", "issuerRef": {"name": "ca"}}
    assert (Managed(found).hosts, Managed(found).issuer) == (("bank",), "Issuer ca")
    del found["spec"]["commonName"]
    assert Managed(found).hosts == ()


def test_a_renewal_is_later_than_the_failure_before_it_also_by_a_clock_that_is_late() -> None:
    found = certificate(FAILED | {"lastTransitionTime": "2099-01-01T00:00:00Z"}, READY)
    ready, issuing = renew._issuing(Managed(found))
    assert ready == READY
    assert (issuing["type"], issuing["status"], issuing["lastTransitionTime"]) == (
        "Issuing",
        "True",
        "2099-01-01T00:00:01Z",
    )
    assert [one["type"] for one in renew._issuing(Managed(certificate()))] == ["Issuing"]
