"""AWS IAM, by typed calls. https://docs.aws.amazon.com/IAM/latest/APIReference/"""

from __future__ import annotations

from collections.abc import Mapping

from longshore.aws.tags import as_list, from_list
from longshore.iam.calls import ABSENT, THERE_ALREADY, Calls
from longshore.iam.entities import AccessKey, Group, LastUse, Policy, Role, User

MOST_VERSIONS = 5
"""Versions of a managed policy that AWS keeps (IAM User Guide, quotas)."""


class Iam(Calls):
    """The API, as one identity. Everything raises UsageError and Failed as `translated` does; what is gone already, or there already, is fine."""

    # Users and groups.

    def user(self, name: str) -> User | None:
        """The user of that name, or None."""
        with self.calling("look at the user", name, fine=ABSENT):
            return User.read(self.client.get_user(UserName=name)["User"])
        return None

    def users(self) -> list[User]:
        """All users, by name. Their tags and boundaries are not in this answer."""
        with self.calling("list the users", "IAM"):
            return sorted(map(User.read, self.pages("list_users", "Users")), key=lambda user: user.name.lower())

    def create_user(self, name: str, path: str, pairs: Mapping[str, str]) -> None:
        with self.calling("make the user", name, acting=True, fine=THERE_ALREADY):
            self.client.create_user(UserName=name, Path=path, Tags=as_list(pairs))

    def delete_user(self, name: str) -> None:
        with self.calling("delete the user", name, acting=True, fine=ABSENT):
            self.client.delete_user(UserName=name)

    def has_password(self, user: str) -> bool:
        """Whether the user can log in to the console."""
        with self.calling("look at the password of the user", user, fine=ABSENT):
            self.client.get_login_profile(UserName=user)
            return True
        return False

    def mfa_devices(self, user: str) -> list[str]:
        """Their serial numbers."""
        with self.calling("look at the MFA devices of the user", user, fine=ABSENT):
            return [device["SerialNumber"] for device in self.pages("list_mfa_devices", "MFADevices", UserName=user)]
        return []

    def group(self, name: str) -> Group | None:
        """The group of that name, or None."""
        with self.calling("look at the group", name, fine=ABSENT):
            found = self.client.get_group(GroupName=name)["Group"]
            return Group(found["GroupName"], found["Path"], found["Arn"])
        return None

    def group_names(self) -> list[str]:
        """Of all groups."""
        with self.calling("list the groups", "IAM"):
            return [group["GroupName"] for group in self.pages("list_groups", "Groups")]

    def create_group(self, name: str) -> None:
        with self.calling("make the group", name, acting=True, fine=THERE_ALREADY):
            self.client.create_group(GroupName=name)

    def groups_of(self, user: str) -> list[str]:
        """The names of the groups that a user is in."""
        with self.calling("look at the groups of the user", user, fine=ABSENT):
            found = self.pages("list_groups_for_user", "Groups", UserName=user)
            return sorted(group["GroupName"] for group in found)
        return []

    def add_to_group(self, user: str, group: str) -> None:
        with self.calling(f"put {user} into the group", group, acting=True):
            self.client.add_user_to_group(UserName=user, GroupName=group)

    # Access keys.

    def keys(self, user: str) -> list[AccessKey]:
        """A user's access keys, the oldest first."""
        with self.calling("list the access keys", user):
            return self._keys(user)

    def keys_if_any(self, user: str) -> list[AccessKey]:
        """The same; none of a user who isn't there (any more)."""
        with self.calling("list the access keys", user, fine=ABSENT):
            return self._keys(user)
        return []

    def _keys(self, user: str) -> list[AccessKey]:
        found = map(AccessKey.read, self.pages("list_access_keys", "AccessKeyMetadata", UserName=user))
        return sorted(found, key=lambda key: (key.created, key.id))

    def last_use(self, key: AccessKey) -> LastUse:
        """When and for what a key was last used: AWS says so some minutes later."""
        with self.calling("ask when the key was last used", key.short, fine=ABSENT):
            return LastUse.read(self.client.get_access_key_last_used(AccessKeyId=key.id)["AccessKeyLastUsed"])
        return LastUse(None)

    def create_key(self, user: str) -> tuple[AccessKey, str]:
        """A new key and its secret, which AWS tells this once.

        It is asked once: when an answer is lost, a key was made whose secret nobody has, and a second attempt would make another.
        """
        from longshore.process.redaction import know

        with self.calling("make an access key", user, acting=True):
            made = self.ask_once("create_access_key", UserName=user)["AccessKey"]
        know(made["SecretAccessKey"])
        return AccessKey.read(made), made["SecretAccessKey"]

    def disable_key(self, user: str, key: str) -> None:
        with self.calling("disable the access key", user, acting=True, fine=ABSENT):
            self.client.update_access_key(UserName=user, AccessKeyId=key, Status="Inactive")

    def delete_key(self, user: str, key: str) -> None:
        with self.calling("delete the access key", user, acting=True, fine=ABSENT):
            self.client.delete_access_key(UserName=user, AccessKeyId=key)

    # Managed policies.

    def policy(self, arn: str) -> Policy | None:
        """A managed policy with the document in force, or None."""
        with self.calling("look at the policy", arn, fine=ABSENT):
            found = self.client.get_policy(PolicyArn=arn)["Policy"]
            version = found["DefaultVersionId"]
            read = self.client.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
            return Policy(arn, version, read["Document"])
        return None

    def create_policy(self, arn: str, document: str, description: str, pairs: Mapping[str, str]) -> None:
        path, _, name = arn.partition(":policy")[2].rpartition("/")
        with self.calling("make the policy", arn, acting=True, fine=THERE_ALREADY):
            self.client.create_policy(
                PolicyName=name,
                Path=f"{path}/",
                PolicyDocument=document,
                Description=description,
                Tags=as_list(pairs),
            )

    def update_policy(self, arn: str, document: str) -> None:
        """Put a new version in force. Where there are as many as AWS keeps, the oldest goes."""
        with self.calling("change the policy", arn, acting=True):
            versions = list(self.pages("list_policy_versions", "Versions", PolicyArn=arn))
            others = sorted((one for one in versions if not one["IsDefaultVersion"]), key=lambda one: one["CreateDate"])
            if len(versions) >= MOST_VERSIONS:
                self.client.delete_policy_version(PolicyArn=arn, VersionId=others[0]["VersionId"])
            self.client.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)

    def attached(self, kind: str, name: str) -> list[str]:
        """The ARNs of the managed policies of a user, group or role (`kind`)."""
        with self.calling(f"look at the policies of the {kind}", name, fine=ABSENT):
            found = self.pages(f"list_attached_{kind}_policies", "AttachedPolicies", **{f"{kind.title()}Name": name})
            return sorted(policy["PolicyArn"] for policy in found)
        return []

    def inline(self, kind: str, name: str) -> list[str]:
        """The names of the policies that a user, group or role (`kind`) has for itself."""
        with self.calling(f"look at the policies of the {kind}", name, fine=ABSENT):
            return sorted(self.pages(f"list_{kind}_policies", "PolicyNames", **{f"{kind.title()}Name": name}))
        return []

    def attach(self, kind: str, name: str, arn: str) -> None:
        with self.calling(f"attach a policy to the {kind} {name}", arn, acting=True):
            getattr(self.client, f"attach_{kind}_policy")(PolicyArn=arn, **{f"{kind.title()}Name": name})

    # Roles and identity providers.

    def role(self, name: str) -> Role | None:
        """The role of that name, or None."""
        with self.calling("look at the role", name, fine=ABSENT):
            found = self.client.get_role(RoleName=name)["Role"]
            return Role(
                found["RoleName"],
                found["Path"],
                found["Arn"],
                found["AssumeRolePolicyDocument"],
                from_list(found.get("Tags")),
            )
        return None

    def create_role(self, name: str, trust: str, description: str, pairs: Mapping[str, str]) -> None:
        with self.calling("make the role", name, acting=True, fine=THERE_ALREADY):
            self.client.create_role(
                RoleName=name, AssumeRolePolicyDocument=trust, Description=description, Tags=as_list(pairs)
            )

    def change_trust(self, name: str, trust: str) -> None:
        with self.calling("change the trust of the role", name, acting=True):
            self.client.update_assume_role_policy(RoleName=name, PolicyDocument=trust)

    def provider_audiences(self, arn: str) -> list[str] | None:
        """The audiences that an OpenID Connect provider takes tokens for; None where there is no such provider."""
        with self.calling("look at the identity provider", arn, fine=ABSENT):
            found = self.client.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
            return list(found.get("ClientIDList") or [])
        return None

    def create_provider(self, url: str, audience: str, pairs: Mapping[str, str]) -> None:
        with self.calling("make the identity provider", url, acting=True, fine=THERE_ALREADY):
            # No thumbprint: AWS checks GitHub by its own list of CAs (User Guide, OIDC federation).
            self.client.create_open_id_connect_provider(Url=url, ClientIDList=[audience], Tags=as_list(pairs))

    def add_audience(self, arn: str, audience: str) -> None:
        with self.calling("add an audience to the identity provider", arn, acting=True):
            self.client.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=audience)
