"""What an environment lacks to be shipped to: keys, and what the keys name."""

from __future__ import annotations

import os
from collections.abc import Iterator

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.images import dockerfile


def lacking(environment: Environment) -> Iterator[str]:
    """What to do, a line each."""
    keys = {
        "ECR_REPOSITORY": environment.ecr_repository,
        "EKS_CLUSTER": environment.eks_cluster,
        "K8S_OVERLAY": environment.k8s_overlay,
    }
    if unset := [name for name, value in keys.items() if not value]:
        yield f"set {', '.join(unset)} in env/{environment.name}.env"
    if missing := list(_missing(environment)):
        yield f"bring what is shipped: {', '.join(missing)}"


def _missing(environment: Environment) -> Iterator[str]:
    places = {
        "manifests": (environment.k8s_overlay, "*.y*ml"),
        "migrations": (environment.migrations, "*.up.sql"),
    }
    for what, (place, pattern) in places.items():
        if place is not None and not any(place.glob(pattern)):
            yield f"{what} into {os.path.relpath(place, environment.root)}"
    try:
        dockerfile.find(environment)
    except UsageError:
        yield f"a Dockerfile (or DOCKERFILE=PATH in env/{environment.name}.env)"
