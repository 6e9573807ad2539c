"""cluster.grant and cluster.revoke on the real API server: refused, granted, refused again, by both paths."""

from __future__ import annotations

import pytest

from tests.live_cluster import LiveCluster

pytestmark = pytest.mark.integration

GITHUB = "arn:aws:iam::111122223333:user/github-ci"
BY_AWS_AUTH = ("--via", "aws-auth")


def gets_pods(bank_dev: LiveCluster, *words: str) -> str:
    """What kubectl says to the profile github: `in`, `401` or `403`."""
    result = bank_dev.kubectl("github", "get", "pods", *words)
    if result.code == 0:
        return "in"
    return "401" if "logged in" in result.stderr else "403" if "Forbidden" in result.stderr else result.stderr


@pytest.mark.parametrize("via", ["aws-auth", "entry"])
def test_in_and_out_again(bank_dev: LiveCluster, via: str) -> None:
    assert gets_pods(bank_dev) == "401"
    mark = bank_dev.api_mark()
    granted = bank_dev.inv("cluster.grant", "--user", "github-ci", "--via", via).check()
    print(granted.stderr)
    assert gets_pods(bank_dev) == "in"
    assert gets_pods(bank_dev, "--namespace", "kube-system") == "in"
    assert "proof" not in granted.stderr.lower() or "as profile github it is" in granted.stderr
    print(bank_dev.api_writes(mark))
    again = bank_dev.inv("cluster.grant", "--user", "github-ci").check()
    assert "nothing to do" in again.stderr
    revoked = bank_dev.inv("cluster.revoke", "--user", "github-ci").check()
    print(revoked.stderr)
    assert gets_pods(bank_dev) == "401"
    assert "nothing to do" in bank_dev.inv("cluster.revoke", "--user", "github-ci").check().stderr
