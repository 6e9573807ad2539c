from __future__ import annotations

import json
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store

from longshore.process.redaction import MASK, redact
from longshore.sandbox.cluster import kubeconfig
from longshore.sandbox.cluster.files import ADMINISTRATOR, COMPONENTS, Files, Webhooks

WEBHOOKS = Webhooks("http://127.0.0.1:4566/_sandbox/clusters/bank", "t0ken")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    made = Files(tmp_path)
    made.make(WEBHOOKS)
    made.point_components(6443)
    return made


def test_the_certificate_is_the_authoritys_for_this_machine_only(files: Files) -> None:
    keys = files.certificates
    authority = x509.load_pem_x509_certificate(keys.authority.read_bytes())
    certificate = x509.load_pem_x509_certificate(keys.certificate.read_bytes())
    verifier = PolicyBuilder().store(Store([authority])).build_server_verifier(x509.DNSName("localhost"))
    assert verifier.verify(certificate, []) == [certificate, authority]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(keys.certificate, keys.key)
    assert "BEGIN EC PRIVATE KEY" in keys.accounts_key.read_text()
    public = authority.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    # The authority's own key is nowhere.
    pem = [path.read_bytes() for path in files.folder.iterdir()]
    assert sum(b"PRIVATE KEY" in text for text in pem) == 2


def test_all_is_private_and_no_token_is_shown(files: Files) -> None:
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.folder.iterdir()} == {0o600}
    tokens = {files.token(user) for user in (ADMINISTRATOR, *COMPONENTS)}
    assert len(tokens) == 4
    for token in tokens:
        assert redact(f"x {token}") == f"x {MASK}"
    assert "t0ken" not in repr(WEBHOOKS)
    with pytest.raises(OSError, match="has no user eve"):
        files.token("eve")


def test_kubeconfigs(files: Files) -> None:
    scheduler = json.loads(files.kubeconfig("system:kube-scheduler").read_text())
    assert scheduler["clusters"][0]["cluster"] == {
        "server": "https://127.0.0.1:6443",
        "certificate-authority": str(files.certificates.authority),
    }
    assert scheduler["users"][0]["user"] == {"token": files.token("system:kube-scheduler")}
    webhook = json.loads(files.kubeconfig("authenticate").read_text())
    assert webhook["clusters"][0]["cluster"] == {
        "server": "http://kube-apiserver:t0ken@127.0.0.1:4566/_sandbox/clusters/bank/authenticate"
    }
    assert webhook["users"][0]["user"] == {}


def test_the_kubeconfig_of_people() -> None:
    assert (
        kubeconfig.text("bank-dev", "eu-central-1", "https://127.0.0.1:6443", "Q0E=")
        == """\
# Written by sandbox.up.
apiVersion: v1
kind: Config
current-context: sandbox
clusters:
- name: sandbox
  cluster:
    server: https://127.0.0.1:6443
    certificate-authority-data: Q0E=
users:
- name: sandbox
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: aws
      args: ["--region", "eu-central-1", "eks", "get-token", "--cluster-name", "bank-dev", "--output", "json"]
      interactiveMode: IfAvailable
contexts:
- name: sandbox
  context:
    cluster: sandbox
    user: sandbox
"""
    )
