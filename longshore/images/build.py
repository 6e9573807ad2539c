"""The step that builds an image from the commit, and the one that searches it before anybody gets it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property

from longshore.environments.environment import Environment
from longshore.errors import Failed, LongshoreError
from longshore.images import source as sources
from longshore.images.bake import Bake
from longshore.images.dockerfile import Dockerfile
from longshore.images.ecr import Ecr, Image
from longshore.images.needles import ReadNeedles
from longshore.images.search import Found, Searcher
from longshore.images.source import REVISION, Source
from longshore.images.staged import staged
from longshore.images.workspace import LAYERS, sweep, workspace
from longshore.process.run import ProgramFailed
from longshore.programs import builder as builders
from longshore.programs.builder import Builder, LocalImage, Recipe, explained
from longshore.steps.step import Context, Done, Status, Step, ToDo, Unknown
from longshore.words import counted

APP_ENV_LABEL = "longshore.app-env"
"""The image's label: where the application expects app.env, so where it is to be mounted."""


class BuildImage(Step):
    """An image of the commit is in ECR already, or in the builder's own store."""

    name = "image-build"

    def __init__(
        self,
        environment: Environment,
        dockerfile: Dockerfile,
        ecr: Ecr,
        secret: ReadNeedles,
        *,
        builder: str = "",
        bake: bool = False,
        arguments: Mapping[str, str] | None = None,
    ) -> None:
        self.title = f"Build {environment.ecr_repository} from {dockerfile.path.name}"
        self.environment = environment
        self.dockerfile = dockerfile
        self.bake = Bake(environment, secret) if bake else None
        self._ecr = ecr
        self._builder = builder
        self.arguments = dict(arguments or {})
        self._pushed: Image | None = None

    @cached_property
    def source(self) -> Source:
        """Read once a run: a file that is changed while it goes on doesn't change what it is about."""
        return sources.read(self.environment, self.dockerfile)

    @property
    def tag(self) -> str:
        """Of this commit's image, in ECR and here."""
        return self.source.tag + (self.bake.suffix if self.bake else "")

    @property
    def local(self) -> str:
        """The image's name in the builder's own store."""
        return f"localhost/{self.environment.ecr_repository}:{self.tag}"

    @cached_property
    def builder(self) -> Builder:
        """Looked for once. Raises UsageError where there is none."""
        return builders.choose(self._builder)

    @property
    def pushed(self) -> Image | None:
        """The image that ECR has for the tag. Asked until there is one."""
        self._pushed = self._pushed or self._ecr.image(self.environment.ecr_repository, tag=self.tag)
        return self._pushed

    def built(self) -> LocalImage | None:
        """The image in the builder's own store, where it is this commit's."""
        found = self.builder.find(self.local)
        revision = self.source.labels(self.environment)[REVISION]
        return found if found is not None and found.labels.get(REVISION) == revision else None

    def check(self, run: Context) -> Status:
        """Raises UsageError outside of a repository, or without a builder; Refused for a changed tree in a protected environment."""
        source = self.source
        if run.acts:
            # Also where nothing is left to do: a run may have been killed right after its push.
            for left in sweep(self.environment):
                run.report.warn(f"removed what a killed run left: {left}")
        if source.changed and run.planning:
            run.report.note(f"{counted(len(source.changed), 'file')} changed since the commit: the tag says dirty")
        if self.pushed is not None:
            return Done(f"ECR has {source.words}: {self.pushed.digest}")
        if (found := self.built()) is not None:
            return Done(f"{self.builder.name} has {source.words}: {found.id.removeprefix('sha256:')[:12]}")
        baked = self.bake.costs() if self.bake else ()
        return ToDo(f"build {self.tag} from {self.dockerfile.path} with {self.builder.name}", *baked)

    def apply(self, run: Context) -> None:
        """Raises Failed with the builder's reason."""
        try:
            with self._given() as given:
                self.builder.build(self._recipe(given), run.report.line, run.keep_open())
        except ProgramFailed as error:
            raise explained(
                error, f"{self.builder.name} could not build the image", str(self.dockerfile.path)
            ) from error

    @property
    def replaces_app_env(self) -> bool:
        """Whether the builder gets another app.env than the project's own: an empty one, or with --bake-env the secret of the environment."""
        return self.bake is not None or self.dockerfile.copies_app_env()

    def _given(self) -> AbstractContextManager[Dockerfile]:
        if self.replaces_app_env:
            return staged(self.environment, self.dockerfile, self.bake.text() if self.bake else "")
        return nullcontext(self.dockerfile)

    def _recipe(self, given: Dockerfile) -> Recipe:
        labels = self.source.labels(self.environment) | {APP_ENV_LABEL: self.dockerfile.app_env_path()}
        labels |= self.bake.labels() if self.bake else {}
        return Recipe(given.context, given.path, self.local, labels, self.arguments)


class SearchImage(Step):
    """No value of the secret and no env file is in any layer, or in the config. An image that has one loses its name."""

    name = "image-search"
    title = "Search the image's layers"

    def __init__(self, build: BuildImage, secret: ReadNeedles) -> None:
        self._build = build
        self._secret = secret
        self._clean = ""

    def check(self, run: Context) -> Status:
        """Raises Failed for an image that holds a secret."""
        if self._build.pushed is not None:
            return Done("it is in ECR")
        image = self._build.built()
        if image is None:
            return Unknown("known after the image is built")
        if self._clean != image.id:
            found = self._search(run)
            if found:
                raise self._refused(found, run)
            self._clean = image.id
        return Done("no env file and no value of the secret")

    def apply(self, run: Context) -> None:
        """Nothing to do: it only looks."""
        raise AssertionError("it only looks")

    def _search(self, run: Context) -> list[Found]:
        bake = self._build.bake
        allowed = [self._build.dockerfile.app_env_path()] if bake else []
        searcher = Searcher(self._secret.needles, self._secret.names, allowed)
        with workspace(self._build.environment, LAYERS) as place:
            file = place / "image.tar"
            run.report.progress("saving the image to search it")
            self._build.builder.save(self._build.local, file)
            size = file.stat().st_size

            def tell(done: int) -> None:
                run.report.progress("searching the image's layers", done, size)

            return list(dict.fromkeys(searcher.archive(file, tell)))

    def _refused(self, found: list[Found], run: Context) -> LongshoreError:
        if run.acts:
            self._build.builder.remove(self._build.local)
        more = f"; {len(found) - 3} more" if len(found) > 3 else ""
        return Failed(
            f"the image holds secrets{': it was thrown away' if run.acts else ''}",
            on=self._build.tag,
            why="; ".join(str(one) for one in found[:3]) + more,
            do="mend the Dockerfile: what a step wrote stays in its layer, even where a later step removes it",
        )
