"""What is wrong with profile files, each with its file and line, without asking AWS."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from longshore.aws.config_files import Entry, ProfileFile, Section, shown
from longshore.aws.errors import short_key
from longshore.aws.profile import KEY_ID, SECRET, Catalogue, Profile

CREDENTIALS = (
    KEY_ID,
    SECRET,
    "aws_session_token",
    "role_arn",
    "source_profile",
    "credential_source",
    "credential_process",
)
KNOWN = frozenset({
    *CREDENTIALS, "region", "output", "aws_security_token", "mfa_serial", "external_id", "duration_seconds", "role_session_name",
    "sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name", "web_identity_token_file", "login_session",
    "endpoint_url", "services", "aws_account_id", "x_principal_arn", "x_security_token_expires", "expiration",
})  # fmt: skip
NEAR = 0.8
ONE_WORD = (KEY_ID, SECRET, "region", "role_arn", "source_profile", "sso_session")


@dataclass(frozen=True)
class Fault:
    """`profile` is empty for a fault of a whole file or of the shell; `where` is `file:line`."""

    profile: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


def faults(found: Catalogue) -> list[Fault]:
    """Every fault, those of the files first."""
    return [
        *(fault for file in (found.config, found.credentials) for fault in _of_file(file)),
        *(fault for profile in found.profiles.values() for fault in _of_profile(profile, found)),
        *_shared_keys(found),
    ]


def _of_file(file: ProfileFile) -> Iterator[Fault]:
    for unparseable in file.unparseable:
        yield Fault("", file.where(unparseable.line), f"{unparseable.why}: no profile works")
    secret = file.role == "credentials" or any(SECRET in section.values for section in file.sections)
    if secret and file.path.exists() and (mode := stat.S_IMODE(file.path.stat().st_mode)) & 0o077:
        yield Fault(
            "",
            shown(file.path),
            f"others on this machine can read or write it (mode {mode:03o}): chmod 600 {shown(file.path)}",
        )
    for section in file.sections:
        if file.role == "config" and not section.kind and any(entry.key in KNOWN for entry in section.entries):
            yield Fault(
                section.header,
                file.where(section.line),
                f"[{section.header}] is not read: a profile is [profile {section.header}] here",
            )
        if file.role == "credentials" and section.name.startswith("profile "):
            name = section.name.removeprefix("profile ")
            yield Fault(
                section.name, file.where(section.line), f"[{section.name}] is not profile {name}: here it is [{name}]"
            )


def _of_profile(profile: Profile, found: Catalogue) -> Iterator[Fault]:
    for file, section in ((found.config, profile.config), (found.credentials, profile.credentials)):
        for entry in section.entries if section else ():
            yield from (Fault(profile.name, file.where(entry.line), text) for text in _of_entry(entry))
    values, where = profile.values, _where(profile, found)
    if (KEY_ID in values) != (SECRET in values):
        there, missing = (KEY_ID, SECRET) if KEY_ID in values else (SECRET, KEY_ID)
        yield Fault(profile.name, where, f"half a credential: {there} without {missing}")
    if profile.kind == "role" and ("source_profile" in values) == ("credential_source" in values):
        yield Fault(profile.name, where, "role_arn needs either source_profile or credential_source")
    if not profile.region:
        yield Fault(profile.name, where, "no region")
    yield from (Fault(profile.name, where, text) for text in _dangling(profile, found))


def _of_entry(entry: Entry) -> Iterator[str]:
    if entry.key not in KNOWN and (meant := get_close_matches(entry.key, CREDENTIALS, n=1, cutoff=NEAR)):
        yield f"{entry.key} is no key that is read; did you mean {meant[0]}?"
    if entry.key not in ONE_WORD:
        return
    if not entry.value:
        yield f"{entry.key} is empty"
    elif entry.value[0] in "\"'" or entry.value[-1] in "\"'":
        yield f"{entry.key} has quotes around it, which become part of the value"
    elif len(entry.value.split()) > 1 and entry.key not in ("source_profile", "sso_session"):
        yield f"{entry.key} has a space in it (a comment must stand on a line of its own)"


def _dangling(profile: Profile, found: Catalogue) -> Iterator[str]:
    values = profile.values
    if (source := found.chain(profile)[-1].values.get("source_profile")) is not None and profile.kind == "role":
        last = found.chain(profile)[-1]
        if source not in found.profiles:
            yield f"source_profile {source} does not exist"
        elif source != last.name or KEY_ID not in last.values:
            yield f"source_profile goes round in a circle: {' -> '.join([*(p.name for p in found.chain(profile)), source])}"
    for key, kind in (("sso_session", "sso-session"), ("services", "services")):
        if key in values and found.config.section(kind, values[key]) is None:
            yield f"{key} {values[key]}: there is no [{kind} {values[key]}]"


def _shared_keys(found: Catalogue) -> Iterator[Fault]:
    owners: dict[str, Profile] = {}
    for profile in found.profiles.values():
        if not (key := profile.values.get(KEY_ID)):
            continue
        if key in owners:
            text = f"has the same key {short_key(key)} as profile {owners[key].name}: both are one identity"
            yield Fault(profile.name, _where(profile, found), text)
        owners.setdefault(key, profile)


def _where(profile: Profile, found: Catalogue) -> str:
    section: Section | None = profile.credentials
    if section is not None and (KEY_ID in section.values or SECRET in section.values or profile.config is None):
        return found.credentials.where(section.line)
    return found.config.where(profile.config.line) if profile.config else ""


def shadows() -> list[Fault]:
    """Variables of the shell that make other programs act as somebody else than the profile that AWS_PROFILE names."""
    from longshore.aws.session import shadowing

    told = [
        Fault(
            "",
            f"{name} of the shell",
            "acts instead of AWS_PROFILE in programs that are given no --profile (not in longshore)",
        )
        for name in shadowing("any")
    ]
    if other := os.environ.get("AWS_DEFAULT_PROFILE"):
        told.append(
            Fault("", "AWS_DEFAULT_PROFILE of the shell", f"beats AWS_PROFILE in Python programs: they act as {other}")
        )
    return told
