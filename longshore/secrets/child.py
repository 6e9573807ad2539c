"""The environment of a program that is given the secret: in its own variables only, in no file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.secrets.read import ReadSecret
from longshore.secrets.store import is_in_aws
from longshore.steps.looking import look
from longshore.steps.report import Reporter

LOADED = re.compile(
    r"PATH|IFS|SHELLOPTS|BASHOPTS|BASH_ENV|PROMPT_COMMAND|PS4|LD_\w+|DYLD_\w+|GCONV_PATH|GLIBC_TUNABLES|LOCPATH|"
    r"PYTHON(PATH|HOME|STARTUP|INSPECT|BREAKPOINT|USERBASE)|NODE_OPTIONS|NODE_PATH|PERL5(OPT|LIB|DB)|PERLLIB|RUBY(OPT|LIB)|"
    r"(_|JDK_)?JAVA(_TOOL)?_OPTIONS|CLASSPATH|GIT_(SSH|SSH_COMMAND|ASKPASS|EDITOR|PAGER|EXEC_PATH|EXTERNAL_DIFF|PROXY_COMMAND|TEMPLATE_DIR|DIR|CONFIG\w*)|EDITOR|VISUAL|PAGER|LESSOPEN|LESSCLOSE|BROWSER|SHELL|HOME"
)
"""Variables by which a program is made to load or start something else, or to look for its own files elsewhere."""

AWS = re.compile(r"AWS_\w+")


@dataclass(frozen=True)
class Child:
    """What the program gets: `variables` is its whole environment."""

    variables: Mapping[str, str] = field(repr=False)


def prepare(environment: Environment, report: Reporter) -> Child:
    """Who acts is checked, the secret is read, and its values are laid over our own variables.

    Raises as the identity guard and Store.read do; Refused for keys that would change which code runs.
    """
    guard = IdentityGuard(environment, open_session(environment)) if is_in_aws(environment) else None
    secret = ReadSecret(environment, guard)
    look([*([guard] if guard else []), secret], report)
    values = secret.secret.values
    if not values:
        raise UsageError(
            "the secret has no keys, nothing was started",
            on=secret.secret.where,
            do=f"inv secrets.push --env {environment.name} --file app.env",
        )
    _refuse_or_warn(values, secret.secret.where, report)
    return Child({**os.environ, **values})


def _refuse_or_warn(values: Mapping[str, str], where: str, report: Reporter) -> None:
    if loaded := sorted(key for key in values if LOADED.fullmatch(key)):
        raise Refused(
            "the secret has keys that would change which code runs, nothing was started",
            on=f"{where}: {', '.join(loaded)}",
            why="programs, and the libraries that they load, look at variables of these names",
            do="give the key another name, and have the application read that one",
        )
    if aws := sorted(key for key in values if AWS.fullmatch(key)):
        report.warn(
            f"{', '.join(aws)} of the secret: the program asks AWS with these, not as the profile of the environment"
        )
    if replaced := sorted(key for key, value in values.items() if os.environ.get(key, value) != value):
        report.warn(f"{', '.join(replaced)} of the shell: replaced by the secret's")
