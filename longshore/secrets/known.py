"""Which values the redaction must know: all but those that are plainly words of the application's settings.

`ENVIRONMENT=production`, `DB_DRIVER=postgres` and `PORT=5432` are kept beside the secrets. Masking such words everywhere would hide no secret, and
would break what is named like them: an environment in the journal, a program in a message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from longshore.process.redaction import know

_SECRET_NAME = re.compile(
    r"PASS|PWD|SECRET|TOKEN|KEY|CRED|PRIVATE|AUTH|SALT|PIN|SEED|SIGN|CODE|DSN|URL|URI|SOURCE", re.I
)
_SETTING = re.compile(
    r"[A-Za-z]{1,16}([-_.][A-Za-z0-9]{1,12}){0,3}"  # a word, a name: production, eu-central-1
    r"|[0-9]{1,5}(\.[0-9]{1,3})?"  # a port, a count
    r"|([0-9]{1,4}(h|m|s|ms|us|ns)){1,3}"  # a duration as Go writes it: 1h30m
    r"|([0-9]{1,3}(\.[0-9]{1,3}){3}|localhost)?(:[0-9]{1,5})?"  # an address to listen on
)


def know_values(values: Mapping[str, str]) -> None:
    """Make the redaction know these values, by their keys."""
    know(*secret_values(values))


def secret_values(values: Mapping[str, str]) -> list[str]:
    """Those that are to be hidden: all but plain settings under a name that says nothing of a secret."""
    return [value for key, value in values.items() if _SECRET_NAME.search(key) or not _SETTING.fullmatch(value)]
