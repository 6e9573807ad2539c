"""Env files: find them, read them, and say of each fault in which line it is."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from longshore.environments.environment import Origin
from longshore.environments.keys import KEYS, Key
from longshore.errors import UsageError, nearest

FOLDER = "env"
BASE = "base"
LOCAL = ".local"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Entry:
    """A key's text and where it stands."""

    text: str
    origin: Origin


@dataclass
class Layer:
    """One env file: its entries, and its faults as `file:line: what`."""

    path: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def find_root(start: Path) -> Path:
    """The project's folder: the nearest one upward from `start` that has env/base.env.

    Raises UsageError.
    """
    for folder in (start, *start.parents):
        if (folder / FOLDER / f"{BASE}.env").is_file():
            return folder
    raise UsageError("no env/base.env here, nor in any folder above", on=str(start), do="longshore init")


def names(root: Path) -> list[str]:
    """The environments of a project: its env/NAME.env files, without base and the local ones."""
    stems = (path.stem for path in (root / FOLDER).glob("*.env"))
    return sorted(stem for stem in stems if stem != BASE and not stem.endswith(LOCAL) and NAME.fullmatch(stem))


def read(path: Path, root: Path, known: Sequence[Key] = KEYS) -> Layer:
    """Read one env file strictly: an unknown key, a key twice, a line that is no assignment, a secret are faults."""
    from dotenv.parser import parse_stream

    layer = Layer(path)
    shown = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        layer.faults.append(f"{shown}:1: not a text file (UTF-8)")
        return layer
    except OSError as error:
        layer.faults.append(f"{shown}: {error.strerror}")
        return layer
    committed = not path.stem.endswith(LOCAL)
    keys = {key.name: key for key in known}
    for binding in parse_stream(io.StringIO(text)):
        line = binding.original.line + _blank_lines_before(binding.original.string)
        where = f"{shown}:{line}"
        if binding.error:
            layer.faults.append(f"{where}: not KEY=VALUE")
        elif binding.key is None:
            continue
        elif binding.value is None:
            layer.faults.append(f"{where}: not KEY=VALUE (an empty value is written KEY=)")
        elif binding.key not in keys:
            layer.faults.append(f"{where}: unknown key{_shown(binding.key)}{nearest(binding.key, list(keys))}")
        elif binding.key in layer.entries:
            layer.faults.append(f"{where}: {binding.key} stands here twice")
        elif keys[binding.key].only_in not in ("", path.stem):
            layer.faults.append(f"{where}: {binding.key} belongs in env/{keys[binding.key].only_in}.env")
        else:
            layer.faults.extend(f"{where}: {why}" for why in _secrets_in(binding.key, binding.value) if committed)
            layer.entries[binding.key] = Entry(binding.value, Origin(shown, line))
    return layer


def _blank_lines_before(original: str) -> int:
    # python-dotenv counts the blank lines before an assignment as part of it.
    return original[: len(original) - len(original.lstrip())].count("\n")


SECRETS = (
    (re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"), "an AWS access key"),
    (re.compile(r"://[^/\s:@]*:[^/\s@]+@"), "a URL with a password"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"),
    (re.compile(r"\b(ghp|gho|ghs|github_pat|xox[abp]|sk_live|glpat)[-_][A-Za-z0-9_-]{10,}"), "an access token"),
    (re.compile(r"(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*\d)[A-Za-z0-9/+]{40}"), "an AWS secret access key"),
)  # fmt: skip


def _shown(key: str) -> str:
    # What stands before an `=` may be a secret that was pasted as it is.
    return f" {key}" if SHOWABLE.fullmatch(key) and not any(pattern.search(key) for pattern, _ in SECRETS) else ""


SHOWABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,38}")


def _secrets_in(key: str, text: str) -> Iterator[str]:
    for pattern, name in SECRETS:
        if pattern.search(text) if name != "an AWS secret access key" else pattern.fullmatch(text):
            yield f"{key} looks like {name}, and this file is committed: keep it in the secret store (inv secrets.set)"
            return
