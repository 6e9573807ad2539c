"""Docker: a client, and a daemon that does the work."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from longshore.process.run import ProgramFailed, ProgramMissing, TimedOut, last_line, run
from longshore.programs.builder import LocalImage, Recipe, Say, digest_in, local, words


@dataclass(frozen=True)
class Docker:
    """The client, with a daemon that has answered."""

    version: str
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    @classmethod
    def there(cls) -> Docker | str:
        """Docker, or what is wrong with it. (Podman's imitation of it is left to Podman.)"""
        try:
            client = run(["docker", "--version"], timeout=10).stdout
            if "podman" in client.lower():
                return "it is Podman's imitation"
            server = run(["docker", "version", "--format", "{{.Server.Version}}"], timeout=10)
        except ProgramMissing:
            return "not installed"
        except ProgramFailed as error:
            return f"its daemon does not answer ({last_line(error.completed.stderr) or 'it says nothing'})"
        except TimedOut:
            return "its daemon does not answer (waited 10 s)"
        return cls(server.stdout.strip())

    @property
    def name(self) -> str:
        return f"docker {self.version}"

    def build(self, recipe: Recipe, say: Say, keep_open: Collection[int] = ()) -> None:
        # BuildKit would push a list with a document about the build beside the image: ECR counts each as an image.
        env = {**self.variables, "BUILDX_NO_DEFAULT_ATTESTATIONS": "1", "BUILDKIT_PROGRESS": "plain"}
        run(["docker", "build", *words(recipe)], env=env, on_line=say, keep_open=keep_open)

    def find(self, reference: str) -> LocalImage | None:
        found = run(["docker", "image", "inspect", reference], env=self.variables, ok=(0, 1))
        if found.code:
            return None
        image = json.loads(found.stdout)[0]
        return local(image, image["Id"])

    def save(self, reference: str, file: Path) -> None:
        run(["docker", "image", "save", "--output", file, reference], env=self.variables)

    def login(self, registry: str, user: str, password: str, private: Path | None = None) -> None:
        if private is not None:
            self._prepare(private)
        words = ["login", "--username", user, "--password-stdin", registry]
        run(["docker", *_config(private), *words], env=self.variables, input=password)

    def push(self, image: str, reference: str, private: Path, say: Say, keep_open: Collection[int] = ()) -> str:
        run(["docker", "image", "tag", image, reference], env=self.variables)
        try:
            argv = ["docker", *_config(private), "push", reference]
            said = run(argv, env=self.variables, on_line=say, keep_open=keep_open).stdout
        finally:
            self.remove(reference)
        return digest_in(said, "docker push")

    def remove(self, reference: str) -> None:
        run(["docker", "image", "rm", reference], env=self.variables, ok=(0, 1))

    def _prepare(self, private: Path) -> None:
        """A configuration without anybody's passwords, for the daemon that the user's own one names."""
        own = Path(self.variables.get("DOCKER_CONFIG") or Path(self.variables.get("HOME", "/")) / ".docker")
        chosen = ""
        with suppress(OSError, ValueError, AttributeError):
            chosen = json.loads((own / "config.json").read_text(encoding="utf-8")).get("currentContext", "")
        (private / "config.json").write_text(json.dumps({"currentContext": chosen} if chosen else {}))
        if (own / "contexts").is_dir() and not (private / "contexts").exists():
            (private / "contexts").symlink_to(own / "contexts")


def _config(private: Path | None) -> list[str]:
    return ["--config", str(private)] if private is not None else []
