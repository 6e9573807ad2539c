"""Podman: builds by itself, without a daemon (on macOS in a machine of its own)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from longshore.process.run import ProgramFailed, ProgramMissing, TimedOut, last_line, run
from longshore.programs.builder import LOCAL, LocalImage, Recipe, Say, digest_in, local, words

AUTH = "auth.json"
DIGEST = "digest"


@dataclass(frozen=True)
class Podman:
    """The program, which has answered."""

    version: str

    @classmethod
    def there(cls) -> Podman | str:
        """Podman, or what is wrong with it."""
        try:
            # `info`, not `version`: it finds a machine that isn't started.
            return cls(run(["podman", "info", "--format", "{{.Version.Version}}"], timeout=30).stdout.strip())
        except ProgramMissing:
            return "not installed"
        except (ProgramFailed, TimedOut) as error:
            return last_line(error.completed.stderr) if isinstance(error, ProgramFailed) else error.what

    @property
    def name(self) -> str:
        return f"podman {self.version}"

    def build(self, recipe: Recipe, say: Say, keep_open: Collection[int] = ()) -> None:
        run(["podman", "build", *words(recipe)], on_line=say, keep_open=keep_open)

    def find(self, reference: str) -> LocalImage | None:
        found = run(["podman", "image", "inspect", reference], ok=(0, 125))
        if found.code:
            return None
        image = json.loads(found.stdout)[0]
        return local(image, image["Id"])

    def save(self, reference: str, file: Path) -> None:
        run(["podman", "save", "--format", "oci-archive", "--output", file, reference])

    def login(self, registry: str, user: str, password: str, private: Path | None = None) -> None:
        run(["podman", "login", *login_words(registry, user, private)], input=password)

    def push(self, image: str, reference: str, private: Path, say: Say, keep_open: Collection[int] = ()) -> str:
        file = private / DIGEST
        argv = ["podman", "push", *push_words(reference, private, file), image, f"docker://{reference}"]
        run(argv, on_line=say, keep_open=keep_open)
        return digest_in(file.read_text(), "podman push")

    def remove(self, reference: str) -> None:
        run(["podman", "image", "rm", "--ignore", reference], ok=(0, 1, 2, 125))


def login_words(registry: str, user: str, private: Path | None) -> list[str]:
    """The same for buildah."""
    kept = ["--authfile", str(private / AUTH)] if private is not None else []
    return [*kept, *tls_words(registry), "--username", user, "--password-stdin", registry]


def push_words(reference: str, private: Path, digest: Path) -> list[str]:
    """The same for buildah."""
    return ["--authfile", str(private / AUTH), *tls_words(reference), "--digestfile", str(digest)]


def tls_words(address: str) -> list[str]:
    """Only a registry of this machine may do without TLS."""
    return ["--tls-verify=false"] if LOCAL.match(address) else []
