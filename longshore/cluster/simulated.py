"""Where pods run nothing: the sandbox's are kwok's, which become ready and answer nobody.

The environment decides it, not the cluster: who may work in one namespace can't look at nodes, and the guard lets no other environment reach
a cluster that isn't EKS's.
"""

from __future__ import annotations

from longshore.environments.environment import Environment


def not_checked(environment: Environment) -> str:
    """What is said of a check that needs an answer of a pod, where there can't be one; empty where pods run."""
    return "not checked: pods are simulated" if environment.is_sandbox else ""
