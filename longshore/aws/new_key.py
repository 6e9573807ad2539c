"""An access key as a person or a program hands it over: at a prompt without echo, or on standard input. Never a flag."""

from __future__ import annotations

import csv
import re
import sys
from dataclasses import dataclass, field

from longshore.aws.errors import short_key
from longshore.errors import UsageError
from longshore.process.redaction import know

KEY_ID = re.compile(r"[A-Z0-9]{16,128}")
"""IAM API, AccessKey: 16 to 128 characters; AWS gives out capital letters and digits."""
TEMPORARY = "ASIA"
SECRET = re.compile(r"[!-~]{16,256}")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
COLUMNS = ("access key id", "secret access key")
"""What the AWS console's file (accessKeys.csv) has as its headings; further columns are left alone."""


@dataclass(frozen=True)
class NewKey:
    """A key that is to be kept. `region` is empty where none was given."""

    id: str
    secret: str = field(repr=False)
    region: str = ""

    @property
    def short(self) -> str:
        return short_key(self.id)


def ask(profile: str) -> NewKey:
    """Ask at the terminal; where there is none, read standard input.

    Raises UsageError for what can't be a key, without repeating it.
    """
    if not sys.stdin.isatty():
        return parse(sys.stdin.read(), profile)
    from getpass import getpass

    sys.stderr.write(f"The access key of profile {profile} (nothing that you type is shown).\n")
    key_id = getpass("AWS access key id: ", stream=sys.stderr)
    secret = getpass("AWS secret access key: ", stream=sys.stderr)
    sys.stderr.write("Region (empty: as it is): ")
    sys.stderr.flush()
    return checked(key_id, secret, sys.stdin.readline(), profile)


def parse(text: str, profile: str) -> NewKey:
    """Two lines (key id, secret) and a third for the region; or the CSV file that the AWS console lets one download.

    Raises UsageError.
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    headings = [heading.strip().lower() for heading in lines[0].split(",")] if lines else []
    if set(COLUMNS) <= set(headings):
        row = dict(zip(headings, next(csv.reader(lines[1:2]), []), strict=False))
        return checked(row.get(COLUMNS[0], ""), row.get(COLUMNS[1], ""), "", profile)
    if len(lines) not in (2, 3):
        know(*lines)
        raise UsageError(
            "standard input holds no access key",
            on=f"{len(lines)} lines",
            why="it is the key id, the secret, and if you like the region, a line each; or the AWS console's accessKeys.csv",
            do=f"inv aws.configure --profile {profile} < accessKeys.csv",
        )
    return checked(lines[0], lines[1], lines[2] if len(lines) == 3 else "", profile)


def checked(key_id: str, secret: str, region: str, profile: str) -> NewKey:
    """The key, if its parts can be what they should be.

    Raises UsageError without repeating them: what was typed into the wrong field may be the secret.
    """
    key_id, secret, region = key_id.strip(), secret.strip(), region.strip()
    know(secret)
    do = f"inv aws.configure --profile {profile}"
    if not KEY_ID.fullmatch(key_id):
        know(key_id)
        raise UsageError(
            "that is no access key id", why="it is 16 or more capital letters and digits, such as AKIA...", do=do
        )
    if key_id.startswith(TEMPORARY):
        raise UsageError(
            f"{short_key(key_id)} is a temporary key",
            why="it ends within hours; a profile gets such keys from a role, SSO or `aws login`",
            do=f"aws configure sso --profile {profile}",
        )
    if not SECRET.fullmatch(secret):
        raise UsageError("that is no secret access key", why="it is 40 characters without spaces", do=do)
    if region and not REGION.fullmatch(region):
        know(region)
        raise UsageError("that is no region", why="it is a name such as eu-central-1", do=do)
    return NewKey(key_id, secret, region)
