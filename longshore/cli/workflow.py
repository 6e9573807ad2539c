"""`longshore init --ci github`: a workflow that rehearses each change and ships what is on main, and what it needs at AWS."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from longshore.cli.lacking import lacking
from longshore.cli.project_files import WriteFile
from longshore.environments.environment import Environment
from longshore.environments.load import load
from longshore.errors import UsageError
from longshore.iam.scope import deployer
from longshore.programs import git
from longshore.programs.repository import Repository
from longshore.secrets.check.example import find

PROD = "prod"
NAME = ".github/workflows/ship.yml"
FILL = r"""
      # The sandbox has the database's URL. The other keys of the example get any value: the sandbox's pods are simulated, and read none.
      - run: |
          sed -nE "/^{key}=/d; s/^([A-Za-z_][A-Za-z0-9_]*)=.*/\1=$(openssl rand -hex 16)/p" {example} >"$RUNNER_TEMP/app.env"
          {inv} secrets.push --env sandbox --file "$RUNNER_TEMP/app.env" --confirm sandbox
""".lstrip("\n")
GITHUB = re.compile(r"github\.com[:/]([^/:]+/[^/]+?)(?:\.git)?/?$")


@dataclass(frozen=True)
class Workflow:
    """The workflow of the project in that folder. What its env/ says of prod counts more than the flags of `init`, which are for a new one."""

    root: Path
    app: str = ""
    region: str = ""
    account: str = ""

    def file(self) -> WriteFile:
        """The step that writes it. Raises UsageError where nothing says which account the role is in."""
        app, region, account = self._prod
        if not account:
            raise UsageError(
                "--account is missing",
                on="init --ci github",
                why="the workflow names the role, and a role is in an account",
                do=f"longshore init --app {app} --account 123456789012 --ci github",
            )
        arn = f"arn:{_partition(region)}:iam::{account}:role/{self.role}"
        values = {
            "role-name": self.role,
            "role": arn,
            "region": region,
            "inv": self._inv,
            "fill": self._fill,
            "install": f"{self._inv} --version" if self._has_wrapper else f"pip install -r {self._requirements}",
            "pins": "'requirements.lock', 'tools/**/go.mod'" if self._has_wrapper else f"'{self._requirements}'",
        }
        text = files("longshore.cli").joinpath("ship.yml").read_text(encoding="utf-8")
        return WriteFile(self.root, NAME, re.sub(r"<([a-z-]+)>", lambda found: values[found[1]], text))

    @cached_property
    def role(self) -> str:
        """The role of the jobs that deploy, as `iam.oidc` makes it."""
        return deployer(self._prod[0], PROD)

    @property
    def next(self) -> list[str]:
        """What makes it ship, a command each."""
        head = git.head(self.root)
        found = GITHUB.search(head.remote) if head else None
        return [
            *self._lacks,
            f"{self._inv} iam.oidc --env {PROD} --repo {found[1] if found else 'OWNER/NAME'} --environment {PROD}",
            f"{self._inv} cluster.grant --env {PROD} --role {self.role} --access edit",
            f"{self._inv} ship --env {PROD}: once by yourself, it makes the image repository and the namespace, which the job may not",
            f"gh variable set SHIP --body {PROD}",
        ]

    @property
    def _lacks(self) -> list[str]:
        """What the jobs would stop at."""
        lines = []
        if not self._has_wrapper and not _names(self.root / self._requirements):
            # Not the bare name: on the index it would be somebody else's.
            lines.append(f"put longshore[sandbox] @ ADDRESS-OF-YOUR-WHEEL into {self._requirements}: it is not on PyPI")
        return [*lines, *(lacking(self._environment) if self._environment else ())]

    @cached_property
    def _prod(self) -> tuple[str, str, str]:
        """Application, region and account."""
        environment = self._environment
        if environment is None:
            return self.app, self.region, self.account
        return environment.app, environment.region, environment.account_id or self.account

    @cached_property
    def _environment(self) -> Environment | None:
        """What env/ says of prod; None: it isn't written yet. Raises UsageError for a fault in it."""
        there = all((self.root / "env" / f"{name}.env").is_file() for name in ("base", PROD))
        return load(self.root, PROD, variables={}) if there else None

    @property
    def _fill(self) -> str:
        """What gives the sandbox's secret the keys of app.env.example, where there is one."""
        example = find(self.root, Repository.around(self.root))
        if example is None:
            return ""
        key = self._environment.db_url_key if self._environment else "DB_SOURCE"
        return FILL.format(key=key, example=shlex.quote(str(example.relative_to(self.root))), inv=self._inv)

    @property
    def _has_wrapper(self) -> bool:
        """A checkout of longshore itself has `./inv`, which installs what it needs."""
        return (self.root / "inv").is_file() and (self.root / "requirements.lock").is_file()

    @property
    def _inv(self) -> str:
        return "./inv" if self._has_wrapper else "inv"

    @property
    def _requirements(self) -> str:
        """The first of the project's requirements files that names longshore."""
        found = (path.name for path in sorted(self.root.glob("requirements*.txt")) if _names(path))
        return next(found, "requirements.txt")


def _names(path: Path) -> bool:
    try:
        return (
            re.search(r"^longshore\b|longshore-[^/\s]*\.whl", path.read_text(encoding="utf-8"), re.MULTILINE)
            is not None
        )
    except (OSError, UnicodeDecodeError):
        return False


def _partition(region: str) -> str:
    """The partition that a region is in, as its ARNs have it."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
