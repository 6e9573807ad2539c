"""`aws.configure`: a key is proven by AWS before it is kept, and written as `aws configure` writes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from longshore.aws import private_file
from longshore.aws.config_files import ProfileFile, files_of, shown
from longshore.aws.errors import short_key
from longshore.aws.identity import Identity, whoami
from longshore.aws.new_key import NewKey
from longshore.aws.profile import KEY_ID, SECRET, Catalogue, Profile, catalogue
from longshore.aws.session import Choice, Session, open_profile
from longshore.environments.environment import Environment
from longshore.errors import Failed, LongshoreError, Refused, UsageError
from longshore.steps.step import Context, Done, Look, Status, Step, ToDo

ANYWHERE = "us-east-1"
TOKENS = ("aws_session_token", "aws_security_token")
"""A token of earlier temporary keys would make the new key invalid."""
OTHER_KINDS = {"role": "role_arn", "web-identity": "role_arn", "sso": "sso_session or sso_start_url"}
"""What botocore takes before keys, by the profile's kind."""


def configure(environment: Environment | None, profile: str, key: NewKey, *, replace: bool = False) -> Sequence[Step]:
    """The steps that keep `key` as `profile`, in the files of the environment (the sandbox has its own).

    `replace`: also when the profile is another identity now.
    Raises UsageError for a profile that can't have keys, or a file that can't be read.
    """
    target = Target(environment, profile, key)
    target.refuse_unfit()
    proof = ProveKey(target, replace)
    return [proof, WriteProfile(target, proof)]


class Target:
    """The profile to write and the key to write into it."""

    def __init__(self, environment: Environment | None, profile: str, key: NewKey) -> None:
        self.environment = environment
        self.profile = profile
        self.key = key
        self.files = files_of(environment)

    def read(self) -> Catalogue:
        """The files as they are now.

        Raises UsageError when the AWS tools can't read them: a key in them would be lost.
        """
        found = catalogue(self.files)
        for file in (found.config, found.credentials):
            for fault in file.unparseable:
                raise UsageError(
                    f"{shown(file.path)} can't be read by any AWS tool",
                    on=file.where(fault.line),
                    why=fault.why,
                    do="mend that line first",
                )
        return found

    def refuse_unfit(self, flag: str = "--profile") -> None:
        """Raise UsageError for a profile that can't have keys, or files that can't be read."""
        profile = self.profile
        if not profile or profile != profile.strip() or any(character in profile for character in "[]\r\n\"'"):
            raise UsageError(
                "that can't be a profile's name",
                on=flag,
                why="it is a name without brackets, quotes or line breaks",
            )
        present = self.look()
        if present is not None and (first := OTHER_KINDS.get(present.kind)):
            raise UsageError(
                f"profile {profile} takes its credentials from {first}, a key in it would not be used",
                do=f"choose another name, or take {first} out of {shown(self.files.config)}",
            )

    def look(self) -> Profile | None:
        """The profile as it is now."""
        return self.read().profiles.get(self.profile)

    def region(self, present: Profile | None) -> str:
        """Given with the key, else the profile's own, else the environment's; empty: none."""
        own = present.region if present else ""
        return self.key.region or own or (self.environment.region if self.environment else "")

    def session(self, found: Catalogue, name: str) -> Session:
        """A session with the settings (region, endpoint) of a profile that is there."""
        region = self.region(found.profiles.get(self.profile)) or ANYWHERE
        sandbox = self.environment is not None and self.environment.is_sandbox
        place = self.environment.name if self.environment else "(none)"
        return open_profile(
            Choice(name, "--profile", region, place, sandbox, self.files.config, self.files.credentials)
        )

    def neighbour(self, found: Catalogue) -> str:
        """The profile whose settings the key is tried with: itself, or on the sandbox one that names the endpoint; empty: AWS's own."""
        if self.profile in found.profiles:
            return self.profile
        if self.environment is None or not self.environment.is_sandbox:
            return ""
        return next((name for name, profile in found.profiles.items() if "endpoint_url" in profile.values), "")

    def written(self, found: Catalogue) -> tuple[ProfileFile, ProfileFile]:
        """Both files as they should be."""
        return self.with_settings(found.config, found), self.with_key(found.credentials)

    def with_settings(self, config: ProfileFile, found: Catalogue) -> ProfileFile:
        present = found.profiles.get(self.profile)
        wanted = {"region": self.region(present)}
        if (neighbour := self.neighbour(found)) and self.environment is not None and self.environment.is_sandbox:
            wanted["endpoint_url"] = found.profiles[neighbour].values.get("endpoint_url", "")
        now = present.values if present else {}
        changed = {key: value for key, value in wanted.items() if value and now.get(key) != value}
        return config.with_profile(self.profile, changed) if changed else config

    def with_key(self, credentials: ProfileFile) -> ProfileFile:
        return credentials.with_profile(self.profile, {KEY_ID: self.key.id, SECRET: self.key.secret}, TOKENS)


