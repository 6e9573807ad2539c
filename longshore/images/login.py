"""image.login: the user's own builder may pull from and push to the registry, for twelve hours."""

from __future__ import annotations

from functools import cached_property

from longshore.images.ecr import Ecr
from longshore.process.run import ProgramFailed
from longshore.programs import builder as builders
from longshore.programs.builder import Builder, explained
from longshore.steps.step import Context, Done, Status, Step, ToDo


class LogIn(Step):
    """The builder's own file holds a fresh password. (Whether the one that it holds is still good can't be seen without using it.)"""

    name = "image-login"

    def __init__(self, ecr: Ecr, builder: str = "") -> None:
        self.title = "Log in to the registry"
        self._ecr = ecr
        self._wanted = builder
        self._done = ""

    @cached_property
    def _builder(self) -> Builder:
        return builders.choose(self._wanted)

    def check(self, run: Context) -> Status:
        """Raises UsageError where there is no builder."""
        if self._done:
            return Done(self._done)
        return ToDo(f"log {self._builder.name} in with a password of twelve hours, in its own file")

    def apply(self, run: Context) -> None:
        login = self._ecr.login()
        try:
            self._builder.login(login.registry, login.user, login.password)
        except ProgramFailed as error:
            raise explained(error, f"{self._builder.name} could not log in", login.registry) from error
        self._done = f"{self._builder.name} at {login.registry}, until {login.until.astimezone():%Y-%m-%d %H:%M}"
