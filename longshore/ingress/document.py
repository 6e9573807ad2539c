"""What a rule more or less makes of a host's Ingress. Pure functions: the object goes in, another one comes out."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from longshore import hosts
from longshore.certs.choice import Issuer
from longshore.cluster import ingress_classes as classes
from longshore.ingress import rules
from longshore.ingress.marks import HOST, ISSUERS, OURS, VALUE, issuer_of
from longshore.ingress.rules import Rule
from longshore.programs.kubernetes import Object


def empty(host: str, namespace: str) -> Object:
    """A host's Ingress before it has a rule."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": hosts.object_name(host),
            "namespace": namespace,
            "labels": {OURS: VALUE},
            "annotations": {HOST: host},
        },
        "spec": {"rules": [{"host": host, "http": {"paths": []}}]},
    }


def added(ingress: Object, rule: Rule, class_name: str, issuer: Issuer | None, about: Mapping[str, str]) -> Object:
    """With the rule, in the place of one for the same path. Without an `issuer`, TLS stays as it is.

    `about` are annotations that say who did it; they alone are no change.
    """
    after = copy.deepcopy(ingress)
    path = {"path": rule.path, "pathType": rule.type, "backend": rules.backend(rule.service, rule.port)}
    paths = _paths(after, rule.host)
    at = next((number for number, one in enumerate(paths) if _key(rule.host, one) == rule.key), None)
    if at is None:
        paths.append(path)
    else:
        paths[at] = path
    if class_name != classes.of_ingress(after):
        after["spec"]["ingressClassName"] = class_name
        after["metadata"]["annotations"].pop(classes.LEGACY, None)
    if issuer is not None:
        annotations = after["metadata"]["annotations"]
        after["metadata"]["annotations"] = {name: annotations[name] for name in annotations if name not in ISSUERS}
        after["metadata"]["annotations"][issuer.annotation] = issuer.name
        if rules.tls_block(after, rule.host) is None:
            after["spec"].setdefault("tls", []).append(
                {"hosts": [rule.host], "secretName": hosts.secret_name(rule.host)}
            )
    if after != ingress:
        after["metadata"]["annotations"].update(about)
    return after


def removed(ingress: Object, host: str, path: str) -> Object | None:
    """Without the rules of a path, of all paths where it is empty; None where no rule is left."""
    after = copy.deepcopy(ingress)
    for rule in after["spec"].get("rules") or []:
        if rule.get("host") == host and rule.get("http"):
            found = rule["http"].get("paths") or []
            rule["http"]["paths"] = [one for one in found if path and not _takes(one, path)]
    after["spec"]["rules"] = [one for one in after["spec"].get("rules") or [] if (one.get("http") or {}).get("paths")]
    return after if after["spec"]["rules"] else None


def changes(before: Object | None, after: Object) -> list[str]:
    """What is told of a change, a line each."""
    name = after["metadata"]["name"]
    lines = [] if before is not None else [f"create Ingress {name} of class {classes.of_ingress(after)}"]
    old, new = ({one.key: one for one in rules.of(one)} if one else {} for one in (before, after))
    for key, rule in new.items():
        was = old.get(key)
        if was is None:
            lines.append(f"add {rule}")
        elif (was.service, was.port, was.path) != (rule.service, rule.port, rule.path):
            lines.append(f"change {rule} (was {was.service}:{was.port})")
    lines += [f"remove {rule}" for key, rule in old.items() if key not in new]
    if before is not None and classes.of_ingress(before) != classes.of_ingress(after):
        lines.append(f"class: {classes.of_ingress(before) or 'none'} → {classes.of_ingress(after)}")
    signed = issuer_of(before) if before is not None else ""
    if issuer_of(after) != signed:
        lines.append(f"issuer: {signed} → {issuer_of(after)}" if signed else f"a certificate of {issuer_of(after)}")
    secrets = {one.secret for one in new.values()} - {one.secret for one in old.values()} - {""}
    return [*lines, *(f"the certificate is in Secret {secret}" for secret in sorted(secrets))]


def _paths(ingress: Object, host: str) -> list[Object]:
    """The list of a host's paths, which is made where there is none."""
    found = ingress["spec"].setdefault("rules", [])
    rule = next((one for one in found if one.get("host") == host), None)
    if rule is None:
        rule = {"host": host}
        found.append(rule)
    paths: list[Object] = rule.setdefault("http", {}).setdefault("paths", [])
    return paths


def _key(host: str, path: Object) -> tuple[str, str, str]:
    return host, rules.normal(path.get("path") or "/", path.get("pathType", "")), path.get("pathType", "")


def _takes(path: Object, wanted: str) -> bool:
    kind = path.get("pathType", "")
    return rules.normal(path.get("path") or "/", kind) == rules.normal(wanted, kind)
