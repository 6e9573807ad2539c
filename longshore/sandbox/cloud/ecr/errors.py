"""What ECR answers when it refuses. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/"""

from __future__ import annotations

from longshore.sandbox.cloud.errors import Kind, Refusal


def _refusal(code: str, text: str) -> Refusal:
    return Refusal(Kind.MALFORMED, text, code=code, status=400)


def invalid(text: str) -> Refusal:
    return _refusal("InvalidParameterException", f"Invalid parameter at {text}")


def no_repository(name: str, account: str) -> Refusal:
    text = f"The repository with name '{name}' does not exist in the registry with id '{account}'"
    return _refusal("RepositoryNotFoundException", text)


def no_image(repository: str, account: str, digest: str, tag: str) -> Refusal:
    named = f"{{imageDigest:'{digest or 'null'}', imageTag:'{tag or 'null'}'}}"
    text = (
        f"The image with imageId {named} does not exist within the repository with name '{repository}' "
        f"in the registry with id '{account}'"
    )
    return _refusal("ImageNotFoundException", text)


def image_is_there(repository: str, account: str, digest: str, tag: str) -> Refusal:
    text = (
        f"Image with digest '{digest}' and tag '{tag}' already exists in the repository with name '{repository}' "
        f"in registry with id '{account}'"
    )
    return _refusal("ImageAlreadyExistsException", text)


def tag_is_taken(repository: str, tag: str) -> Refusal:
    return _refusal("ImageTagAlreadyExistsException", taken(repository, tag))


def taken(repository: str, tag: str) -> str:
    """The words, which clients of the registry get as well."""
    return (
        f"The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten "
        "because the repository is immutable."
    )


def no_scan(repository: str, account: str, digest: str) -> Refusal:
    text = (
        f"Image scan does not exist for the image with '{{imageDigest:'{digest}'}}' in the repository with name '{repository}' "
        f"in the registry with id '{account}'"
    )
    return _refusal("ScanNotFoundException", text)


def scanned_today() -> Refusal:
    return _refusal(
        "LimitExceededException",
        "The scan quota per image has been exceeded. Wait and try again.",
    )


def unavailable(text: str) -> Refusal:
    return Refusal(Kind.BROKEN, text, code="ServerException", status=500)
