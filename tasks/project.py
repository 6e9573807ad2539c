"""The tasks of this repository: those of longshore, and those that only its own developers need (not in the wheel)."""

from __future__ import annotations

from . import ns

__all__ = ["ns"]
