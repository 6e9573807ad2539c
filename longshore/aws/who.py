"""`aws.whoami`: who acts in an environment, why, and whether it is the environment's account."""

from __future__ import annotations

from longshore.answers import Answer, Table
from longshore.aws.identity import warnings, whoami
from longshore.aws.session import open_session, shadowing
from longshore.environments.environment import Environment


def who(environment: Environment) -> Answer:
    """Ask STS. The answer is not ok (exit 1) when the account is another than the environment's.

    Raises as `open_session` and `whoami` do.
    """
    session = open_session(environment)
    identity = whoami(session)
    origins = environment.origins or {}
    same = identity.account == environment.account_id if environment.account_id else None
    pin = {
        True: f"yes ({origins.get('AWS_ACCOUNT_ID', 'default')})",
        False: f"NO: {environment.name} is account {environment.account_id} ({origins.get('AWS_ACCOUNT_ID', 'default')})",
        None: f"not pinned: put AWS_ACCOUNT_ID={identity.account} into env/{environment.name}.env",
    }[same]
    source = str(origins.get("AWS_PROFILE", "default"))
    return Answer(
        data={
            "environment": environment.name,
            "account": identity.account,
            "arn": identity.arn,
            "profile": environment.profile or None,
            "profile_from": source,
            "region": session.region or None,
            "shadowed": list(shadowing(environment.profile)),
            "is_account_of_environment": same,
        },
        tables=[
            Table(
                ("", ""),
                [
                    ("arn", identity.arn),
                    ("account", identity.account),
                    ("profile", f"{environment.profile or '(ambient identity)'} (from {source})"),
                    ("region", session.region or "-"),
                    ("its account", pin),
                ],
            )
        ],
        notes=warnings(environment),
        ok=same is not False,
    )
