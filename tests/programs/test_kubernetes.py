"""What kubectl's words mean, and how RBAC is asked."""

from __future__ import annotations

import pytest

from longshore.programs.kubernetes import Asked, Reason, reason_of

# What kubectl 1.36.3 printed, asked with a wrong token, a wrong port, a wrong CA, and so on.
SAID = {
    "error: You must be logged in to the server (Unauthorized)": Reason.UNAUTHORIZED,
    "The connection to the server 127.0.0.1:6444 was refused - did you specify the right host or port?": Reason.UNREACHABLE,
    "Unable to connect to the server: dial tcp: lookup x.eks.amazonaws.com: no such host": Reason.UNREACHABLE,
    "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)": Reason.UNREACHABLE,
    "Error from server (TooManyRequests): storage is (re)initializing": Reason.UNREACHABLE,
    "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority": Reason.CERTIFICATE,
    'Error from server (NotFound): configmaps "nope" not found': Reason.NOT_FOUND,
    'error: the server doesn\'t have a resource type "gizmos"': Reason.NOT_FOUND,
    'Error from server (AlreadyExists): error when creating "STDIN": configmaps "x" already exists': Reason.EXISTS,
    'error: failed to create configmap: configmaps "x" already exists': Reason.EXISTS,
    'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "x": the object has been '
    "modified; please apply your changes to the latest version and try again": Reason.CONFLICT,
    'Error from server (Forbidden): pods is forbidden: User "tester" cannot list resource "pods" in API group "" in the namespace "x"': Reason.FORBIDDEN,
    'The Deployment "a" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0': Reason.INVALID,
    "something else": Reason.OTHER,
}


@pytest.mark.parametrize(("said", "reason"), SAID.items())
def test_reason_of(said: str, reason: Reason) -> None:
    log = 'E1129 10:50:51.000000   12 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API group list"\n'
    assert reason_of(log + said + "\n") is reason


def test_what_is_asked() -> None:
    whole = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
    review = Asked("create", "deployments.apps", "bank").review()
    assert review == whole | {
        "spec": {
            "resourceAttributes": {"verb": "create", "group": "apps", "resource": "deployments", "namespace": "bank"}
        }
    }
    assert Asked("get", "pods").review()["spec"] == {"resourceAttributes": {"verb": "get", "resource": "pods"}}
    everything = {"verb": "*", "group": "*", "resource": "*"}
    assert Asked("*", "*").review()["spec"] == {"resourceAttributes": everything}
    assert str(Asked("get", "pods", "bank")) == "get pods in bank"
