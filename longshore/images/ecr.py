"""Amazon ECR: repositories and images, by typed calls. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from longshore.aws.errors import code_of, translated
from longshore.aws.session import Session
from longshore.process.redaction import know

NEXT: Mapping[str, tuple[str, ...]] = {
    "LimitExceededException": ("ask AWS for more (Service Quotas, Amazon ECR), or: inv image.prune",),
}
"""What to do about ECR's own error codes."""


@dataclass(frozen=True)
class Repository:
    """A repository. `uri` is the name of its images without tag or digest."""

    name: str
    arn: str
    uri: str
    immutable: bool
    scanned: bool
    """Whether an image is scanned when it is pushed."""


@dataclass(frozen=True)
class Image:
    """An image, or a list of images for several platforms (then `size` is 0). `scan` is ECR's status of its scan; empty: there was none."""

    digest: str
    tags: tuple[str, ...]
    pushed: datetime
    size: int
    scan: str = ""
    scan_says: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Findings of its scan by severity."""


@dataclass(frozen=True)
class Vulnerability:
    """A finding of a scan."""

    name: str
    severity: str
    package: str
    version: str
    uri: str


@dataclass(frozen=True)
class Login:
    """What `docker login` takes; it holds for twelve hours."""

    registry: str
    user: str
    password: str = field(repr=False)
    until: datetime = field(default_factory=datetime.now)


class Ecr:
    """The API, as one identity. Everything raises UsageError and Failed as `translated` does."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def client(self) -> Any:
        return self.session.client("ecr")

    def calling(self, doing: str, on: str, *, acting: bool = False) -> AbstractContextManager[None]:
        """`translated`, with the next command for ECR's own codes."""
        return translated(self.session, doing=doing, on=on, acting=acting, advice=NEXT)

    def repository(self, name: str) -> Repository | None:
        """The repository of that name, or None."""
        with self.calling("look at the image repository", name):
            try:
                found = self.client.describe_repositories(repositoryNames=[name])["repositories"][0]
            except self.client.exceptions.RepositoryNotFoundException:
                return None
        return Repository(
            name=name,
            arn=found["repositoryArn"],
            uri=found["repositoryUri"],
            immutable=str(found.get("imageTagMutability", "")).startswith("IMMUTABLE"),
            scanned=bool((found.get("imageScanningConfiguration") or {}).get("scanOnPush")),
        )

    def create_repository(self, name: str, tags: Sequence[Mapping[str, str]]) -> None:
        """Make it: immutable tags, scan on push. There already is fine."""
        with self.calling("make the image repository", name, acting=True):
            try:
                self.client.create_repository(
                    repositoryName=name,
                    imageTagMutability="IMMUTABLE",
                    imageScanningConfiguration={"scanOnPush": True},
                    tags=list(tags),
                )
            except self.client.exceptions.RepositoryAlreadyExistsException:
                return

    def lifecycle(self, name: str) -> str | None:
        """The lifecycle policy; empty: there is none; None: this identity may not look."""
        with self.calling("look at the lifecycle policy", name):
            try:
                return str(self.client.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
            except self.client.exceptions.LifecyclePolicyNotFoundException:
                return ""
            except self.client.exceptions.ClientError as error:
                if code_of(error) == "AccessDeniedException":
                    return None
                raise

    def put_lifecycle(self, name: str, policy: str) -> None:
        """Set the lifecycle policy."""
        with self.calling("set the lifecycle policy", name, acting=True):
            self.client.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=policy)

    def public(self, name: str) -> bool | None:
        """Whether its policy lets everyone pull; None: this identity may not look."""
        with self.calling("look at the repository's policy", name):
            try:
                policy = json.loads(self.client.get_repository_policy(repositoryName=name)["policyText"])
            except self.client.exceptions.RepositoryPolicyNotFoundException:
                return False
            except self.client.exceptions.ClientError as error:
                if code_of(error) == "AccessDeniedException":
                    return None
                raise
        return any(_for_all(statement) for statement in policy.get("Statement", []))

    def image(self, repository: str, *, tag: str = "", digest: str = "") -> Image | None:
        """The image of a tag or digest; None where there is none, or no such repository."""
        name = {"imageTag": tag} if tag else {"imageDigest": digest}
        with self.calling("look at the image", f"{repository}:{tag or digest}"):
            try:
                found = self.client.describe_images(repositoryName=repository, imageIds=[name])["imageDetails"]
            except (
                self.client.exceptions.ImageNotFoundException,
                self.client.exceptions.RepositoryNotFoundException,
            ):
                return None
        return _image(found[0]) if found else None

    def images(self, repository: str) -> list[Image]:
        """All images, the newest first; none where there is no such repository."""
        with self.calling("list the images", repository):
            try:
                pages = self.client.get_paginator("describe_images").paginate(repositoryName=repository)
                found = [_image(detail) for page in pages for detail in page["imageDetails"]]
            except self.client.exceptions.RepositoryNotFoundException:
                return []
        return sorted(found, key=lambda image: image.pushed, reverse=True)

    def parts(self, repository: str, digest: str) -> list[str]:
        """The digests of the images that a list of images holds."""
        with self.calling("look at the image", f"{repository}@{digest}"):
            answer = self.client.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
        return [
            part["digest"] for one in answer["images"] for part in json.loads(one["imageManifest"]).get("manifests", [])
        ]

    def delete_images(self, repository: str, digests: Sequence[str]) -> list[str]:
        """Delete images; what ECR didn't delete, with its reason."""
        failures = []
        with self.calling("delete images", repository, acting=True):
            for start in range(0, len(digests), 100):
                ids = [{"imageDigest": digest} for digest in digests[start : start + 100]]
                answer = self.client.batch_delete_image(repositoryName=repository, imageIds=ids)
                failures += [
                    f"{one['imageId'].get('imageDigest', '?')[:19]}: {one['failureReason']}"
                    for one in answer.get("failures", [])
                    if one["failureCode"] != "ImageNotFound"
                ]
        return failures

    def findings(self, repository: str, digest: str) -> list[Vulnerability]:
        """What the last scan of an image found."""
        with self.calling("read what the scan found", f"{repository}@{digest[:19]}"):
            pages = self.client.get_paginator("describe_image_scan_findings").paginate(
                repositoryName=repository, imageId={"imageDigest": digest}
            )
            scans = [page.get("imageScanFindings", {}) for page in pages]
        basic = [_vulnerability(one) for scan in scans for one in scan.get("findings", [])]
        return basic + [_enhanced(one) for scan in scans for one in scan.get("enhancedFindings", [])]

    def login(self) -> Login:
        """A password for the registry, which the redaction then knows."""
        with self.calling("get a password for the registry", self.session.who):
            data = self.client.get_authorization_token()["authorizationData"][0]
        user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
        know(password, data["authorizationToken"])
        return Login(data["proxyEndpoint"].partition("://")[2], user, password, data["expiresAt"])


