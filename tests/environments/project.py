"""Env files of a test."""

from __future__ import annotations

from pathlib import Path

from longshore.environments.load import examine


def write(root: Path, **files: str | bytes) -> Path:
    """Env files by name (`prod_local` is prod.local.env); those that aren't named stay as they are."""
    for name, text in files.items():
        path = root / "env" / f"{name.replace('_', '.')}.env"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def faults(root: Path, name: str = "dev") -> list[str]:
    return list(examine(root, name, variables={}).faults)
