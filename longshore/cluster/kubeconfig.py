"""A kubeconfig's parts: one cluster, one user, one context. https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from longshore.cluster.eks import Cluster

Part = dict[str, Any]


def cluster(found: Cluster) -> Part:
    """Where the API server answers, and the CA that proves it."""
    authority = base64.b64encode(found.certificate_authority.encode()).decode()
    return {"certificate-authority-data": authority, "server": found.endpoint}


def by_token(found: Cluster, token: str) -> str:
    """A whole kubeconfig for one identity by its token. JSON is YAML."""
    name = found.name
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": cluster(found)}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )


def by_exec(
    found: Cluster, region: str, profile: str, *, command: str = "aws", env: Mapping[str, str] | None = None
) -> Part:
    """A user whose token the aws CLI makes. The profile is in the arguments: in the env stanza it would be the one that acts whatever
    AWS_PROFILE says and look as if it weren't, and AWS_ACCESS_KEY_ID of the shell would beat it.

    `env` is for what says where the profile is to be found, never for who it is.
    """
    named = ["--profile", profile] if profile else []
    words = [*named, "--region", region, "eks", "get-token", "--cluster-name", found.name, "--output", "json"]
    variables = {"env": [{"name": name, "value": value} for name, value in env.items()]} if env else {}
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": command,
            "args": words,
            **variables,
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": False,
        }
    }
