"""The sandbox's AWS as its own user `admin` (the profile `default`) reaches it: by the front door, as every client does."""

from __future__ import annotations

import os
from typing import Any

from longshore.sandbox.client_files import endpoint
from longshore.sandbox.kept import Kept


def client(service: str, region: str, kept: Kept) -> Any:
    """botocore's client. Nothing of the shell's (profile, keys, AWS_ENDPOINT_URL, a proxy, files that can't be read) leads it elsewhere."""
    import botocore.session
    from botocore.config import Config

    nothing = (None, None, os.devnull, None)
    session = botocore.session.Session(
        session_vars={"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing}
    )
    key = kept.keys["default"]
    return session.create_client(
        service,
        region_name=region,
        endpoint_url=endpoint(kept),
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        config=Config(proxies={}, retries={"mode": "standard", "total_max_attempts": 2}),
    )
