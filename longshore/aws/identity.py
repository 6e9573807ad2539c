"""Identity before action: who acts, in which account, by AWS's own answer (STS GetCallerIdentity, which needs no permission)."""

from __future__ import annotations

import os
from dataclasses import dataclass

from longshore.aws.errors import translated
from longshore.aws.session import Session, shadowing
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.steps.step import Context, Done, Look, Status


@dataclass(frozen=True)
class Identity:
    """Who AWS says that we are. `source` is where the profile's name is from (a flag, a variable, an env file's line)."""

    account: str
    arn: str
    profile: str
    source: str


def whoami(session: Session) -> Identity:
    """Ask STS.

    Raises UsageError for credentials that are missing, wrong or expired; Failed when AWS can't be reached.
    """
    client = session.client("sts")
    with translated(session, doing="ask AWS who acts", on=session.who):
        answer = client.get_caller_identity()
    return Identity(answer["Account"], answer["Arn"], session.profile, session.choice.profile_from)


class IdentityGuard(Look):
    """The first step of every task that changes something in AWS: refuses another account than the environment's.

    `identity` is set once it has looked.
    """

    name = "identity"

    def __init__(self, environment: Environment, session: Session) -> None:
        self.environment = environment
        self.session = session
        self.identity: Identity | None = None
        who = environment.profile or "ambient identity"
        self.title = f"Identity: {who} in account {environment.account_id or '(not pinned)'}"

    def check(self, run: Context) -> Status:
        """Raises Refused for another account, UsageError where none is pinned."""
        if self.identity is None:
            for warning in warnings(self.environment):
                run.report.warn(warning)
            self.identity = self._ask()
        return Done(self.identity.arn)

    def _ask(self) -> Identity:
        environment, found = self.environment, whoami(self.session)
        origins = environment.origins or {}
        if not environment.account_id:
            raise UsageError(
                f"{environment.name} names no AWS account, nothing was touched",
                on="AWS_ACCOUNT_ID",
                why=f"what changes something needs the pin; {self.session.who} is {found.arn}",
                do=f"if that is the right one: put AWS_ACCOUNT_ID={found.account} into env/{environment.name}.env",
            )
        if found.account != environment.account_id:
            profile = environment.profile or "(ambient identity)"
            raise Refused(
                f"wrong account {found.account}, nothing was touched",
                on=f"{found.arn}, profile {profile} from {origins.get('AWS_PROFILE', 'default')}",
                why=f"{environment.name} is account {environment.account_id} ({origins.get('AWS_ACCOUNT_ID', 'default')})",
                do=("inv aws.profiles", f"name the profile of that account: --env {environment.name} --profile NAME"),
            )
        return found


def warnings(environment: Environment) -> list[str]:
    """What the shell's variables say and longshore does not follow, a line each."""
    lines = []
    if shadowed := shadowing(environment.profile):
        verb = "are set and ignored" if len(shadowed) > 1 else "is set and ignored"
        lines.append(f"{', '.join(shadowed)} {verb}: the profile {environment.profile} acts")
    origin = (environment.origins or {}).get("AWS_REGION", "default")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        shell = os.environ.get(name)
        if shell and environment.region and shell != environment.region:
            lines.append(
                f"{name} is {shell} in the shell and ignored: {environment.name} is in {environment.region} ({origin})"
            )
    return lines
