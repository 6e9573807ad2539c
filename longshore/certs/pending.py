"""What a Certificate waits for, in words: its CertificateRequest, that one's Order, and the Order's Challenges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longshore.certs import kinds
from longshore.certs.choice import Issuer
from longshore.certs.kinds import condition, is_true
from longshore.certs.managed import Managed
from longshore.programs.kubernetes import Object

FAILED_STATES = ("invalid", "expired", "errored")
"""Of an Order or a Challenge; they are final. https://cert-manager.io/docs/reference/api-docs/#acme.cert-manager.io/v1.State"""
PASSED = "valid"


@dataclass(frozen=True)
class Pending:
    """One object on the way. `failed`: this issuance has come to its end, and cert-manager tries again an hour later or more.
    `stuck`: it goes on only when somebody mends something else.
    """

    kind: str
    name: str
    state: str
    reason: str
    failed: bool = False
    stuck: bool = False

    def __str__(self) -> str:
        about = f"{self.kind} {self.name} ({self.state})"
        return f"{about}: {self.reason}" if self.reason else about


def of(certificate: Managed, objects: Sequence[Object]) -> list[Pending]:
    """The objects that keep it, the nearest first and what holds it up last; none where it is ready and not in work."""
    if certificate.ready and not certificate.is_issuing and not certificate.has_failed:
        return []
    found = [_itself(certificate)]
    request = _request(certificate, objects)
    if request is None:
        return found
    found += [_of_request(request), *_of_issuer(request, objects)]
    for order in _children(request, objects, "Order"):
        found.append(_of_acme(order, ""))
        for challenge in _children(order, objects, "Challenge"):
            spec = challenge["spec"]
            found.append(_of_acme(challenge, f"{spec.get('type', '')} for {spec.get('dnsName', '')}"))
    return [one for one in found if one.state != PASSED]


def last(found: Sequence[Pending]) -> Pending | None:
    """The one that a person has to look at: the deepest that failed or says why, else the deepest."""
    failed = [one for one in found if one.failed and one.reason]
    telling = [one for one in found if one.reason]
    return next((some[-1] for some in (failed, telling, found) if some), None)


def has_failed(found: Sequence[Pending]) -> bool:
    """Whether this issuance has come to its end."""
    return any(one.failed for one in found)


def _itself(certificate: Managed) -> Pending:
    issuing, ready = condition(certificate.object, "Issuing"), condition(certificate.object, "Ready")
    state, said = "not ready", ready
    if certificate.is_issuing:
        state, said = "being issued", issuing
    elif certificate.has_failed:
        state, said = "not issued", issuing
    reason = str(said.get("message") or "") if said else "cert-manager has not looked at it yet: does it run?"
    return Pending("Certificate", certificate.name, state, reason, certificate.has_failed)


def _request(certificate: Managed, objects: Sequence[Object]) -> Object | None:
    """The CertificateRequest of the issuance that is not over. One that failed in an earlier attempt is about to be deleted."""
    began = condition(certificate.object, "Issuing").get("lastTransitionTime", "")

    def is_old(request: Object) -> bool:
        failed = _failed_at(request)
        return bool(failed) and not certificate.has_failed and (not certificate.is_issuing or failed < began)

    children = _children(certificate.object, objects, "CertificateRequest")
    newer = [one for one in children if _revision(one) > certificate.revision and not is_old(one)]
    return max(newer, key=_revision, default=None)


def _failed_at(request: Object) -> str:
    # As all times of the API: UTC to the second in one form, so that texts sort like times.
    return str((request.get("status") or {}).get("failureTime") or "")


def _revision(request: Object) -> int:
    text = (request["metadata"].get("annotations") or {}).get(kinds.REVISION, "")
    return int(text) if text.isdigit() else 0


def _of_request(request: Object) -> Pending:
    name, ready = request["metadata"]["name"], condition(request, "Ready")
    message = str(ready.get("message") or "")
    if is_true(request, "Denied"):
        return Pending(
            "CertificateRequest", name, "denied", condition(request, "Denied").get("message", ""), failed=True
        )
    if is_true(request, "InvalidRequest"):
        invalid = condition(request, "InvalidRequest")
        return Pending("CertificateRequest", name, "invalid", invalid.get("message", ""), failed=True)
    if ready.get("reason") in ("Failed", "Denied"):
        return Pending("CertificateRequest", name, "failed", message, failed=True)
    if is_true(request, "Ready"):
        return Pending("CertificateRequest", name, PASSED, message)
    if not is_true(request, "Approved"):
        return Pending("CertificateRequest", name, "not approved", message or "nobody has approved it yet")
    # `Referenced "ClusterIssuer" not found: ...`, `Referenced issuer does not have a Ready status condition`
    return Pending("CertificateRequest", name, "pending", message, stuck=message.startswith("Referenced "))


def _of_issuer(request: Object, objects: Sequence[Object]) -> list[Pending]:
    """The issuer, where it is among the objects and is what the request waits for."""
    reference = request["spec"].get("issuerRef") or {}
    wanted = (reference.get("kind") or "Issuer", reference.get("name"))
    found = [Issuer.of(one) for one in objects if (one["kind"], one["metadata"]["name"]) == wanted]
    return [Pending(one.kind, one.name, "not ready", one.why, stuck=True) for one in found if not one.ready]


def _of_acme(found: Object, what: str) -> Pending:
    status = found.get("status") or {}
    state = str(status.get("state") or "new")
    words = [what, str(status.get("reason") or "")]
    if state not in (*FAILED_STATES, PASSED) and not words[1] and found["kind"] == "Challenge":
        words[1] = "presented" if status.get("presented") else "not presented yet"
    reason = ": ".join(word for word in words if word)
    return Pending(found["kind"], found["metadata"]["name"], state, reason, failed=state in FAILED_STATES)


def _children(parent: Object, objects: Sequence[Object], kind: str) -> list[Object]:
    uid = parent["metadata"]["uid"]
    return [
        one
        for one in objects
        if one["kind"] == kind and any(owner["uid"] == uid for owner in one["metadata"].get("ownerReferences") or [])
    ]
