"""cluster.*: EKS: who gets in, what runs there, the cluster itself."""

from __future__ import annotations

from longshore.cli import namespace

ns = namespace("cluster")
