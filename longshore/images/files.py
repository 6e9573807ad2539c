"""The files that a builder gets: those of the context that .dockerignore doesn't leave out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from longshore.errors import UsageError
from longshore.images.dockerfile import Dockerfile
from longshore.secrets.check.dockerignore import left_out


def files(dockerfile: Dockerfile) -> Iterator[tuple[str, Path]]:
    """Every file that the builder gets, with its path in the context. Raises UsageError for a .dockerignore that Docker refuses."""
    ignored = dockerfile.left_out()
    exceptions = any(line.startswith("!") for line in ignored)
    context = dockerfile.context
    try:
        for folder, folders, names in os.walk(context):
            inside = Path(folder).relative_to(context)
            if not exceptions:
                folders[:] = [name for name in folders if not left_out((inside / name).as_posix(), ignored)]
            for name in (*sorted(names), *(one for one in folders if Path(folder, one).is_symlink())):
                path = (inside / name).as_posix()
                if not left_out(path, ignored):
                    yield path, Path(folder, name)
            folders.sort()
    except ValueError as pattern:
        raise UsageError(
            "Docker refuses a pattern of what stays out of the build", on=f"{dockerfile.ignore}: {pattern}"
        ) from None
