from __future__ import annotations

from pathlib import Path

from longshore.sandbox import processes
from longshore.sandbox.cluster.files import Files
from longshore.sandbox.cluster.programs import ALL
from longshore.toolchain import catalogue

CLUSTER, AUDIT = Path("/s/clusters/bank"), Path("/s/logs/audit.log")


def argv(name: str) -> list[str]:
    return next(one.arguments(Files(CLUSTER), 4711, AUDIT) for one in ALL if one.name == name)


def test_all_that_the_catalogue_builds_and_processes_knows() -> None:
    assert [one.binary for one in ALL] == [one.name for one in (*catalogue.CONTROL_PLANE, catalogue.CERT_MANAGER)]
    assert sorted(one.name for one in ALL) == sorted(processes.PARTS)


def test_etcd() -> None:
    assert argv("etcd") == [
        "--name=sandbox",
        "--data-dir=/s/clusters/bank/etcd",
        "--listen-client-urls=unix://localhost:1",
        "--advertise-client-urls=unix://localhost:1",
        "--listen-peer-urls=unix://localhost:2",
        "--initial-advertise-peer-urls=unix://localhost:2",
        "--initial-cluster=sandbox=unix://localhost:2",
        "--listen-metrics-urls=http://127.0.0.1:4711",
        "--heartbeat-interval=20",
        "--election-timeout=100",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def test_the_api_server() -> None:
    assert argv("apiserver") == [
        "--etcd-servers=unix://localhost:1",
        "--bind-address=127.0.0.1",
        "--secure-port=4711",
        "--external-hostname=127.0.0.1",
        "--tls-cert-file=/s/clusters/bank/server.pem",
        "--tls-private-key-file=/s/clusters/bank/server.key",
        "--service-account-key-file=/s/clusters/bank/service-accounts.key",
        "--service-account-signing-key-file=/s/clusters/bank/service-accounts.key",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        "--service-cluster-ip-range=10.100.0.0/16",
        "--endpoint-reconciler-type=none",
        "--allow-privileged=true",
        "--token-auth-file=/s/clusters/bank/tokens.csv",
        "--authentication-token-webhook-config-file=/s/clusters/bank/authenticate.kubeconfig",
        "--authentication-token-webhook-version=v1",
        "--authentication-token-webhook-cache-ttl=0s",
        "--authorization-mode=Node,RBAC,Webhook",
        "--authorization-webhook-config-file=/s/clusters/bank/authorize.kubeconfig",
        "--authorization-webhook-version=v1",
        "--authorization-webhook-cache-authorized-ttl=0s",
        "--authorization-webhook-cache-unauthorized-ttl=0s",
        "--audit-policy-file=/s/clusters/bank/audit-policy.json",
        "--audit-log-path=/s/logs/audit.log",
        "--audit-log-maxbackup=1",
        "--event-ttl=1h",
        "--profiling=false",
    ]


def test_those_that_work_on_it() -> None:
    served = [
        "--bind-address=127.0.0.1",
        "--secure-port=4711",
        "--tls-cert-file=/s/clusters/bank/server.pem",
        "--tls-private-key-file=/s/clusters/bank/server.key",
        "--leader-elect=false",
        "--profiling=false",
    ]
    assert argv("controller-manager") == [
        "--kubeconfig=/s/clusters/bank/kube-controller-manager.kubeconfig",
        "--service-account-private-key-file=/s/clusters/bank/service-accounts.key",
        "--root-ca-file=/s/clusters/bank/ca.pem",
        *served,
    ]
    assert argv("scheduler") == ["--kubeconfig=/s/clusters/bank/kube-scheduler.kubeconfig", *served]
    first, stages, chaos, *rest = argv("kwok")
    assert first == "--kubeconfig=/s/clusters/bank/kwok.kubeconfig"
    assert Path(stages.removeprefix("--config=")).read_text().count("kind: Stage") == 5
    assert 'labels["longshore/chaos"]' in Path(chaos.removeprefix("--config=")).read_text()
    assert rest == [
        "--manage-all-nodes",
        "--node-lease-duration-seconds=40",
        "--cidr=172.31.0.0/16",
        "--server-address=127.0.0.1:4711",
    ]
