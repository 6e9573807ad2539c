"""GetAuthorizationToken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.ecr.service import Ecr, Operation


def get_authorization_token(ecr: Ecr, call: Call, access_key_id: str) -> Mapping[str, Any]:
    """A password of its own for each call. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html"""
    password = ecr.passwords.make(access_key_id)
    data = {
        "authorizationToken": password.token,
        "expiresAt": round(password.expires, 3),
        "proxyEndpoint": f"http://{ecr.keeper().address}",
    }
    return {"authorizationData": [data for _ in call.texts("registryIds") or [ecr.account_id]]}


OPERATIONS: dict[str, Operation] = {"GetAuthorizationToken": get_authorization_token}
