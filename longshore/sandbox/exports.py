"""The lines of `inv sandbox.env`: they point any aws, boto3, kubectl, psql or libpq program at the sandbox."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.sandbox import binaries, client_files, kept, settings
from longshore.sandbox.layout import Layout
from longshore.sandbox.ports import HOST
from longshore.toolchain import cache
from longshore.toolchain.catalogue import KUBECTL

SHADOWS = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "PGPASSWORD", "PGSERVICE", "PGSERVICEFILE", "PGHOSTADDR", "PGOPTIONS",
)  # fmt: skip
"""Variables that would lead a client elsewhere, or be another identity than the profile's."""
SERVICE_ENDPOINT = "AWS_ENDPOINT_URL_"


def exports(environment: Environment, variables: Mapping[str, str] = os.environ) -> list[str]:
    """Lines for `eval` in a POSIX shell. No password is among them. `variables` are those of the shell that will read them.

    Raises UsageError when the sandbox was never up.
    """
    layout = Layout.of(environment)
    keep, wishes = kept.load(layout), settings.read(layout)
    if keep is None or wishes is None or not {"aws", "postgres"} <= keep.ports.keys():
        raise UsageError("there is no sandbox to point at yet", on=str(layout.folder), do="inv sandbox.up")
    values = {
        "AWS_CONFIG_FILE": str(layout.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(layout.aws_credentials),
        "AWS_PROFILE": environment.profile or "default",
        "AWS_REGION": wishes.region,
        "AWS_DEFAULT_REGION": wishes.region,
        "AWS_ENDPOINT_URL": client_files.endpoint(keep),
        "PGHOST": HOST,
        "PGPORT": str(keep.ports["postgres"]),
        "PGUSER": wishes.app,
        "PGDATABASE": wishes.app,
        "PGSSLMODE": "disable",
        "PGPASSFILE": str(layout.pgpass),
        # Without a cluster: a file that isn't there, which is no cluster. Not the user's own, which is a real one.
        "KUBECONFIG": str(layout.kubeconfig),
        **_around_a_proxy(variables),
    }
    unset = [*SHADOWS, *sorted(name for name in variables if name.startswith(SERVICE_ENDPOINT))]
    return [
        f"unset {' '.join(shlex.quote(name) for name in unset)}",
        *(f"export {name}={_quoted(value)}" for name, value in values.items()),
        *(_appended(folder) for folder in (binaries.folder(), Path(sys.executable).parent, *_kubectl())),
    ]


def _kubectl() -> list[Path]:
    return [cache.binary(KUBECTL).parent] if cache.is_built(KUBECTL) else []


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"


def _appended(folder: Path) -> str:
    # Last, so that the user's own programs win; once, however often the lines are evaluated.
    quoted = _quoted(str(folder))
    return f'case ":$PATH:" in *:{quoted}:*) ;; *) export PATH="$PATH":{quoted} ;; esac'


def _around_a_proxy(variables: Mapping[str, str]) -> dict[str, str]:
    if not any(variables.get(name) for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")):
        return {}
    known = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
    value = known if HOST in known.split(",") else ",".join(filter(None, (known, HOST)))
    return {"NO_PROXY": value, "no_proxy": value}
