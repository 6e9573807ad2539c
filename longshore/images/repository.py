"""The step that makes the ECR repository where there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property

from longshore.aws.errors import DENIED, code_of
from longshore.aws.tags import as_list, tags
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError
from longshore.images.ecr import Ecr, Repository
from longshore.steps.step import Context, Done, Status, Step, ToDo

KEPT = 100
"""Images. ECR doesn't know what is deployed: there must be room enough for an environment that was not deployed to for long."""
UNTAGGED_DAYS = 14


def lifecycle() -> str:
    """The rules by which ECR deletes images. https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html"""
    untagged = {
        "rulePriority": 1,
        "description": f"untagged for {UNTAGGED_DAYS} days",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    }
    last = {
        "rulePriority": 2,
        "description": f"all but the last {KEPT}",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEPT},
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [untagged, last]})


class MakeRepository(Step):
    """A repository with immutable tags, scan on push, and a lifecycle policy. One that is there is used as it is; what it lacks is told."""

    name = "image-repository"

    def __init__(self, environment: Environment, ecr: Ecr) -> None:
        self.title = f"ECR repository {environment.ecr_repository}"
        self._environment = environment
        self._ecr = ecr
        self._found: Repository | None = None
        self._made = False

    @property
    def repository(self) -> Repository | None:
        """As it was found; None before it is made."""
        return self._found

    def check(self, run: Context) -> Status:
        name = self._environment.ecr_repository
        if self._found is None:
            self._found = self._ecr.repository(name)
        if self._found is None:
            return ToDo(
                "make it: immutable tags, scan on push",
                f"lifecycle: delete images untagged for {UNTAGGED_DAYS} days, and all but the last {KEPT}",
            )
        if self._lifecycle == "" and self._made:
            return ToDo("set its lifecycle policy")
        lacks = [
            what
            for what, lacking in (
                ("tags can be overwritten", not self._found.immutable),
                ("not scanned on push", not self._found.scanned),
                ("no lifecycle policy", self._lifecycle == ""),
            )
            if lacking
        ]
        return Done(f"{self._found.uri}{' (' + ', '.join(lacks) + ')' if lacks else ''}")

    def facts(self) -> Mapping[str, str]:
        return {"repository": self._environment.ecr_repository}

    def apply(self, run: Context) -> None:
        name = self._environment.ecr_repository
        if self._found is None:
            self._create(name)
            self._made = True
        if self._ecr.lifecycle(name) == "":
            self._ecr.put_lifecycle(name, lifecycle())
        self.__dict__.pop("_lifecycle", None)

    def _create(self, name: str) -> None:
        try:
            self._ecr.create_repository(name, as_list(tags(self._environment)))
        except LongshoreError as error:
            # The role that `iam.oidc` gives a job may push, and make no repository.
            if error.__cause__ is not None and code_of(error.__cause__) in DENIED:
                error.do = (f"as an administrator, once: inv image.push --env {self._environment.name}", *error.do)
            raise

    @cached_property
    def _lifecycle(self) -> str | None:
        return self._ecr.lifecycle(self._environment.ecr_repository)
