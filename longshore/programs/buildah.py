"""buildah: builds by itself, where there is neither a daemon nor a right to run containers (in CI)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from longshore.process.run import ProgramFailed, ProgramMissing, run
from longshore.programs.builder import LocalImage, Recipe, Say, digest_in, local, words
from longshore.programs.podman import DIGEST, login_words, push_words


@dataclass(frozen=True)
class Buildah:
    """The program."""

    version: str

    @classmethod
    def there(cls) -> Buildah | str:
        """buildah, or what is wrong with it."""
        try:
            told = run(["buildah", "--version"], timeout=10).stdout
        except ProgramMissing:
            return "not installed"
        except ProgramFailed as error:
            return error.why
        return cls(told.removeprefix("buildah version ").partition(" ")[0].strip())

    @property
    def name(self) -> str:
        return f"buildah {self.version}"

    def build(self, recipe: Recipe, say: Say, keep_open: Collection[int] = ()) -> None:
        # Without --layers it would keep no step of the last build.
        run(["buildah", "build", "--layers", *words(recipe)], on_line=say, keep_open=keep_open)

    def find(self, reference: str) -> LocalImage | None:
        found = run(["buildah", "inspect", "--type", "image", reference], ok=(0, 125))
        if found.code:
            return None
        image = json.loads(found.stdout)
        return local(image.get("OCIv1") or {}, image["FromImageID"])

    def save(self, reference: str, file: Path) -> None:
        run(["buildah", "push", reference, f"oci-archive:{file}"])

    def login(self, registry: str, user: str, password: str, private: Path | None = None) -> None:
        run(["buildah", "login", *login_words(registry, user, private)], input=password)

    def push(self, image: str, reference: str, private: Path, say: Say, keep_open: Collection[int] = ()) -> str:
        file = private / DIGEST
        argv = ["buildah", "push", *push_words(reference, private, file), image, f"docker://{reference}"]
        run(argv, on_line=say, keep_open=keep_open)
        return digest_in(file.read_text(), "buildah push")

    def remove(self, reference: str) -> None:
        run(["buildah", "rmi", reference], ok=(0, 1, 125))
