"""Whether a call is allowed: its wishes, the policies that speak for who asks, and the words in which AWS refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from longshore.sandbox.cloud import identities, policy, resources
from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.conditions import InvalidPolicy
from longshore.sandbox.cloud.eks import resources as eks_resources
from longshore.sandbox.cloud.eks.service import Eks
from longshore.sandbox.cloud.errors import Kind, Refusal
from longshore.sandbox.cloud.http import HttpRequest
from longshore.sandbox.cloud.policy import Decision, Wish
from longshore.sandbox.cloud.principals import Directory, Key, Policies
from longshore.sandbox.cloud.resources import Resource

FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""What every valid key may do, whatever the policies say."""

Values = dict[str, tuple[str, ...]]


class Authorization:
    """The decisions of one account."""

    def __init__(self, directory: Directory, eks: Eks) -> None:
        self._directory = directory
        self._eks = eks

    def check(self, call: Call, key: Key, request: HttpRequest) -> None:
        """Raises Refusal where the key's principal may not make this call."""
        if call.action in FREE or key.principal.kind == "Root":
            return
        try:
            policies = self._directory.policies(key)
            context = self._context(call, key, request)
            for action, resource in self._wishes(call, key):
                wish = Wish(action, resource.arn, context | dict(resource.context))
                self._check(wish, resource, key, policies)
        except InvalidPolicy as error:
            # IAM doesn't take such a policy; one that got here all the same allows nothing.
            raise Refusal(Kind.DENIED, f"a policy is not valid: {error}") from None

    def may_read(self, arn: str, call: Call, key: Key, request: HttpRequest) -> str:
        """Why the principal may not read the value of this secret; empty when it may. BatchGetSecretValue asks it for each secret."""
        reading = Call("secretsmanager", call.region, "GetSecretValue", call.protocol, {"SecretId": arn})
        try:
            self.check(reading, key, request)
        except Refusal as refusal:
            return refusal.text
        return ""

    def _wishes(self, call: Call, key: Key) -> Iterator[tuple[str, Resource]]:
        account = self._directory.account_id
        if call.service == "eks":
            yield from eks_resources.of(self._eks, call)
            return
        found = resources.of(call, account)
        if call.service in ("iam", "sts"):
            found = identities.of(call, self._directory, key.principal)
        action = call.action.replace("monitoring:", "cloudwatch:").replace("email:", "ses:")
        yield from ((action, resource) for resource in found)
        # What AWS does in the caller's name needs the caller's permission as well.
        if call.service == "rds" and call.parameters.get("ManageMasterUserPassword"):
            managed = Resource(f"arn:{resources.PARTITION}:secretsmanager:{call.region}:{account}:secret:rds!db-??????")
            yield from (("secretsmanager:CreateSecret", managed), ("secretsmanager:TagResource", managed))

    def _check(self, wish: Wish, resource: Resource, key: Key, policies: Policies) -> None:
        identity = policy.decide(policies.identity, wish)
        if identity is Decision.DENIED:
            raise _denied(wish, key, "with an explicit deny in an identity-based policy")
        limits = [policy.decide([limit], wish) for limit in policies.limits]
        if Decision.DENIED in limits:
            raise _denied(wish, key, "with an explicit deny in a permissions boundary")
        if wish.action == "sts:AssumeRole":
            self._check_trust(wish, key, identity, limits)
            return
        direct = Decision.SILENT
        if resource.policy:
            direct = self._resource_policy(resource.policy, wish, key)
        if direct is Decision.DENIED:
            raise _denied(wish, key, "with an explicit deny in a resource-based policy")
        if Decision.SILENT in limits:
            raise _denied(wish, key, f"because no permissions boundary allows the {wish.action} action")
        if Decision.ALLOWED not in (identity, direct):
            raise _denied(wish, key, f"because no identity-based policy allows the {wish.action} action")

    def _names(self, key: Key) -> tuple[tuple[str, ...], tuple[str, ...]]:
        # By which a policy may call who asks, and by which it calls the whole account.
        account = self._directory.account_id
        return (key.principal.arn, key.principal.source), (account, self._directory.root)

    def _resource_policy(self, document: str, wish: Wish, key: Key) -> Decision:
        own, account = self._names(key)
        documents = [policy.parse(document)]
        if policy.decide(documents, wish, own + account) is Decision.DENIED:
            return Decision.DENIED
        # Naming the account only lets its own policies decide; naming the principal is a permission.
        return policy.decide(documents, wish, own)

    def _check_trust(self, wish: Wish, key: Key, identity: Decision, limits: list[Decision]) -> None:
        # The role's trust policy is its resource policy. AWS doesn't say whether the role is there.
        role = self._directory.role(wish.resource)
        own, account = self._names(key)
        trusted = Decision.SILENT
        named = Decision.SILENT
        if role is not None:
            trust = [policy.parse(role.assume_role_policy_document)]
            trusted = policy.decide(trust, wish, own + account)
            named = policy.decide(trust, wish, own)
        allowed = identity is Decision.ALLOWED or named is Decision.ALLOWED
        if trusted is not Decision.ALLOWED or not allowed or Decision.SILENT in limits:
            raise Refusal(
                Kind.DENIED,
                f"User: {key.principal.arn} is not authorized to perform: {wish.action} on resource: {wish.resource}",
            )

    def _context(self, call: Call, key: Key, request: HttpRequest) -> Values:
        now = datetime.now(UTC)
        principal = key.principal
        context: Values = {
            "aws:requestedregion": (call.region,),
            "aws:principalarn": (principal.source,),
            "aws:principalaccount": (self._directory.account_id,),
            "aws:principaltype": ("AssumedRole" if principal.kind == "Role" else principal.kind,),
            "aws:userid": (principal.id,),
            # What is played has TLS; the way over this machine's loopback interface has none.
            "aws:securetransport": ("true",),
            "aws:currenttime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
            "aws:epochtime": (str(int(now.timestamp())),),
            "aws:sourceip": (request.address,),
            "aws:useragent": (request.headers.get("user-agent", ""),),
            "aws:viaawsservice": ("false",),
            "aws:resourceaccount": (self._directory.account_id,),
        }
        if principal.kind == "User":
            context["aws:username"] = (principal.name,)
        if principal.temporary:
            context["aws:multifactorauthpresent"] = ("false",)
        for name, value in self._directory.tags(principal).items():
            context[f"aws:principaltag/{name}".lower()] = (value,)
        _request_tags(call, context)
        _of_service(call, context)
        return context


