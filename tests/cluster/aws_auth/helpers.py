from __future__ import annotations

from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping

NODE = """\
- rolearn: arn:aws:iam::111122223333:role/eks-node
  username: system:node:{{EC2PrivateDNSName}}
  groups:
    - system:bootstrappers
    - system:nodes
"""
USER = "arn:aws:iam::111122223333:user"
ROLE = "arn:aws:iam::111122223333:role"
CI = Mapping("user", f"{USER}/github-ci", "github-ci", ("longshore:view",))


def lines(*text: str) -> str:
    return "".join(f"{line}\n" for line in text)


def granted(users: str, mapping: Mapping = CI) -> str:
    """mapUsers after a grant."""
    return Document.parse({"mapRoles": NODE, "mapUsers": users}).granted(mapping).data["mapUsers"]


def revoked(users: str, arn: str = CI.arn) -> str:
    """mapUsers after a revocation."""
    return Document.parse({"mapRoles": NODE, "mapUsers": users}).revoked(arn).data["mapUsers"]
