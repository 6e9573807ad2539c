"""Is a file of secrets out of git's reach?"""

from __future__ import annotations

import os
from pathlib import Path

from longshore.errors import Refused
from longshore.process.run import Completed, ProgramMissing, last_line, run

_ignored: set[Path] = set()
"""Files that git said it ignores: asked once a process, since each time costs as much as a call to AWS on the sandbox."""


def refuse_if_committed(path: Path, what: str = "file of secrets") -> None:
    """Raise Refused where git would take the file into a commit; `what` it is, for the message.

    Outside of a work tree, and without git, there is nothing to refuse.
    """
    folder = path.parent.resolve()
    if folder / path.name in _ignored:
        return
    top = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    if top is None:
        return
    name = (folder / path.name).relative_to(top)
    try:
        answer = _git(top, "check-ignore", "--quiet", "--", str(name))
        if answer.code == 0:
            _ignored.add(folder / path.name)
            return
        tracked = _git(top, "ls-files", "--error-unmatch", "--", str(name)).code == 0
    except ProgramMissing:
        return
    if answer.code != 1:
        raise Refused(
            "can't see whether git ignores the file, nothing was written",
            on=str(path),
            why=last_line(answer.stderr),
            do="write it out of the work tree: --out PATH",
        )
    raise Refused(
        f"git would commit this {what}, nothing was written",
        on=str(path),
        why="it is tracked" if tracked else f"no line of {top / '.gitignore'} ignores it",
        do=(
            f"git rm --cached {name}" if tracked else "",
            f"add this line to .gitignore: /{name}",
        ),
    )


def _git(top: Path, *words: str) -> Completed:
    # The language of its messages; and no repository that a hook's variables name.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {"LC_ALL": "C"}
    return run(["git", *words], cwd=top, env=env, ok=(0, 1, 128))
