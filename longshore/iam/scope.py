"""What an environment's policies and roles are called, and what the placeholders of their templates stand for.

Two environments of one account share the groups, and each gives them policies of its own: the names hold the application and the environment.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.iam.documents import render
from longshore.iam.entities import Document

PATH = "/longshore/"
"""Of every managed policy that longshore makes."""
LONGEST_ROLE = 64
"""Characters of a role's name (IAM User Guide, quotas)."""

GROUPS = {"admin": ("admin", "admin-iam"), "developer": ("developer",), "tester": ("tester",)}
"""The groups, and the templates of what their members may do."""
DEPLOY = "deploy"
"""The template of what a job may do that deploys."""


@dataclass(frozen=True)
class Scope:
    """One environment in one partition (aws, aws-cn, aws-us-gov)."""

    environment: Environment
    partition: str

    @property
    def name(self) -> str:
        """The environment; on the sandbox the one that it plays, so that a rehearsal makes the same names."""
        return self.environment.like or self.environment.name

    @property
    def prefix(self) -> str:
        return "-".join(filter(None, (self.environment.app, self.name)))

    def policy_arn(self, template: str) -> str:
        return f"arn:{self.partition}:iam::{self.environment.account_id}:policy{PATH}{self.prefix}-{template}"

    def document(self, template: str) -> Document:
        """What the template says for this environment."""
        return render(template, self.values)

    @cached_property
    def values(self) -> dict[str, str]:
        """The placeholders. An empty one: the environment has none, and nothing is allowed on it."""
        environment = self.environment
        kind, _, name = environment.secrets.partition(":")
        secret = name if kind == "aws" else ""
        cluster = environment.eks_cluster
        return {
            "partition": self.partition,
            "account": environment.account_id,
            "region": environment.region,
            "prefix": self.prefix,
            "secret": secret,
            "unprotected-secret": "" if environment.protected else secret,
            "cluster": cluster,
            "repository": environment.ecr_repository,
            # RDS keeps its names in lower case.
            "instance": environment.db_instance.lower(),
            "cluster-role": role_name(cluster, "cluster") if cluster else "",
            "node-role": role_name(cluster, "node") if cluster else "",
            "deploy-role": deploy_role_name(environment),
        }


def deploy_role_name(environment: Environment) -> str:
    """The role of the jobs that deploy: `bank-prod-github`."""
    return deployer(environment.app, environment.like or environment.name)


def deployer(app: str, environment: str) -> str:
    """The same from the names alone, for an environment that has no file yet."""
    return role_name("-".join(filter(None, (app, environment))), "github")


def role_name(what: str, part: str) -> str:
    """`bank-prod-cluster`. Where that is longer than IAM takes, the middle is a digest of it."""
    name = f"{what}-{part}"
    if len(name) <= LONGEST_ROLE:
        return name
    digest = hashlib.sha256(what.encode()).hexdigest()[:8]
    return f"{what[: LONGEST_ROLE - len(part) - 10]}-{digest}-{part}"


def require_cluster(environment: Environment) -> str:
    """The cluster's name. Raises UsageError where none is set."""
    if environment.eks_cluster:
        return environment.eks_cluster
    file = f"env/{environment.name}.env"
    raise UsageError("EKS_CLUSTER is not set", on=file, why="the roles are named after it", do=f"set it in {file}")
