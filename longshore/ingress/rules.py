"""The rules of Ingresses as flat rows, and which of them are the same. https://kubernetes.io/docs/concepts/services-networking/ingress/"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.cluster import ingress_classes as classes
from longshore.errors import UsageError
from longshore.ingress.marks import is_ours
from longshore.programs.kubernetes import Object

PREFIX, EXACT = "Prefix", "Exact"
ANY = "*"
"""Stands for the host of a rule that names none."""
_BAD = (
    (re.compile(r"[^\x21-\x7e]"), "a space or a letter that isn't ASCII: write it as %20, %C3%BC"),
    (re.compile(r"[?#]"), "a rule goes by the path alone, without ? or #"),
    (
        re.compile(r"[\"<>`]|%(?![0-9a-fA-F]{2})"),
        "a path has no quotes and brackets: write what isn't one of its letters as %22",
    ),
    (re.compile(r"[*{}()|^$\\]"), "it is the path's own beginning, no pattern: /api is also for /api/v1"),
    (re.compile(r"//|/\.\.?(/|$)|%2[fF]"), "Kubernetes takes no //, /./, /../ or %2F in it"),
)


@dataclass(frozen=True)
class Rule:
    """One path of one host, and the Service that it leads to. `port` is a number or a name of the Service's."""

    host: str
    path: str
    type: str
    service: str
    port: str
    ingress: str = ""
    namespace: str = ""
    class_name: str = ""
    secret: str = ""
    """The Secret of its host's certificate; empty: plain HTTP."""
    tls: bool = False
    ours: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Two rules with the same key take the same requests."""
        return self.host, normal(self.path, self.type), self.type

    @property
    def shown(self) -> str:
        """Its path for a person."""
        return f"{self.path} (exactly)" if self.type == EXACT else self.path

    @property
    def target(self) -> str:
        """Where it leads, for a person."""
        return f"{self.service}:{self.port}" if self.port else self.service

    @property
    def is_to_service(self) -> bool:
        """An Ingress may also lead to a resource of another kind, which only its controller understands."""
        return "/" not in self.service

    def __str__(self) -> str:
        return f"{self.host}{self.shown} → {self.target}"


def checked_path(text: str) -> str:
    """A path as a rule may have it. Raises UsageError with what is wrong."""
    why = "" if text.startswith("/") else "it begins with /"
    for pattern, fault in _BAD:
        if not why and pattern.search(text):
            why = fault
    if why:
        raise UsageError(
            f"--path can't be {text!r}", why=why, do="--path / for the whole host, --path /login for a part"
        )
    return text


def normal(path: str, type: str) -> str:
    """Of prefixes, `/login` and `/login/` take the same requests."""
    return path.rstrip("/") or "/" if type == PREFIX else path


def backend(service: str, port: str) -> dict[str, Any]:
    """As an Ingress names a Service's port."""
    return {"service": {"name": service, "port": {"number": int(port)} if port.isdigit() else {"name": port}}}


def of(ingress: Object) -> Iterator[Rule]:
    """The rules of an Ingress, the one for all else (defaultBackend) last."""
    spec, metadata = ingress.get("spec") or {}, ingress["metadata"]
    about: dict[str, Any] = {
        "ingress": metadata["name"], "namespace": metadata.get("namespace", ""), "class_name": classes.of_ingress(ingress),
        "ours": is_ours(ingress),
    }  # fmt: skip
    for rule in spec.get("rules") or []:
        host = rule.get("host") or ANY
        block = tls_block(ingress, host)
        with_tls = {**about, "tls": block is not None, "secret": str((block or {}).get("secretName") or "")}
        for path in (rule.get("http") or {}).get("paths") or []:
            yield Rule(
                host, path.get("path") or "/", path.get("pathType", ""), *_service(path.get("backend")), **with_tls
            )
    if spec.get("defaultBackend"):
        yield Rule(ANY, "/", PREFIX, *_service(spec["defaultBackend"]), **about)


def tls_block(ingress: Object, host: str) -> dict[str, Any] | None:
    """What an Ingress says of a host's certificate."""
    blocks: list[dict[str, Any]] = (ingress.get("spec") or {}).get("tls") or []
    return next((one for one in blocks if host in (one.get("hosts") or [])), None)


def ordered(found: Sequence[Rule]) -> list[Rule]:
    """By host, and within it as a request is matched: exact paths before prefixes, the longest prefix first."""
    return sorted(
        found, key=lambda one: (one.host, -len(normal(one.path, one.type)), one.type != EXACT, one.path, one.ingress)
    )


def _service(backend: dict[str, Any] | None) -> tuple[str, str]:
    resource = (backend or {}).get("resource")
    if resource:
        return f"{resource.get('kind', '')}/{resource.get('name', '')}", ""
    service = (backend or {}).get("service") or {}
    port = service.get("port") or {}
    return str(service.get("name", "")), str(port.get("number") or port.get("name") or "")
