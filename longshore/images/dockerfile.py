"""The Dockerfile: which one it is, and whether it copies app.env into the image. https://docs.docker.com/reference/dockerfile/"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.secrets.app_env_file import APP_ENV
from longshore.secrets.check.dockerignore import patterns
from longshore.secrets.check.images import dockerfiles

NAMES = ("Dockerfile", "Containerfile")
COMMENT = re.compile(r"^\s*#")


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile and the context of its build."""

    path: Path
    context: Path

    @property
    def ignore(self) -> Path:
        """The file that says what stays out of the build (it may not be there): its own takes the place of the context's, as in BuildKit."""
        own = self.path.with_name(self.path.name + ".dockerignore")
        return own if own.exists() else self.context / ".dockerignore"

    def left_out(self) -> list[str]:
        """The patterns of that file. Raises UsageError."""
        try:
            return patterns(self.ignore.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError("can't read what stays out of the build", on=str(self.ignore), why=str(error)) from None

    def copies_app_env(self) -> bool:
        """Whether a COPY or ADD names app.env: without such a file in the context, its build fails."""
        return any(_copied(words) for words in self._copies())

    def app_env_path(self) -> str:
        """Where the application expects app.env in its image, so where it is to be mounted: that of the last COPY, else in the last WORKDIR."""
        folder, path = "/", ""
        for name, words in self._instructions():
            if name == "FROM":
                folder, path = "/", ""
            elif name == "WORKDIR" and words:
                folder = posixpath.join(folder, words[0])
            elif name in ("COPY", "ADD") and _copied(words):
                target = posixpath.join(folder, words[-1])
                path = posixpath.join(target, APP_ENV) if words[-1].endswith(("/", ".")) or len(words) > 2 else target
        return posixpath.normpath(path or posixpath.join(folder, APP_ENV))

    def _copies(self) -> list[list[str]]:
        return [words for name, words in self._instructions() if name in ("COPY", "ADD")]

    def _instructions(self) -> list[tuple[str, list[str]]]:
        found = []
        for line in self._lines():
            name, _, rest = line.strip().partition(" ")
            found.append((name.upper(), _words(rest.strip())))
        return found

    def _lines(self) -> list[str]:
        """Instructions, each on one line: a backslash at the end goes on, and comments between don't count."""
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError("can't read the Dockerfile", on=str(self.path), why=str(error)) from None
        lines = [line for line in text.splitlines() if line.strip() and not COMMENT.match(line)]
        return re.sub(r"\\[ \t]*\n", " ", "\n".join(lines)).splitlines()


def find(environment: Environment, given: Path | None = None) -> Dockerfile:
    """The one that is given (relative to the current folder), else the environment's DOCKERFILE, else the project's own, else the only one below it.

    Raises UsageError where there is none, or several.
    """
    root = environment.root
    path = environment.dockerfile if given is None else Path.cwd() / given.expanduser()
    if path is not None:
        if not path.is_file():
            raise UsageError("there is no such Dockerfile", on=str(path))
        return Dockerfile(path, path.parent)
    for name in NAMES:
        if (root / name).is_file():
            return Dockerfile(root / name, root)
    found = sorted(dockerfiles(root))
    if len(found) == 1:
        return Dockerfile(found[0], found[0].parent)
    shown = ", ".join(str(path.relative_to(root)) for path in found)
    raise UsageError(
        f"which Dockerfile? there are {len(found)}" if found else "there is no Dockerfile",
        on=shown or str(root),
        do=f"put DOCKERFILE=PATH into env/{environment.name}.env (image.build and image.push also take --dockerfile PATH)",
    )


def _words(rest: str) -> list[str]:
    """The words of an instruction without its flags (`--from=build`): a JSON list, or words as a shell has them."""
    flags = re.match(r"(?:--\S+\s+)*", rest)
    rest = rest[flags.end() :] if flags else rest
    if flags and "--from=" in flags[0]:
        return []  # from another stage, not from the context
    try:
        if rest.startswith("["):
            return [str(word) for word in json.loads(rest)]
        return shlex.split(rest)
    except ValueError:
        return rest.split()


def _copied(words: list[str]) -> bool:
    return len(words) > 1 and any(posixpath.normpath(word).lstrip("/") == APP_ENV for word in words[:-1])
