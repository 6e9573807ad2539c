"""tools.*: the programs that longshore builds itself."""

from __future__ import annotations

from longshore.cli import Invocation, changes, namespace


@changes("tools", environment=False)
def install(run: Invocation) -> None:
    """Build the Go programs that are missing, at their pinned versions, into a cache that all checkouts share.

    inv tools.install
    """
    from longshore.toolchain import install

    run(install.install())


ns = namespace("tools", install)
