"""The profiles of the two files, merged as the AWS tools merge them: what each is, before anybody is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from longshore.aws.config_files import Files, ProfileFile, Section
from longshore.aws.errors import short_key
from longshore.errors import UsageError, nearest
from longshore.process.redaction import know

Kind = Literal["role", "web-identity", "sso", "keys", "login", "process", "none"]
KEY_ID, SECRET = "aws_access_key_id", "aws_secret_access_key"  # the key's name, not its value


@dataclass(frozen=True)
class Profile:
    """A profile by that name. `config` and `credentials` are its sections in the two files; at least one is there."""

    name: str
    config: Section | None
    credentials: Section | None

    @property
    def values(self) -> Mapping[str, str]:
        """Its values; the credentials file's win."""
        return {
            **(self.config.values if self.config else {}),
            **(self.credentials.values if self.credentials else {}),
        }

    @property
    def kind(self) -> Kind:
        """Where its credentials come from: the first that botocore's chain would take (ProfileProviderBuilder.providers)."""
        values = self.values
        if "role_arn" in values:
            return "web-identity" if "web_identity_token_file" in values else "role"
        if "sso_session" in values or "sso_start_url" in values:
            return "sso"
        if KEY_ID in values or SECRET in values:
            return "keys"
        if "login_session" in values:
            return "login"
        return "process" if "credential_process" in values else "none"

    @property
    def key(self) -> str:
        """Its key id as it may be shown; empty where it has none."""
        return short_key(self.values[KEY_ID]) if KEY_ID in self.values else ""

    @property
    def region(self) -> str:
        return self.values.get("region", "")


@dataclass(frozen=True)
class Catalogue:
    """All profiles, by name in the order of the files, and the files."""

    config: ProfileFile
    credentials: ProfileFile
    profiles: Mapping[str, Profile]

    def require(self, name: str) -> Profile:
        """The profile of that name.

        Raises UsageError with the nearest.
        """
        if name in self.profiles:
            return self.profiles[name]
        raise UsageError(
            f"there is no profile {name!r}{nearest(name, list(self.profiles))}",
            on="--profile",
            why=f"the profiles are {', '.join(self.profiles) or 'none'}",
            do=("inv aws.profiles", f"inv aws.configure --profile {name}") if name else "inv aws.profiles",
        )

    def chain(self, profile: Profile) -> list[Profile]:
        """The profile, and those that it takes its first credentials from; ends before one that is missing or was there already."""
        chain = [profile]
        while (source := self.profiles.get(chain[-1].values.get("source_profile", ""))) and source not in chain:
            chain.append(source)
        return chain


def catalogue(files: Files) -> Catalogue:
    """Read the two files. Every secret value in them is known to the redaction from then on."""
    config, credentials = files.read()
    for file in (config, credentials):
        for section in file.sections:
            know(*(entry.value for entry in section.entries if "secret" in entry.key or "token" in entry.key))
    names = [section.name for file in (config, credentials) for section in file.sections if section.kind == "profile"]
    return Catalogue(
        config,
        credentials,
        {
            name: Profile(name, config.section("profile", name), credentials.section("profile", name))
            for name in dict.fromkeys(names)
        },
    )
