"""The bearer token by which EKS knows an IAM identity: what `aws eks get-token` prints, made here for the profile that was named.

It is a presigned STS GetCallerIdentity URL with the cluster's name in a signed header, after `k8s-aws-v1.`, in base64url without padding:
https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from longshore.process.redaction import know

if TYPE_CHECKING:
    from longshore.aws.session import Session

PREFIX = "k8s-aws-v1."
HEADER = "x-k8s-aws-id"
SHORTEST, LONGEST = 60, 900
"""X-Amz-Expires: what the aws CLI has, and the most that the authenticator takes. It goes by the date anyway: 15 minutes."""
GOOD_FOR = 600.0
"""Seconds for which a token is used here: well within those 15 minutes."""


def make(session: Session, cluster: str) -> str:
    """A fresh token for the session's identity, unlike any before it. Nothing is asked of AWS: it is signed here.

    An API server keeps a token that it has let in for ten seconds, and two that are signed in one second would be one.

    Raises UsageError for credentials that are missing.
    """
    from botocore.signers import RequestSigner

    from longshore.aws.errors import translated

    sts = session.client("sts")
    with translated(session, doing="sign a token", on=cluster):
        signer = RequestSigner(
            sts.meta.service_model.service_id,
            sts.meta.region_name,
            "sts",
            "v4",
            session.core.get_credentials(),
            session.core.get_component("event_emitter"),
        )
        url = signer.generate_presigned_url(
            {
                "method": "GET",
                "url": f"{sts.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
                "body": {},
                "headers": {HEADER: cluster},
                "context": {},
            },
            region_name=sts.meta.region_name,
            expires_in=SHORTEST + secrets.randbelow(LONGEST - SHORTEST),
            operation_name="",
        )
    token = PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
    know(token)
    return token
