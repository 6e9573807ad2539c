"""A copy of the build's context for images that hold app.env: the project's own folder is never written to.

Where a Dockerfile copies app.env, the copy has an empty one in its place (the file is mounted there at run time), or with --bake-env the real one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longshore.environments.environment import Environment
from longshore.images.dockerfile import Dockerfile
from longshore.images.files import files
from longshore.images.workspace import BUILD, workspace
from longshore.secrets import app_env
from longshore.secrets.app_env_file import APP_ENV


@contextmanager
def staged(environment: Environment, dockerfile: Dockerfile, content: str) -> Iterator[Dockerfile]:
    """The copy, with app.env of this content; gone at the end, whatever happened."""
    with workspace(environment, BUILD) as place:
        context = place / "context"
        for path, whole in files(dockerfile):
            target = context / path
            target.parent.mkdir(parents=True, exist_ok=True)
            # What stays out is left out already, and would leave app.env out, too.
            if path != ".dockerignore":
                _copy(whole, target)
        (context / APP_ENV).unlink(missing_ok=True)
        app_env.replace(context / APP_ENV, content)
        # In the image it has this mode, and the application need not be root.
        (context / APP_ENV).chmod(0o644)
        shutil.copyfile(dockerfile.path, place / "Dockerfile")
        yield Dockerfile(place / "Dockerfile", context)


def _copy(whole: Path, target: Path) -> None:
    if whole.is_symlink():
        target.symlink_to(whole.readlink())
        return
    if not whole.is_file():
        return  # a socket, a pipe: no builder takes it
    try:
        # The same file under a second name: nothing is copied.
        os.link(whole, target)
    except OSError:
        shutil.copy2(whole, target)