class ProveKey(Look):
    """Asks AWS whose key it is, and whose the profile is now. `identity` is set once it has looked."""

    name = "key"

    def __init__(self, target: Target, replace: bool) -> None:
        self.title = f"Key {target.key.short}: whose it is"
        self.identity: Identity | None = None
        self._target = target
        self._replace = replace

    def check(self, run: Context) -> Status:
        """Raises UsageError for a key that AWS doesn't know, Refused when the profile is another identity now."""
        if self.identity is None:
            found = self._target.read()
            self.identity = self._prove(found)
            if not self._replace:
                self._refuse_another(found, self.identity)
        return Done(self.identity.arn)

    def _prove(self, found: Catalogue) -> Identity:
        target = self._target
        session = target.session(found, target.neighbour(found))
        session.core.set_credentials(target.key.id, target.key.secret)
        named = dataclasses.replace(session.choice, profile=target.profile)
        try:
            return whoami(dataclasses.replace(session, choice=named))
        except UsageError as error:
            raise UsageError(
                f"key {target.key.short} was not kept",
                on=f"profile {target.profile}",
                why=error.why,
                do=f"inv aws.configure --profile {target.profile}",
            ) from error

    def _refuse_another(self, found: Catalogue, new: Identity) -> None:
        target = self._target
        present = found.profiles.get(target.profile)
        if present is None or present.kind == "none" or present.values.get(KEY_ID) == target.key.id:
            return
        try:
            now = whoami(target.session(found, target.profile))
        except Refused:
            raise
        except Failed as error:
            raise Refused(
                f"profile {target.profile} has a key already, and whose it is can't be seen",
                why=error.why,
                do=f"inv aws.configure --profile {target.profile} --replace",
            ) from error
        except LongshoreError:
            # A key that AWS doesn't know (any more) is nobody's.
            return
        if now.arn != new.arn:
            raise Refused(
                f"profile {target.profile} is somebody else, nothing was touched",
                on=f"{short_key(present.values.get(KEY_ID, ''))} of {now.arn}",
                why=f"the new key is {new.arn}'s",
                do=(f"inv aws.configure --profile {target.profile} --replace", "or choose another name with --profile"),
            )


class WriteProfile(Step):
    """Writes region and key; comments, other profiles and unknown keys stay as they are."""

    name = "profile"

    def __init__(self, target: Target, proof: ProveKey) -> None:
        self.title = f"Profile {target.profile} in {shown(target.files.credentials)}"
        self._target = target
        self._proof = proof

    def check(self, run: Context) -> Status:
        found = self._target.read()
        config, credentials = self._target.written(found)
        changes = []
        if config != found.config:
            changes.append(f"{shown(config.path)}: {self._settings(found, config)}")
        present = found.profiles.get(self._target.profile)
        if credentials.sections != found.credentials.sections:
            instead = (
                f" instead of {present.key}"
                if present and present.key and present.key != self._target.key.short
                else ""
            )
            changes.append(
                f"{shown(credentials.path)}: key {self._target.key.short}{instead} in [{self._target.profile}]"
            )
        elif _open_to_others(credentials):
            changes.append(f"{shown(credentials.path)}: mode 600")
        if changes:
            return ToDo(*changes)
        return Done(f"{self._target.key.short} of {self._proof.identity.arn}" if self._proof.identity else "")

    def _settings(self, found: Catalogue, config: ProfileFile) -> str:
        after = config.section("profile", self._target.profile)
        before = found.config.section("profile", self._target.profile)
        old = before.values if before else {}
        return ", ".join(
            f"{key} = {value}" for key, value in (after.values if after else {}).items() if old.get(key) != value
        )

    def apply(self, run: Context) -> None:
        target = self._target
        found = target.read()
        config, credentials = target.written(found)
        try:
            # The settings first: a key without its endpoint (sandbox) would be sent to AWS by others.
            if config != found.config:
                private_file.change(
                    target.files.config,
                    lambda text: target.with_settings(ProfileFile(config.path, "config", text), found).text,
                )
            private_file.change(
                target.files.credentials,
                lambda text: target.with_key(ProfileFile(credentials.path, "credentials", text)).text,
            )
        except OSError as error:
            raise Failed(
                f"could not write profile {target.profile}",
                on=str(error.filename or target.files.credentials),
                why=error.strerror or str(error),
                do=f"make it writable, then: inv aws.configure --profile {target.profile}",
            ) from error


def _open_to_others(file: ProfileFile) -> bool:
    return file.path.exists() and bool(file.path.stat().st_mode & 0o077)
