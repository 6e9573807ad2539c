"""The step that brings the image to ECR. What goes on from here is its digest."""

from __future__ import annotations

from collections.abc import Mapping

from longshore.errors import Failed, Refused
from longshore.images.build import BuildImage
from longshore.images.ecr import Ecr, Image
from longshore.images.repository import MakeRepository
from longshore.images.workspace import LOGIN, workspace
from longshore.process.run import ProgramFailed
from longshore.programs.builder import explained
from longshore.steps.step import Context, Done, Status, Step, ToDo


class PushImage(Step):
    """ECR has the image under the commit's tag, and under the digest that was pushed.

    `digest` is set once it is known (`sha256:...`; empty before), `reference` is what a manifest names: repository and digest.
    """

    name = "image-push"

    def __init__(self, build: BuildImage, repository: MakeRepository, ecr: Ecr) -> None:
        self.title = f"Push {build.environment.ecr_repository}"
        self._build = build
        self._repository = repository
        self._ecr = ecr
        self._digest = ""

    @property
    def digest(self) -> str:
        return self._digest

    @property
    def reference(self) -> str:
        """`REPOSITORY-URI@sha256:...`; empty while the digest isn't known."""
        there = self._repository.repository
        return f"{there.uri}@{self._digest}" if there and self._digest else ""

    @property
    def tag(self) -> str:
        return self._build.tag

    def check(self, run: Context) -> Status:
        """Raises Refused for a baked image where everyone may pull; Failed where ECR has something else than was pushed."""
        found = self._build.pushed
        if found is None:
            self._refuse_public()
            return ToDo(f"push {self.tag} to {self._where}")
        if self._digest and found.digest != self._digest:
            raise Failed(
                "ECR has another image under this tag than the one that was pushed",
                on=self.tag,
                why=f"pushed {self._digest}, there is {found.digest}",
                do="somebody else pushed the same commit: look at both, then run it again",
            )
        self._digest = found.digest
        return Done(self.reference or self._digest, self._data(found))

    def apply(self, run: Context) -> None:
        """Raises Failed with the builder's reason."""
        there = self._repository.repository
        assert there is not None, "the repository is made before"
        login, builder = self._ecr.login(), self._build.builder
        try:
            # A login of our own: the user's file is not touched, and nobody else's password goes to this registry.
            with workspace(self._build.environment, LOGIN) as private:
                builder.login(login.registry, login.user, login.password, private)
                reference = f"{there.uri}:{self.tag}"
                digest = builder.push(self._build.local, reference, private, run.report.line, run.keep_open())
        except ProgramFailed as error:
            # Another job may have pushed this commit meanwhile; tags are immutable.
            if self._build.pushed is not None:
                run.report.note("somebody else has pushed this commit meanwhile: theirs is taken")
                return
            raise explained(error, f"{builder.name} could not push the image", there.uri) from error
        self._digest = digest

    def facts(self) -> Mapping[str, str]:
        return {"digest of the image": self._digest} if self._digest else {}

    @property
    def _where(self) -> str:
        there = self._repository.repository
        return there.uri if there else self._build.environment.ecr_repository

    def _refuse_public(self) -> None:
        if self._build.bake is None or self._repository.repository is None:
            return
        public = self._ecr.public(self._build.environment.ecr_repository)
        if public is not False:
            raise Refused(
                "an image with the secret in it goes to no repository that everyone may read, nothing was pushed",
                on=self._where,
                why='its policy allows the principal "*"' if public else "who acts may not look at its policy",
                do="push without --bake-env: app.env is mounted at run time",
            )

    def _data(self, found: Image) -> dict[str, object]:
        return {"digest": found.digest, "reference": self.reference, "tag": self.tag, "size": found.size}
