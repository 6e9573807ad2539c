"""The environment that a task works on: frozen, typed, complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SANDBOX = "sandbox"


@dataclass(frozen=True)
class Origin:
    """Where a value is from: a file and its line, the process's environment, a flag, or a default."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return self.source if self.line is None else f"{self.source}:{self.line}"


@dataclass(frozen=True)
class Environment:
    """One environment. Paths are absolute. An empty string or tuple means: not set."""

    name: str
    root: Path
    """The project's folder: the nearest one, from the current folder upward, that has env/base.env."""

    profile: str
    """The AWS profile that acts; empty: the ambient identity of a CI job."""
    region: str
    account_id: str
    """Twelve digits: the pin. No step that changes something runs in another account."""
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    eks_cluster: str
    namespace: str
    secrets: str
    """`aws:NAME` (Secrets Manager) or `file:PATH`."""
    app: str
    app_env_dialect: str
    migrations: Path | None
    db_url_key: str
    db_ca_file: Path | None
    db_instance: str
    migration_history: bool
    ecr_repository: str
    k8s_overlay: Path | None
    protected: bool

    dockerfile: Path | None = None
    """Empty: the project's own, or the only one below it."""
    charts: str = ""
    """Where all Helm charts are mirrored (`oci://mirror.example.com/charts`)."""
    like: str = ""
    """The environment that the sandbox plays."""
    aws_config_file: Path | None = None
    """Only on the sandbox: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE of its profiles, which hold its endpoint."""
    aws_credentials_file: Path | None = None
    origins: Mapping[str, Origin] | None = None
    """For each key of the env files, where its value is from."""

    @property
    def state(self) -> Path:
        """The project's own state on this machine (journals, locks, the sandbox): `.longshore`, ignored by git."""
        return self.root / ".longshore"

    @property
    def is_sandbox(self) -> bool:
        return self.name == SANDBOX
