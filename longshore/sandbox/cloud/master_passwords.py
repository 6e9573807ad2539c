"""Passwords of RDS master users: what RDS takes, and what it makes itself.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html (MasterUserPassword)
"""

from __future__ import annotations

import secrets as random
import string

from moto.rds.exceptions import InvalidParameterCombination, InvalidParameterValue

from longshore.process.redaction import know


def invent() -> str:
    """A random one of 28 characters, as long as those that RDS keeps in Secrets Manager."""
    password = "".join(
        random.choice(string.ascii_letters + string.digits + "!#%&()*+,-.:;<=>?[]^_{|}~") for _ in range(28)
    )
    know(password)
    return password


def check(password: str, managed: bool, user: str) -> None:
    """Raises what RDS answers to a user or password that it doesn't take."""
    if not user:
        raise InvalidParameterValue("The parameter MasterUsername must be provided and must not be blank.")
    if managed and password:
        raise InvalidParameterCombination(
            "You can't specify MasterUserPassword when you enable ManageMasterUserPassword."
        )
    if not managed and not 8 <= len(password) <= 128:
        raise InvalidParameterValue(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters."
        )
    if set(password) & set('/@" '):
        raise InvalidParameterValue(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used."
        )
