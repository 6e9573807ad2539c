"""`aws.use`: the lines that make a shell act as a profile. A program can't change its parent's variables, so the shell evaluates them."""

from __future__ import annotations

import os

from longshore.aws.config_files import Files
from longshore.aws.profile import catalogue
from longshore.aws.session import AMBIENT, STATIC


def lines(profile: str, files: Files) -> tuple[str, ...]:
    """Lines for a POSIX shell: the profile, and away with what would act instead of it.

    Raises UsageError for a profile that doesn't exist.
    """
    catalogue(files).require(profile)
    # AWS_DEFAULT_PROFILE beats AWS_PROFILE in botocore (configprovider.py, 'profile').
    others = [name for name in (*STATIC, *AMBIENT, "AWS_DEFAULT_PROFILE") if name in os.environ]
    return (f"export AWS_PROFILE={quoted(profile)}", *([f"unset {' '.join(others)}"] if others else []))


def hint(profile: str) -> str:
    """What to tell somebody who reads the lines on a terminal: nothing has changed yet."""
    return f'this shell is not changed yet; to change it: eval "$(inv aws.use --profile {_word(profile)})"'


def quoted(text: str) -> str:
    """One word of a POSIX shell, always in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def _word(text: str) -> str:
    import shlex

    return shlex.quote(text)