def _request_tags(call: Call, context: Values) -> None:
    given = call.parameters.get("Tags") or call.parameters.get("tags")
    pairs: list[tuple[str, str]] = []
    if isinstance(given, dict):
        pairs = [(str(key), str(value)) for key, value in given.items()]
    elif isinstance(given, list):
        pairs = [(str(tag.get("Key", "")), str(tag.get("Value", ""))) for tag in given if isinstance(tag, dict)]
    for key, value in pairs:
        context[f"aws:requesttag/{key}".lower()] = (value,)
    if pairs:
        context["aws:tagkeys"] = tuple(key for key, _ in pairs)


# Condition keys that are a parameter of the request.
_PARAMETERS = {
    "secretsmanager": {
        "VersionStage": "versionstage",
        "VersionId": "versionid",
        "KmsKeyId": "kmskeyid",
        "ForceDeleteWithoutRecovery": "forcedeletewithoutrecovery",
    },
    "rds": {
        "Engine": "databaseengine",
        "DBInstanceClass": "databaseclass",
        "DBName": "databasename",
        "MultiAZ": "multiaz",
        "ManageMasterUserPassword": "managemasteruserpassword",
    },
    "sts": {"ExternalId": "externalid", "RoleSessionName": "rolesessionname"},
    "iam": {"AWSServiceName": "awsservicename"},
}


def _of_service(call: Call, context: Values) -> None:
    for parameter, name in _PARAMETERS.get(call.service, {}).items():
        if (value := call.parameters.get(parameter)) is not None:
            context[f"{call.service}:{name}"] = (str(value).lower() if isinstance(value, bool) else str(value),)


def _denied(wish: Wish, key: Key, why: str) -> Refusal:
    # An EC2 client gets this text too: it is more than EC2 itself says, which is an encoded message.
    return Refusal(
        Kind.DENIED,
        f"User: {key.principal.arn} is not authorized to perform: {wish.action} on resource: {wish.resource} {why}",
    )
