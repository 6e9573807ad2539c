"""The step that turns the environment's secret into a Kubernetes Secret, named by its content: another value is another Secret, and so other pods.

Manifests name it `APP-env`; what is deployed names `APP-env-HASH`. A volume gets the file app.env; `envFrom` and `secretKeyRef` get the keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from longshore.app.manifests import ReadManifests
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.kubernetes import pods
from longshore.kubernetes.marks import SECRET_OF
from longshore.programs.kubernetes import Object
from longshore.secrets import dialects
from longshore.secrets.app_env_file import APP_ENV
from longshore.secrets.dialects.dialect import heading
from longshore.secrets.read import ReadSecret
from longshore.steps.step import Context, Done, Look, Status
from longshore.words import counted

HASH = 8


def placeholder(app: str) -> str:
    """The name by which manifests refer to it."""
    return f"{app}-env"


class AppEnv(Look):
    """`secret` is the Secret once it has looked; None where the manifests don't refer to it."""

    name = "app-env"

    def __init__(self, environment: Environment, manifests: ReadManifests, read: ReadSecret | None) -> None:
        self.title = f"app.env for {environment.app}"
        self._environment = environment
        self._manifests = manifests
        self._read = read
        self.secret: Object | None = None

    @property
    def version(self) -> str:
        """Which version of the environment's secret it is; empty where none is used."""
        return self._read.secret.version if self._read is not None and self.secret is not None else ""

    def check(self, run: Context) -> Status:
        """Raises UsageError for manifests that want a secret which the environment hasn't; CannotCarry as the dialect does."""
        name = placeholder(self._environment.app)
        objects = [one.object for one in self._manifests.manifests]
        uses = wanted(objects, name)
        if not uses:
            return Done(f"no manifest refers to a Secret {name}")
        if self._read is None:
            raise UsageError(
                f"the manifests refer to the Secret {name}, and {self._environment.name} names no secret",
                on=str(self._manifests.folder),
                do=f"put SECRETS=aws:NAME into env/{self._environment.like or self._environment.name}.env",
            )
        # Only now: manifests that need no secret are deployed where there is none.
        self._read.check(run)
        found = self._read.secret
        dialect = dialects.find(self._environment.app_env_dialect)
        data: dict[str, str] = {}
        if "file" in uses:
            data[APP_ENV] = dialect.encode(found.values, heading(dialect.name, found.where))
        if "variable" in uses:
            data |= dict(found.values)
        self.secret = make(name, self._environment, data)
        return Done(f"{self.secret['metadata']['name']}, {counted(len(found.values), 'key')}")


def wanted(objects: Sequence[Object], name: str) -> set[str]:
    """How the objects use the Secret of that name (`file`, `variable`); empty where they don't, or bring it themselves."""
    if any(one["kind"] == "Secret" and one["metadata"]["name"] == name for one in objects):
        return set()
    return {use for one in objects for place, key, use in pods.secret_references(one) if place.get(key) == name}


def make(name: str, environment: Environment, data: dict[str, str]) -> Object:
    """The Secret, for good as it is (`immutable`)."""
    digest = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:HASH]
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"{name}-{digest}",
            "namespace": environment.namespace,
            "labels": {SECRET_OF: environment.app},
        },
        "type": "Opaque",
        "immutable": True,
        "data": {key: _encoded(value) for key, value in data.items()},
    }


def _encoded(value: str) -> str:
    import base64

    from longshore.process.redaction import know

    encoded = base64.b64encode(value.encode()).decode()
    if len(value) >= HASH:
        know(encoded)
    return encoded


def refer(found: Object, name: str, real: str) -> None:
    """Put the real name where an object names the Secret."""
    for place, key, _ in pods.secret_references(found):
        if place.get(key) == name:
            place[key] = real
