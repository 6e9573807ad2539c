"""The keys of the env files: what each means and what it may hold. One list: the loader, `env.show`, `init` and the manual read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from longshore.errors import nearest

DIALECTS = ("viper", "godotenv", "docker", "kubectl", "compose", "systemd", "bash", "node", "python", "github")

Value = str | bool | tuple[str, ...] | Path | None


class Malformed(ValueError):
    """A value that its key can't take; the message says what is expected and never repeats the value."""


@dataclass(frozen=True)
class Key:
    """`field` is the attribute of Environment; `read` turns the text (and the project's root, for paths) into its value or raises Malformed."""

    name: str
    field: str
    meaning: str
    read: Callable[[str, Path], Value]
    default: str = ""
    only_in: str = ""
    """The one file (its stem) where the key belongs, if it isn't for all."""


def _text(text: str, root: Path) -> str:
    if any(ord(character) < 32 for character in text):
        raise Malformed("one line of text without control characters")
    return text


def _matching(pattern: str, expected: str) -> Callable[[str, Path], str]:
    compiled = re.compile(pattern, re.ASCII)

    def read(text: str, root: Path) -> str:
        if text and not compiled.fullmatch(text):
            raise Malformed(expected)
        return text

    return read


def _several(pattern: str, expected: str) -> Callable[[str, Path], tuple[str, ...]]:
    one = _matching(pattern, expected)

    def read(text: str, root: Path) -> tuple[str, ...]:
        return tuple(one(part.strip(), root) for part in text.split(",") if part.strip())

    return read


def _one_of(*allowed: str) -> Callable[[str, Path], str]:
    def read(text: str, root: Path) -> str:
        if text not in allowed:
            raise Malformed(f"one of {', '.join(allowed)}{nearest(text, allowed)}")
        return text

    return read


def _switch(text: str, root: Path) -> bool:
    switches = {"true": True, "on": True, "yes": True, "1": True, "false": False, "off": False, "no": False, "0": False}
    try:
        return switches[text.lower()]
    except KeyError:
        raise Malformed("true or false") from None


def _path(text: str, root: Path) -> Path | None:
    if not text:
        return None
    if any(ord(character) < 32 for character in text) or any(len(part.encode()) > 255 for part in Path(text).parts):
        raise Malformed("a path")
    try:
        return root / Path(text).expanduser()
    except RuntimeError:
        raise Malformed("a path (~NAME is no user of this machine)") from None


NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"

KEYS: tuple[Key, ...] = (
    Key("DEFAULT_ENV", "", "the environment without --env", _matching(NAME, "an environment's name"), only_in="base"),
    Key("LIKE", "like", "the environment that the sandbox plays", _matching(NAME, "an environment's name"), only_in="sandbox"),
    Key("AWS_PROFILE", "profile", "who acts; empty: the ambient identity of a CI job", _text),
    Key("AWS_REGION", "region", "the region", _matching(r"[a-z]{2}(-[a-z]+)+-\d", "a region such as eu-central-1")),
    Key("AWS_ACCOUNT_ID", "account_id", "the pin: nothing is changed in another account", _matching(r"\d{12}", "twelve digits")),
    Key("SUBNETS", "subnets", "subnets of what is created; empty: the default VPC's", _several(r"subnet-[0-9a-f]+", "subnet-... ids")),
    Key("SECURITY_GROUPS", "security_groups", "security groups of what is created; empty: the default one", _several(r"sg-[0-9a-f]+", "sg-... ids")),
    Key("EKS_CLUSTER", "eks_cluster", "the cluster's name", _matching(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", "a cluster's name")),
    Key("K8S_NAMESPACE", "namespace", "the namespace", _matching(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "a namespace's name")),
    Key("SECRETS", "secrets", "aws:NAME in Secrets Manager, or file:PATH", _matching(r"aws:[A-Za-z0-9/_+=.@-]+|file:[^\x00-\x1f]+", "aws:NAME or file:PATH")),
    Key("APP", "app", "the application's name", _matching(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?", "lower case letters, digits and dashes")),
    Key("APP_ENV_DIALECT", "app_env_dialect", "who reads app.env", _one_of(*DIALECTS), default="viper"),
    Key("MIGRATIONS", "migrations", "folder of golang-migrate files", _path),
    Key("DB_URL_KEY", "db_url_key", "the key of the secret that holds the database URL", _matching(r"[A-Za-z_]\w*", "a key's name"), default="DB_SOURCE"),
    Key("DB_CA_FILE", "db_ca_file", "the CA that signs the database's certificate", _path),
    Key("DB_INSTANCE", "db_instance", "the RDS instance", _matching(r"[A-Za-z](-?[A-Za-z0-9]){0,62}", "an RDS instance identifier")),
    Key("MIGRATION_HISTORY", "migration_history", "off leaves our history table out", _switch, default="on"),
    Key("ECR_REPOSITORY", "ecr_repository", "the image repository", _matching(r"[a-z0-9]+([._/-][a-z0-9]+)*", "an ECR repository's name")),
    Key("DOCKERFILE", "dockerfile", "the Dockerfile; empty: the project's, or the only one below it", _path),
    Key("K8S_OVERLAY", "k8s_overlay", "kustomize overlay, or any folder of manifests", _path),
    Key("CHARTS", "charts", "where all Helm charts are mirrored; empty: each publisher's own address", _matching(
        r"oci://[A-Za-z0-9.-]+(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*", "an address such as oci://mirror.example.com/charts")),
    Key("PROTECTED", "protected", "true: the name is asked for before anything is changed", _switch, default="false"),
)  # fmt: skip

WRITTEN_BY_THE_SANDBOX: tuple[Key, ...] = (
    Key("AWS_CONFIG_FILE", "aws_config_file", "the sandbox's profiles", _path),
    Key("AWS_SHARED_CREDENTIALS_FILE", "aws_credentials_file", "the keys of the sandbox's profiles", _path),
)
