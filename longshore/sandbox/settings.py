"""What the sandbox is to play: told by `up`, read by the supervisor."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from longshore.environments.environment import Environment
from longshore.environments.files import names
from longshore.environments.load import examine
from longshore.errors import UsageError, nearest
from longshore.sandbox.files import read_json, write_json
from longshore.sandbox.layout import Layout

STORE = "aws:"
DEFAULT_APPLICATION = "app"
CLUSTER = "cluster"
REGISTRY = "registry"
PARTS = (CLUSTER, REGISTRY)
"""What a sandbox can do without."""


@dataclass(frozen=True)
class Settings:
    """The account and region that are played, and the application: its name is also its database's and its role's."""

    account_id: str
    region: str
    app: str
    db_url_key: str
    secret: str = ""
    """The Secrets Manager id of the environment that is played; empty when it keeps its secrets elsewhere."""
    other_secrets: tuple[str, ...] = ()
    """Those of the project's other environments."""
    unprotected_secrets: tuple[str, ...] = ()
    """Those that no environment with PROTECTED=true uses: a developer may read them."""
    faults: bool = False
    """Whether the cloud lets a test switch faults on."""
    cluster: str = ""
    """The EKS cluster of the environment that is played; empty: it has none, or none is wished for."""
    namespace: str = ""

    @property
    def all_secrets(self) -> tuple[str, ...]:
        """The secrets of all environments."""
        return tuple(filter(None, (self.secret, *self.other_secrets)))

    @property
    def plays(self) -> tuple[str, str, str, bool]:
        """What can't change while the sandbox runs."""
        return self.account_id, self.region, self.app, self.faults


def wished(environment: Environment, *, faults: bool, without: Collection[str] = ()) -> Settings:
    """What this environment wants of its sandbox, without what is named (`cluster`).

    Raises UsageError for an environment that isn't the sandbox's, or that names no account or region, and for a part that there isn't.
    """
    if not environment.is_sandbox:
        raise UsageError("only the environment sandbox has servers on this machine", on=f"--env {environment.name}")
    for part in without:
        if part not in PARTS:
            allowed = f"{', '.join(PARTS)}{nearest(part, PARTS)}"
            raise UsageError("the sandbox has no such part", on=f"--without {part}", why=f"allowed: {allowed}")
    for key, value in (("AWS_ACCOUNT_ID", environment.account_id), ("AWS_REGION", environment.region)):
        if not value:
            raise UsageError(
                f"the sandbox needs {key} to know what it plays",
                on=f"env/{environment.like or environment.name}.env",
                do=f"add {key} to that file, then: inv env.check --env sandbox",
            )
    secret = _secret_id(environment.secrets)
    users = [
        (_secret_id(one.secrets), one.protected)
        for one in (environment, *_others(environment))
        if _secret_id(one.secrets)
    ]
    protected = {name for name, guarded in users if guarded}
    return Settings(
        account_id=environment.account_id,
        region=environment.region,
        app=environment.app or DEFAULT_APPLICATION,
        db_url_key=environment.db_url_key,
        secret=secret,
        other_secrets=tuple(sorted({name for name, _ in users} - {secret})),
        unprotected_secrets=tuple(sorted({name for name, _ in users} - protected)),
        faults=faults,
        cluster="" if CLUSTER in without else environment.eks_cluster,
        namespace=environment.namespace,
    )


def _others(environment: Environment) -> list[Environment]:
    # One with a fault in its file is `env.check`'s to report: the sandbox does without it.
    found = (
        examine(environment.root, name).environment for name in names(environment.root) if name != environment.name
    )
    return [one for one in found if one is not None]


def _secret_id(secrets: str) -> str:
    return secrets.removeprefix(STORE) if secrets.startswith(STORE) else ""


def write(layout: Layout, settings: Settings) -> None:
    """Leave them for the supervisor."""
    write_json(layout.settings, asdict(settings))


def read(layout: Layout) -> Settings | None:
    """What the last `up` wished for; None when there was none."""
    found = read_json(layout.settings)
    try:
        lists = {name: tuple(found[name]) for name in ("other_secrets", "unprotected_secrets")}
        return Settings(**found | lists)
    except (KeyError, TypeError):
        return None
