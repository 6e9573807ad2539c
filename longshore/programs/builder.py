"""Builders of images: Docker, Podman or buildah, whichever is there. What they have in common, and which one it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from longshore.errors import Failed, UsageError
from longshore.process.run import ProgramFailed, last_lines

Say = Callable[[str], None]
"""Gets each line that the builder prints."""

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
LOCAL = re.compile(r"127\.\d+\.\d+\.\d+(:\d+)?(/|$)")
"""The registry of a sandbox: it has no TLS."""


@dataclass(frozen=True)
class Recipe:
    """What is built: `labels` are the image's, `arguments` the Dockerfile's (never a secret: an image's history shows them)."""

    context: Path
    file: Path
    reference: str
    labels: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LocalImage:
    """An image in the builder's own store."""

    id: str
    labels: Mapping[str, str]
    environment: Sequence[str] = ()


class Builder(Protocol):
    """One of the programs. Everything raises ProgramFailed with what it said, Interrupted after a signal."""

    @property
    def name(self) -> str:
        """As a person calls it: `docker 28.2.2`."""

    def build(self, recipe: Recipe, say: Say, keep_open: Collection[int] = ()) -> None:
        """Build, and name the image by the recipe's reference."""

    def find(self, reference: str) -> LocalImage | None:
        """The image of that name, where it is in the builder's own store."""

    def save(self, reference: str, file: Path) -> None:
        """Write the image into a tar archive: config, manifest, layers."""

    def login(self, registry: str, user: str, password: str, private: Path | None = None) -> None:
        """Log in; the password goes by standard input. `private`: a folder of our own for it, instead of the user's file."""

    def push(self, image: str, reference: str, private: Path, say: Say, keep_open: Collection[int] = ()) -> str:
        """Push an image under another name, as who logged in into that folder; the digest that the registry has it under."""

    def remove(self, reference: str) -> None:
        """Take the name away, and the image where it has no other. Gone already is fine."""


def words(recipe: Recipe) -> list[str | Path]:
    """What all of them call by the same flags."""
    labels = [f"--label={name}={value}" for name, value in sorted(recipe.labels.items())]
    arguments = [f"--build-arg={name}={value}" for name, value in sorted(recipe.arguments.items())]
    return ["--file", recipe.file, "--tag", recipe.reference, *labels, *arguments, recipe.context]


def local(found: Mapping[str, Any], id: str) -> LocalImage:
    """From the image's config: https://github.com/opencontainers/image-spec/blob/main/config.md"""
    config = found.get("Config") or found.get("config") or {}
    return LocalImage(id, config.get("Labels") or {}, config.get("Env") or ())


def digest_in(text: str, doing: str) -> str:
    """The digest that a builder told. Raises Failed."""
    found = DIGEST.findall(text)
    if not found:
        raise Failed(f"{doing} told no digest", why=" ".join(last_lines(text, 2)) or "it printed nothing")
    return str(found[-1])


def explained(error: ProgramFailed, what: str, on: str, do: str = "") -> Failed:
    """A builder's complaint: its last lines hold the reason, the very last one often only that there was one."""
    lines = [line for line in last_lines(error.completed.stderr or error.completed.stdout, 6) if line.strip()]
    telling = [line for line in lines if re.search(r"error|failed|denied|not found|no such|invalid", line, re.I)]
    return Failed(what, on=on, why=(telling or lines or ["it printed nothing"])[-1].strip(), do=do)


NAMES = ("docker", "podman", "buildah")
"""In the order in which they are looked for."""


def choose(wanted: str = "") -> Builder:
    """The builder that is named, else the first that is there and works.

    Raises UsageError, with what was wrong with each.
    """
    from longshore.programs.buildah import Buildah
    from longshore.programs.docker import Docker
    from longshore.programs.podman import Podman

    faults = []
    finders = {"docker": Docker.there, "podman": Podman.there, "buildah": Buildah.there}
    for name in (wanted,) if wanted else NAMES:
        found = finders[name]()
        if not isinstance(found, str):
            return found
        faults.append(f"{name}: {found}")
    raise UsageError(
        f"{wanted or 'a builder of images'} is needed",
        on=", ".join((wanted,) if wanted else NAMES),
        why="; ".join(faults),
        do="start Docker, or install one of them (apt-get install buildah)",
    )
