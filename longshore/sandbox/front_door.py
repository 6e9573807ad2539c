"""The sandbox's AWS as its own user `admin` (the profile `default`) reaches it: by the front door, as every client does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longshore.environments.environment import SANDBOX
from longshore.sandbox.layout import Layout

if TYPE_CHECKING:
    from longshore.aws.session import Session


def session(layout: Layout, region: str) -> Session:
    """The session. Raises Refused where a variable of the shell leads elsewhere."""
    from longshore.aws.session import Choice, open_profile

    choice = Choice(
        profile="default",
        profile_from="",
        region=region,
        environment=SANDBOX,
        sandbox=True,
        config_file=layout.aws_config,
        credentials_file=layout.aws_credentials,
    )
    return open_profile(choice, attempts=1)
