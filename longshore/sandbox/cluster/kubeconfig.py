"""The sandbox's kubeconfig: kubectl's way to the cluster that the environment names, as whoever AWS_PROFILE names."""

from __future__ import annotations

import json

CONTEXT = "sandbox"


def text(cluster: str, region: str, endpoint: str, authority: str) -> str:
    """The file. `authority` is base64, as DescribeCluster has it.

    Neither `--profile` nor an env stanza: the shell's AWS_PROFILE decides who acts, so that one shell can be everyone in turn.
    """
    words = ["--region", region, "eks", "get-token", "--cluster-name", cluster, "--output", "json"]
    return f"""\
# Written by sandbox.up.
apiVersion: v1
kind: Config
current-context: {CONTEXT}
clusters:
- name: {CONTEXT}
  cluster:
    server: {endpoint}
    certificate-authority-data: {authority}
users:
- name: {CONTEXT}
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: aws
      args: {json.dumps(words)}
      interactiveMode: IfAvailable
contexts:
- name: {CONTEXT}
  context:
    cluster: {CONTEXT}
    user: {CONTEXT}
"""
