"""AWS as the tests of this room see it: an account, its users, and profile files that name them."""

from __future__ import annotations

from functools import cache
from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-central-1"
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
    ' "Principal": {"Service": "ec2.amazonaws.com"}}]}'
)


class Aws:
    """AWS by moto: its endpoint, and IAM users with keys, made through its own API."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    @cache  # noqa: B019  # lives as long as one test
    def root(self, service: str) -> Any:
        import botocore.session

        core = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
        core.set_credentials("root", "root")
        return core.create_client(service, region_name=REGION, endpoint_url=self.endpoint)

    def user(self, name: str) -> tuple[str, str]:
        """A new IAM user's key id and secret."""
        iam = self.root("iam")
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def role(self, name: str) -> str:
        answer = self.root("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
        return str(answer["Role"]["Arn"])


def config(endpoint: str, *profiles: str) -> str:
    return "".join(
        f"[{'default' if name == 'default' else f'profile {name}'}]\nregion = {REGION}\nendpoint_url = {endpoint}\n"
        for name in profiles
    )


def key(name: str, pair: tuple[str, str]) -> str:
    return f"[{name}]\naws_access_key_id = {pair[0]}\naws_secret_access_key = {pair[1]}\n"
