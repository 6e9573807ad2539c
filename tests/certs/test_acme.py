from __future__ import annotations

import pytest

from longshore.certs.acme import AcmeIssuer
from longshore.environments.environment import Environment
from longshore.errors import UsageError


def wished(environment: Environment, email: str = "ops@example.com", **more: object) -> AcmeIssuer:
    given = {"name": "", "staging": False, "dns01": False, "zone": ""} | more
    return AcmeIssuer.wished(environment, email, **given)  # type: ignore[arg-type]


def test_over_http_the_class_answers(environment: Environment) -> None:
    assert wished(environment).object("traefik") == {
        "apiVersion": "cert-manager.io/v1",
        "kind": "ClusterIssuer",
        "metadata": {"name": "letsencrypt"},
        "spec": {
            "acme": {
                "server": "https://acme-v02.api.letsencrypt.org/directory",
                "email": "ops@example.com",
                "privateKeySecretRef": {"name": "letsencrypt-account"},
                "solvers": [{"http01": {"ingress": {"ingressClassName": "traefik"}}}],
            }
        },
    }


def test_by_a_record_no_key_is_in_it(environment: Environment) -> None:
    found = wished(environment, staging=True, dns01=True, zone="Z0123456789ABC")
    assert found.name == "letsencrypt-staging"
    acme = found.object("")["spec"]["acme"]
    assert acme["server"] == "https://acme-staging-v02.api.letsencrypt.org/directory"
    assert acme["solvers"] == [{"dns01": {"route53": {"region": "eu-central-1", "hostedZoneID": "Z0123456789ABC"}}}]
    without = wished(environment, dns01=True, name="mine")
    assert (without.name, without.object("")["spec"]["acme"]["privateKeySecretRef"]) == (
        "mine",
        {"name": "mine-account"},
    )
    assert without.object("")["spec"]["acme"]["solvers"] == [{"dns01": {"route53": {"region": "eu-central-1"}}}]


@pytest.mark.parametrize(
    ("email", "more", "on"),
    [
        ("", {}, "--email "),
        ("ops", {}, "--email ops"),
        ("ops@example", {}, "--email ops@example"),
        ("a@example.com,b@example.com", {}, "--email a@example.com,b@example.com"),
        ("ops@example.com\nbcc: x@example.com", {}, "--email ops@example.com\nbcc: x@example.com"),
        ("ops@example.com", {"name": "Let's Encrypt"}, "--name Let's Encrypt"),
        ("ops@example.com", {"zone": "Z1"}, "--zone Z1"),
        ("ops@example.com", {"zone": "example.com", "dns01": True}, "--zone example.com"),
    ],
)
def test_what_can_not_be_is_told_by_its_flag(
    environment: Environment, email: str, more: dict[str, object], on: str
) -> None:
    with pytest.raises(UsageError) as told:
        wished(environment, email, **more)
    assert told.value.on == on
