"""The programs of a control plane and how each is started. https://kubernetes.io/docs/reference/command-line-tools-reference/

etcd listens on a Unix socket in the cluster's own folder (0700), where only the API server finds it: a port would be open to every user of
this machine. The path is relative to that folder, so it is never too long for a socket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from longshore.sandbox.cluster.files import Files
from longshore.sandbox.ports import HOST

SERVICES = "10.100.0.0/16"
"""Addresses of Services, as EKS gives them."""
PODS = "172.31.0.0/16"
CERTIFICATES = "cert-manager"
"""The namespace, the Deployment and the ServiceAccount of cert-manager's controllers, and our program that has them."""
NOWHERE = f"http://{HOST}:1"
_CLIENTS, _PEERS = "unix://localhost:1", "unix://localhost:2"

Arguments = Callable[[Files, int, Path], list[str]]


@dataclass(frozen=True)
class Program:
    """`health` is the path that answers 200 while it is well, by HTTPS where `tls`. `arguments` are made of files, a port, and the log for audits.

    `environment` is what it has beside PATH and HOME.
    """

    name: str
    binary: str
    health: str
    tls: bool
    arguments: Arguments
    environment: tuple[tuple[str, str], ...] = ()


def _etcd(cluster: Files, port: int, audit: Path) -> list[str]:
    return [
        "--name=sandbox",
        f"--data-dir={cluster.folder / 'etcd'}",
        f"--listen-client-urls={_CLIENTS}",
        f"--advertise-client-urls={_CLIENTS}",
        f"--listen-peer-urls={_PEERS}",
        f"--initial-advertise-peer-urls={_PEERS}",
        f"--initial-cluster=sandbox={_PEERS}",
        f"--listen-metrics-urls=http://{HOST}:{port}",
        # It votes for itself: after a tenth of a second instead of a whole one.
        "--heartbeat-interval=20",
        "--election-timeout=100",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _apiserver(cluster: Files, port: int, audit: Path) -> list[str]:
    keys = cluster.certificates
    return [
        f"--etcd-servers={_CLIENTS}",
        f"--bind-address={HOST}",
        f"--secure-port={port}",
        f"--external-hostname={HOST}",
        f"--tls-cert-file={keys.certificate}",
        f"--tls-private-key-file={keys.key}",
        f"--service-account-key-file={keys.accounts_key}",
        f"--service-account-signing-key-file={keys.accounts_key}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-cluster-ip-range={SERVICES}",
        "--endpoint-reconciler-type=none",
        "--allow-privileged=true",
        f"--token-auth-file={cluster.tokens}",
        # Nothing is kept of what a webhook said: who is revoked is out at once.
        f"--authentication-token-webhook-config-file={cluster.kubeconfig('authenticate')}",
        "--authentication-token-webhook-version=v1",
        "--authentication-token-webhook-cache-ttl=0s",
        "--authorization-mode=Node,RBAC,Webhook",
        f"--authorization-webhook-config-file={cluster.kubeconfig('authorize')}",
        "--authorization-webhook-version=v1",
        "--authorization-webhook-cache-authorized-ttl=0s",
        "--authorization-webhook-cache-unauthorized-ttl=0s",
        f"--audit-policy-file={cluster.audit_policy}",
        f"--audit-log-path={audit}",
        "--audit-log-maxbackup=1",
        "--event-ttl=1h",
        "--profiling=false",
    ]


def _served(cluster: Files, port: int) -> list[str]:
    keys = cluster.certificates
    return [
        f"--bind-address={HOST}",
        f"--secure-port={port}",
        f"--tls-cert-file={keys.certificate}",
        f"--tls-private-key-file={keys.key}",
        "--leader-elect=false",
        "--profiling=false",
    ]


def _controller_manager(cluster: Files, port: int, audit: Path) -> list[str]:
    keys = cluster.certificates
    return [
        f"--kubeconfig={cluster.kubeconfig('system:kube-controller-manager')}",
        f"--service-account-private-key-file={keys.accounts_key}",
        f"--root-ca-file={keys.authority}",
        *_served(cluster, port),
    ]


def _scheduler(cluster: Files, port: int, audit: Path) -> list[str]:
    return [f"--kubeconfig={cluster.kubeconfig('system:kube-scheduler')}", *_served(cluster, port)]


def _kwok(cluster: Files, port: int, audit: Path) -> list[str]:
    return [
        f"--kubeconfig={cluster.kubeconfig('kwok')}",
        f"--config={files('longshore.sandbox.cluster').joinpath('stages.yaml')}",
        f"--config={files('longshore.sandbox.cluster').joinpath('chaos.yaml')}",
        "--manage-all-nodes",
        "--node-lease-duration-seconds=40",
        f"--cidr={PODS}",
        f"--server-address={HOST}:{port}",
    ]


def _cert_manager(cluster: Files, port: int, audit: Path) -> list[str]:
    return [
        f"--kubeconfig={cluster.kubeconfig(CERTIFICATES)}",
        f"--healthz={HOST}:{port}",
        f"--cluster-resource-namespace={CERTIFICATES}",
        # Its own would be an hour: too long for a rehearsal.
        "--backoff=5s",
    ]


ETCD = Program("etcd", "etcd", "/health", False, _etcd)
API_SERVER = Program("apiserver", "kube-apiserver", "/readyz", True, _apiserver)
COMPONENTS = (
    Program("controller-manager", "kube-controller-manager", "/healthz", True, _controller_manager),
    Program("scheduler", "kube-scheduler", "/readyz", True, _scheduler),
    Program("kwok", "kwok", "/healthz", False, _kwok),
)
CERT_MANAGER = Program(
    CERTIFICATES,
    CERTIFICATES,
    "/healthz",
    False,
    _cert_manager,
    # Where nobody listens: it must neither register an account with a real ACME server nor ask for certificates there.
    (("HTTP_PROXY", NOWHERE), ("HTTPS_PROXY", NOWHERE)),
)
"""Not of the control plane: it runs where cert-manager is installed."""
ALL = (ETCD, API_SERVER, *COMPONENTS, CERT_MANAGER)
"""In the order in which they start."""
