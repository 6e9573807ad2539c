"""The step that looks whether what is shipped beside the image is the commit's, too: manifests and migrations."""

from __future__ import annotations

from pathlib import Path

from longshore.app.manifests import ReadManifests
from longshore.environments.environment import Environment
from longshore.errors import Refused
from longshore.programs import git
from longshore.steps.step import Context, Done, Look, Status
from longshore.words import counted

MOST_NAMED = 3


class CheckCommit(Look):
    """In a protected environment what runs is a commit. (The image's own step judges what the builder gets.)"""

    name = "commit"
    title = "Manifests and migrations of the commit"

    def __init__(self, environment: Environment, manifests: ReadManifests) -> None:
        self._environment = environment
        self._manifests = manifests

    def check(self, run: Context) -> Status:
        """Raises Refused for files that differ from the commit, in a protected environment."""
        head = git.head(self._environment.root)
        if head is None:
            return Done("not checked: no git work tree here, no commit in it, or no git")
        changed = [str(path) for path in git.changed(head.top, self._paths(head.top))]
        if not changed:
            return Done(head.commit[:12])
        more = f" and {counted(len(changed) - MOST_NAMED, 'more file')}" if len(changed) > MOST_NAMED else ""
        named = ", ".join(changed[:MOST_NAMED]) + more
        if self._environment.protected:
            raise Refused(
                "what would be shipped is not the commit's, nothing was done",
                on=named,
                why=f"{self._environment.name} is protected: what runs there must be a commit",
                do="commit or discard them: git status",
            )
        return Done(f"{head.commit[:12]}, but for {named}")

    def _paths(self, top: Path) -> list[Path]:
        """The folders, and each manifest's own file: a kustomization's base is elsewhere. What is outside of the repository is not its matter."""
        files = {one.file for one in self._manifests.manifests if one.file is not None}
        found = {
            self._manifests.folder,
            *files,
            *([self._environment.migrations] if self._environment.migrations else []),
        }
        return sorted(path.resolve() for path in found if path.resolve().is_relative_to(top.resolve()))
