"""iam.oidc: jobs of one GitHub repository act as a role, without a key.

https://docs.github.com/en/actions/security-for-github-actions/security-hardening-your-deployments/configuring-openid-connect-in-amazon-web-services
"""

from __future__ import annotations

import re
import shlex

from longshore.aws.tags import tags
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.iam.api import Iam
from longshore.iam.documents import render
from longshore.iam.guarded import Guarded, guarded
from longshore.iam.managed_policy import Attached, ManagedPolicy
from longshore.iam.scope import DEPLOY, deploy_role_name
from longshore.iam.settling import settle
from longshore.iam.trust import RoleStep
from longshore.steps.step import Context, Done, Status, Step, ToDo

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+", re.ASCII)
SUBJECT = re.compile(r"repo:[^\s*?<>\"\\]+:[^\s*?<>\"\\]+", re.ASCII)


def oidc(
    environment: Environment, repo: str, branch: str = "", job: str = "", sub: str = "", *, replace: bool = False
) -> list[Step]:
    """The steps: GitHub as an identity provider, the policy of a deployment, and a role that exactly this subject may act as.

    `job` is the name of GitHub's own environment that a job names; without it and `branch` it is called as ours is. `sub` is the whole
    subject, for repositories whose tokens have another form. `replace`: also where the role is trusted by another subject now.
    Raises UsageError for what can't be a repository or a subject.
    """
    begun = guarded(environment)
    subject = subject_of(environment, repo, branch, job, sub)
    trust = render(
        "trust-github", {"partition": begun.iam.partition, "account": environment.account_id, "sub": subject}
    )
    name = deploy_role_name(environment)
    given = {"--branch": branch, "--environment": job, "--sub": sub}
    which = "".join(f" {flag} {shlex.quote(value)}" for flag, value in given.items() if value)
    policy = ManagedPolicy(begun.iam, begun.scope, DEPLOY)
    role = RoleStep(
        environment,
        begun.iam,
        name,
        trust,
        f"longshore: deployments of {begun.scope.prefix} by GitHub Actions",
        replace=replace,
        instead=f"inv iam.oidc --env {environment.name} --repo {repo}{which} --replace",
    )
    return [begun.guard, Provider(begun), policy, role, Attached(begun.iam, "role", name, [policy.arn])]


def subject_of(environment: Environment, repo: str, branch: str, job: str, sub: str) -> str:
    """What GitHub's token says of the job, to the letter: no wildcard.

    `repo:owner/name:environment:prod`, or `repo:owner/name:ref:refs/heads/main`. Raises UsageError.
    """
    if not REPOSITORY.fullmatch(repo):
        raise UsageError(f"--repo can't be {repo!r}", why="it is owner/name, as in github.com/owner/name")
    given = [flag for flag, value in (("--branch", branch), ("--environment", job), ("--sub", sub)) if value]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} don't go together", why="the role trusts one subject, to the letter")
    if sub:
        subject = sub
    elif branch:
        subject = f"repo:{repo}:ref:refs/heads/{branch.removeprefix('refs/heads/')}"
    else:
        # GitHub writes a colon of the name as %3A.
        name = job or environment.like or environment.name
        subject = f"repo:{repo}:environment:{name.replace(':', '%3A')}"
    if not SUBJECT.fullmatch(subject):
        raise UsageError(
            f"that can't be the subject of GitHub's tokens: {subject}",
            on=given[0] if given else "--repo",
            why="it is repo:..., without blanks and wildcards: the trust compares it to the letter",
        )
    return subject


class Provider(Step):
    """GitHub's tokens are known to the account, for the audience of AWS's own STS."""

    name = "provider"

    def __init__(self, begun: Guarded) -> None:
        self.title = f"Identity provider {ISSUER}"
        self._iam: Iam = begun.iam
        self._environment = begun.environment

    @property
    def arn(self) -> str:
        return f"arn:{self._iam.partition}:iam::{self._environment.account_id}:oidc-provider/{ISSUER}"

    def check(self, run: Context) -> Status:
        audiences = self._iam.provider_audiences(self.arn)
        if audiences is None:
            return ToDo(f"make it, for the audience {AUDIENCE}")
        if AUDIENCE not in audiences:
            return ToDo(f"add the audience {AUDIENCE} to {', '.join(audiences) or 'none'}")
        return Done(f"for {', '.join(audiences)}")

    def apply(self, run: Context) -> None:
        if self._iam.provider_audiences(self.arn) is None:
            self._iam.create_provider(f"https://{ISSUER}", AUDIENCE, tags(self._environment))
        else:
            self._iam.add_audience(self.arn, AUDIENCE)
        settle(run, self.title, lambda: AUDIENCE in (self._iam.provider_audiences(self.arn) or ()))
