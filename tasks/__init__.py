"""What a person can say to longshore: a module per namespace. Signature, docstring, one call; no logic."""

from __future__ import annotations

from longshore.cli import namespace

from . import environment

ns = namespace("", environment.ns)

__all__ = ["ns"]
