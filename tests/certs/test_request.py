"""certs.request and certs.status, with cert-manager's real controllers and a CA."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from longshore.certs import managed
from longshore.certs.kinds import is_true
from longshore.cluster.sight import Sight
from longshore.errors import UsageError
from longshore.hosts import secret_name
from longshore.steps.report import Silent
from tests.certs import acme
from tests.certs.bench import HOST, SECRET, Certs, pair
from tests.command import until
from tests.live import told
from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration


def test_a_certificate_is_issued_and_twice_is_nothing(certs: Certs) -> None:
    assert certs.status() == []
    plan = certs.request(HOST, "--plan").check().stdout
    assert f"create Certificate {SECRET} for {HOST}, by ClusterIssuer sandbox-ca, in Secret {SECRET}" in plan
    assert certs.all("Certificate") == []

    said = certs.request().check()
    assert f"in Secret {SECRET}" in said.stderr
    assert certs.leaf().hosts == (HOST,)
    (one,) = certs.status()
    assert (one["certificate"], one["hosts"], one["issuer"]) == (SECRET, [HOST], "ClusterIssuer sandbox-ca")
    assert (one["ready"], one["revision"], one["waits_for"], one["on_the_way"]) == (True, 1, None, [])
    assert one["not_after"] > one["renewal"] > "2026"

    mark = certs.live.api_mark()
    assert "nothing to do" in certs.request(HOST.upper()).check().stderr
    assert certs.writes(mark) == []
    # The key has stayed where it is.
    key = base64.b64decode(certs.one("Secret", SECRET)["data"]["tls.key"]).decode()
    journals = "".join(path.read_text() for path in (certs.live.state / "runs").glob("*.jsonl"))
    assert key.splitlines()[1] not in said.stdout + said.stderr + journals
    assert "PRIVATE KEY" not in said.stdout + said.stderr + journals


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("*.example.com", "*.example.com"),
        pytest.param("MÜNCHEN.example", "xn--mnchen-3ya.example", marks=pytest.mark.exhaustive),
        pytest.param(".".join(["a" * 62] * 4), ".".join(["a" * 62] * 4), marks=pytest.mark.exhaustive),
    ],
)
def test_hosts_that_are_no_plain_names(certs: Certs, given: str, host: str) -> None:
    certs.request(given).check()
    assert certs.leaf(secret_name(host)).hosts == (host,)


def test_what_an_ingress_asks_for_is_that_hosts_certificate(certs: Certs) -> None:
    certs.ingress("bank", HOST, "of-the-ingress", **{"cert-manager.io/cluster-issuer": "sandbox-ca"})
    certs.request().check()
    (one,) = certs.status()
    assert (one["certificate"], one["ingress"], one["ready"]) == ("of-the-ingress", "bank", True)


def test_who_said_no_is_told_at_once(certs: Certs) -> None:
    # A CA whose key isn't its certificate's: cert-manager signs, and Go refuses.
    certs.make("Secret", "broken", type="kubernetes.io/tls", data=pair(authority=True, broken=True))
    certs.issuer("broken", kind="Issuer", ca={"secretName": "broken"})
    lines = told(certs.request(HOST, "--issuer", "broken"), 1, "the certificate was not issued", "inv certs.renew")
    assert "CertificateRequest bank.example.com-tls-1 (failed): Error signing certificate" in lines[1]
    (one,) = certs.status(1)
    assert (one["ready"], one["failed"], one["issuer"]) == (False, True, "Issuer broken")
    assert [each["kind"] for each in one["on_the_way"]] == ["Certificate", "CertificateRequest"]
    # Once it is mended: another issuer for the same Certificate.
    plan = certs.request(HOST, "--issuer", "sandbox-ca", "--plan").check().stdout
    assert f"Certificate {SECRET}: Issuer broken → ClusterIssuer sandbox-ca" in plan
    certs.request(HOST, "--issuer", "sandbox-ca").check()
    assert certs.leaf().issuer == "longshore sandbox"


def test_what_the_acme_server_says_is_told(certs: Certs) -> None:
    with acme.served() as directory:
        solvers = [{"http01": {"ingress": {"ingressClassName": "traefik"}}}]
        key = {"name": "account"}
        certs.issuer("own", kind="Issuer", acme={"server": directory, "privateKeySecretRef": key, "solvers": solvers})
        until(lambda: is_true(certs.one("Issuer", "own"), "Ready"))
        host = f"{acme.REFUSED}example.com"
        lines = told(certs.request(host, "--issuer", "own"), 1, "the certificate was not issued")
        assert f"(invalid): HTTP-01 for {host}: 192.0.2.1: Timeout during connect" in lines[1]
        waiting = certs.begin("certs.request", "--host", HOST, "--issuer", "own")
        waiting.says("failed to perform self check GET request 'http://bank.example.com/.well-known/acme-challenge/")
        waiting.interrupt()
        assert waiting.end().code == 130
        (one,) = [one for one in certs.status(1) if one["hosts"] == [HOST]]
        kinds = [(each["kind"], each["state"]) for each in one["on_the_way"][1:]]
        assert kinds == [("CertificateRequest", "pending"), ("Order", "pending"), ("Challenge", "pending")]
        assert (one["failed"], "failed to perform self check" in one["waits_for"]) == (False, True)
        certs.clean()


def test_an_issuer_that_cannot_sign_is_refused_before(certs: Certs) -> None:
    told(certs.request(HOST, "--issuer", "sandbox-cb"), 2, "did you mean sandbox-ca?", "inv certs.issuer")
    certs.issuer("sandbox-cb", ca={"secretName": "nowhere"})
    lines = told(
        certs.request(HOST, "--issuer", "sandbox-cb"), 2, "ClusterIssuer sandbox-cb is not ready", "--issuer sandbox-ca"
    )
    assert 'secrets "nowhere" not found' in lines[1]
    assert certs.all("Certificate") == []


@pytest.mark.exhaustive
def test_which_issuer_where_there_are_several(certs: Certs) -> None:
    certs.make("Secret", "other", type="kubernetes.io/tls", data=pair(authority=True))
    certs.issuer("itself", selfSigned={})
    certs.issuer("other", kind="Issuer", ca={"secretName": "other"})
    # One that signs with each certificate's own key is never chosen, and one of the namespace only by its name.
    certs.request().check()
    certs.request("other.example.com", "--issuer", "other").check()
    assert certs.leaf("other.example.com-tls").issuer == "made by hand"
    certs.issuer("second", acme={"server": "https://127.0.0.1:1", "privateKeySecretRef": {"name": "x"}, "solvers": []})
    assert "nothing to do" in certs.request().check().stderr


def test_a_secret_of_somebody_else_is_left_alone(certs: Certs) -> None:
    mine = pair([HOST])
    certs.make("Secret", SECRET, type="kubernetes.io/tls", data=mine)
    told(certs.request(), 2, "the Secret is taken", "--secret NAME")
    assert certs.one("Secret", SECRET)["data"] == mine
    certs.request(HOST, "--secret", "bank-2").check()
    lines = told(certs.request("other.example.com", "--secret", "bank-2"), 2, "the Secret is taken")
    assert f"Certificate bank-2 for {HOST} fills it" in lines[1]


@pytest.mark.exhaustive
def test_two_at_once_are_one_certificate(certs: Certs, tmp_path: Path) -> None:
    clone = certs.live.clone(tmp_path / "clone")
    both = [each.begin("certs.request", "--host", HOST) for each in (certs.live.inv, clone.inv)]
    assert [one.end().code for one in both] == [0, 0], [one.said for one in both]
    assert len(certs.all("Certificate")) == 1
    assert certs.revision() == 1


def test_a_cluster_without_cert_manager(live_cluster: LiveCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    sight = Sight(live_cluster.environment, Silent())
    monkeypatch.setattr(managed, "FAMILY", ("certificates.nowhere.example",))
    with pytest.raises(UsageError, match="cert-manager is not installed") as caught:
        managed.family(sight.kubectl, live_cluster.environment)
    assert caught.value.do == ("inv certs.install --env sandbox",)


@pytest.mark.parametrize("task", ["certs.request", "certs.renew"])
def test_what_is_no_host_is_refused(certs: Certs, task: str) -> None:
    mark = certs.live.api_mark()
    told(certs.inv(task, "--host", "https://bank.example.com/"), 2, "--host can't be")
    assert certs.writes(mark) == []
