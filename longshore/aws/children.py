"""The environment of child programs (aws, kubectl): the same identity, region and endpoint as our own session, and nothing that shadows them."""

from __future__ import annotations

import os

from longshore.aws import endpoints
from longshore.aws.session import AMBIENT, STATIC
from longshore.environments.environment import Environment

PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
LOCAL = "127.0.0.1"


def child_environment(environment: Environment) -> dict[str, str]:
    """All of ours, with the profile and region named; keys and roles of the shell are left out when a profile is named.

    A child must be given `--profile` all the same where its profile takes its first credentials from the environment (credential_source).
    Raises Refused for an AWS_ENDPOINT_URL that isn't AWS's.
    """
    endpoints.check_variables(os.environ, environment=environment.name, sandbox=environment.is_sandbox)
    # An empty AWS_PROFILE is an unknown profile to the AWS CLI, not the ambient identity.
    left_out = {*PROFILES, *(STATIC + AMBIENT if environment.profile else ())}
    child = {name: value for name, value in os.environ.items() if name not in left_out}
    if environment.profile:
        child["AWS_PROFILE"] = environment.profile
    if environment.region:
        child["AWS_REGION"] = child["AWS_DEFAULT_REGION"] = environment.region
    if environment.is_sandbox:
        if environment.aws_config_file:
            child["AWS_CONFIG_FILE"] = str(environment.aws_config_file)
        if environment.aws_credentials_file:
            child["AWS_SHARED_CREDENTIALS_FILE"] = str(environment.aws_credentials_file)
        child.pop("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", None)
        for name in ("no_proxy", "NO_PROXY"):
            child[name] = ",".join(part for part in (child.get(name, ""), LOCAL) if part)
    return child
