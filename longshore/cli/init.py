"""`longshore init`: what another team's repository needs to say `inv db.migrate`; nothing that is there is overwritten."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from longshore.cli.project_files import AddLines, WriteFile
from longshore.errors import UsageError
from longshore.steps.step import Step

TASKS = """from longshore.tasks import ns  # noqa: F401  inv --list shows what it brings
"""

BASE = """# What all environments share. NAME.env overrides it, NAME.local.env (ignored by git) overrides that.
# No secret belongs here: those are in the store that SECRETS names. inv env.show tells where each value is from.
DEFAULT_ENV=sandbox
AWS_REGION={region}
APP={app}
APP_ENV_DIALECT=viper
MIGRATIONS={migrations}
DB_URL_KEY=DB_SOURCE
"""

SHIPPED = """# What inv ship brings where: the image to ECR, the manifests (a kustomize overlay, or a folder of YAML) to the namespace.
ECR_REPOSITORY={app}
K8S_NAMESPACE={app}
K8S_OVERLAY={manifests}
"""
CLUSTER = "EKS_CLUSTER={app}-{environment}\n"

DEV = """AWS_PROFILE=default
AWS_ACCOUNT_ID={account}
SECRETS=aws:{app}/dev
"""

PROD = """AWS_PROFILE=default
# Nothing is changed in another account than this one. inv aws.whoami --env prod shows the account of the profile.
AWS_ACCOUNT_ID={account}
SECRETS=aws:{app}/prod
# The RDS instance, for snapshots and inv db.provision.
DB_INSTANCE={app}-prod
PROTECTED=true
"""

SANDBOX = """# A rehearsal of prod on this machine: its account, names and protection; the sandbox's own profiles, endpoints and keys.
LIKE=prod
AWS_PROFILE=default
{account}"""

SANDBOX_ACCOUNT = """# Until env/prod.env names the real one.
AWS_ACCOUNT_ID=111122223333
"""

IGNORED_BY_GIT = (".longshore/", "env/*.local.env", "app.env", "*.dump", "*.plan")
IGNORED_BY_BUILDS = (".git", ".longshore", "env", "**/app.env", "**/*.dump")
MIGRATION_FOLDERS = (
    "db/migration",
    "db/migrations",
    "migrations",
    "migration",
    "sql/migrations",
    "internal/db/migrations",
)
MANIFEST_FOLDERS = ("k8s/overlays/prod", "k8s", "kubernetes", "manifests", "deploy")


def init(root: Path, app: str, region: str, account: str, ci: str | None = None) -> list[Step]:
    """The steps that make a folder a project of longshore. An empty `app` is taken from the folder's name; `ci` github: with a workflow that ships.

    Raises UsageError for what the files can't hold.
    """
    app = (
        app or re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-").lstrip("0123456789-")[:40].rstrip("-") or "app"
    )
    for flag, name, text in (
        ("app", "APP", app),
        ("region", "AWS_REGION", region),
        ("account", "AWS_ACCOUNT_ID", account),
    ):
        _check(flag, name, text, root)
    values = {"app": app, "region": region, "account": account}
    values |= {"migrations": _folder(root, MIGRATION_FOLDERS, "*.up.sql") or MIGRATION_FOLDERS[0]}
    values |= {"manifests": _folder(root, MANIFEST_FOLDERS, "*.y*ml") or "k8s"}
    # Who only migrates needs no cluster, and the sandbox starts none then.
    base, cluster = (BASE + SHIPPED, CLUSTER) if ci else (BASE, "")
    sandbox = SANDBOX.format(account="" if account else SANDBOX_ACCOUNT)
    steps: list[Step] = [
        WriteFile(root, "tasks.py", TASKS),
        WriteFile(root, "env/base.env", base.format(**values)),
        WriteFile(root, "env/dev.env", (DEV + cluster).format(**values, environment="dev")),
        WriteFile(root, "env/prod.env", (PROD + cluster).format(**values, environment="prod")),
        WriteFile(root, "env/sandbox.env", sandbox),
        AddLines(root, ".gitignore", IGNORED_BY_GIT),
        AddLines(root, ".dockerignore", IGNORED_BY_BUILDS),
    ]
    if ci:
        from longshore.cli.workflow import Workflow

        steps.append(Workflow(root, app, region, account).file())
    return steps


def advice(root: Path, ci: str | None = None) -> list[str]:
    """What comes next, once the files are there."""
    lines = ["next: inv sandbox.up, then inv db.migrate --plan; inv env.check tells what env/ still lacks"]
    if ci:
        from longshore.cli.workflow import Workflow

        lines += [f"next, for the workflow: {line}" for line in Workflow(root).next]
    return lines


def _check(flag: str, name: str, text: str, root: Path) -> None:
    """Raises UsageError for what the key can't hold: env.check would refuse the files that are written with it."""
    from longshore.environments.keys import KEYS, Malformed

    try:
        next(key for key in KEYS if key.name == name).read(text, root)
    except Malformed as expected:
        raise UsageError(f"--{flag} can't be {text!r}", on="init", why=f"expected {expected}") from None


def _folder(root: Path, names: Sequence[str], pattern: str) -> str:
    """The first of these folders that holds such files; empty where none does."""
    return next((name for name in names if any((root / name).glob(pattern))), "")
