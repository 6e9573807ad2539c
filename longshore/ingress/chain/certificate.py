"""The link of the certificate: the Secret that a rule names holds one that is good for its host, today."""

from __future__ import annotations

from longshore.certs import leaf, pending, shown
from longshore.cluster.ingress_classes import ALB
from longshore.ingress.chain.link import CERTIFICATE, Link, broken, not_checked, ok
from longshore.ingress.chain.seen import Seen
from longshore.ingress.rules import ANY, Rule


def judge(rule: Rule, seen: Seen) -> Link:
    """Of a rule's host."""
    env = f"--env {seen.environment.name}"
    served_by = seen.find_class(seen.class_of(rule))
    if served_by is not None and served_by.controller == ALB:
        return not_checked(CERTIFICATE, "an ALB takes it from ACM")
    if not rule.tls:
        return ok(CERTIFICATE, "none is asked for: plain HTTP")
    if not rule.secret:
        return not_checked(CERTIFICATE, "the Ingress names no Secret: it is the controller's own")
    if seen.certificates is None:
        return not_checked(CERTIFICATE, f"this identity may not read Secret {rule.secret}")
    text = seen.certificates.get(rule.secret)
    if not text:
        return _absent(rule, seen, env)
    status = f"inv certs.status {env}"
    try:
        found = leaf.read(text)
    except ValueError as error:
        return broken(CERTIFICATE, f"Secret {rule.secret}: {error}", status)
    until = f"until {shown.until(found.not_after)}"
    if rule.host != ANY and not found.covers(rule.host):
        return broken(
            CERTIFICATE, f"Secret {rule.secret} is for {', '.join(found.hosts) or 'no host'}, not for {rule.host}",
            f"inv certs.request {env} --host {rule.host}",
        )  # fmt: skip
    if found.not_after < shown.now():
        renew = f"inv certs.renew {env} --host {rule.host}" if rule.secret in seen.managed else status
        return broken(CERTIFICATE, f"it has ended: {until}", renew)
    if found.not_before > shown.now():
        return broken(CERTIFICATE, f"it is good only from {found.not_before:%Y-%m-%d %H:%M} UTC", status)
    return ok(CERTIFICATE, f"{until}, by {found.issuer}")


def _absent(rule: Rule, seen: Seen, env: str) -> Link:
    asked = seen.managed.get(rule.secret)
    if asked is None:
        return broken(
            CERTIFICATE, f"there is no Secret {rule.secret}, and no Certificate that fills it",
            f"inv certs.request {env} --host {rule.host}",
        )  # fmt: skip
    last = pending.last(pending.of(asked, seen.family))
    why = f"{asked} waits" + (f": {last}" if last else "")
    return broken(CERTIFICATE, why, f"inv certs.status {env}")