def _image(detail: Mapping[str, Any]) -> Image:
    status = detail.get("imageScanStatus") or {}
    summary = detail.get("imageScanFindingsSummary") or {}
    return Image(
        digest=detail["imageDigest"],
        tags=tuple(detail.get("imageTags") or ()),
        pushed=detail["imagePushedAt"],
        size=int(detail.get("imageSizeInBytes") or 0),
        scan=status.get("status", ""),
        scan_says=status.get("description", ""),
        counts=dict(summary.get("findingSeverityCounts") or {}),
    )


def _vulnerability(one: Mapping[str, Any]) -> Vulnerability:
    attributes = {pair["key"]: pair.get("value", "") for pair in one.get("attributes") or []}
    return Vulnerability(
        one["name"],
        one.get("severity", "UNDEFINED"),
        attributes.get("package_name", ""),
        attributes.get("package_version", ""),
        one.get("uri", ""),
    )


def _enhanced(one: Mapping[str, Any]) -> Vulnerability:
    # Amazon Inspector's.
    details = one.get("packageVulnerabilityDetails") or {}
    packages = details.get("vulnerablePackages") or [{}]
    return Vulnerability(
        details.get("vulnerabilityId") or one.get("title", "?"),
        one.get("severity", "UNDEFINED"),
        packages[0].get("name", ""),
        packages[0].get("version", ""),
        details.get("sourceUrl", ""),
    )


def _for_all(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    everyone = "*" in (named if isinstance(named, list) else [named])
    return statement.get("Effect") == "Allow" and everyone and not statement.get("Condition")
