"""ECR's operations on images: describe, list, get, put, delete."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.ecr import errors, scans, tags
from longshore.sandbox.cloud.ecr.images import Image, Images
from longshore.sandbox.cloud.ecr.service import Ecr, Operation
from longshore.sandbox.cloud.registry import Manifest


def describe_images(ecr: Ecr, call: Call, _: str) -> Mapping[str, Any]:
    """What is known of the images that are named, or of all."""
    images = ecr.images(call)
    named = {image.digest: image for image in (_need(ecr, call, images, one) for one in _ids(call))}
    found = list(named.values()) if named else _filtered(images.all(), call)
    page, more = _page(found, call)
    return {"imageDetails": [_detail(ecr, call, image) for image in page], **more}


def list_images(ecr: Ecr, call: Call, _: str) -> Mapping[str, Any]:
    """A line per tag; one for an image without."""
    found = [_id(image, tag) for image in _filtered(ecr.images(call).all(), call) for tag in image.tags or [""]]
    page, more = _page(found, call)
    return {"imageIds": page, **more}


def batch_get_image(ecr: Ecr, call: Call, _: str) -> Mapping[str, Any]:
    """The manifests."""
    images = ecr.images(call)
    found, failures = [], []
    for one in _ids(call):
        image = images.find(one.get("imageDigest", ""), one.get("imageTag", ""))
        if image is None:
            failures.append(_failure(one))
            continue
        found.append(
            {
                "registryId": ecr.account_id,
                "repositoryName": call.text("repositoryName"),
                "imageId": _id(image, one.get("imageTag", "")),
                "imageManifest": image.content,
                "imageManifestMediaType": image.media_type,
            }
        )
    return {"images": found, "failures": failures}


def put_image(ecr: Ecr, call: Call, _: str) -> Mapping[str, Any]:
    """A manifest by the API: what gives an image one more tag."""
    images, content = ecr.images(call), call.text("imageManifest").encode()
    name, tag = call.text("repositoryName"), call.text("imageTag")
    try:
        parsed = json.loads(content)
        media_type = call.text("imageManifestMediaType") or str(parsed["mediaType"])
    except (ValueError, KeyError, TypeError):
        raise errors.invalid("'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'") from None
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if tag and images.find(digest, tag):
        raise errors.image_is_there(name, ecr.account_id, digest, tag)
    if tag and tags.is_taken(ecr, call.region, name, tag, digest):
        raise errors.tag_is_taken(name, tag)
    manifest = Manifest(name, tag or digest, digest, media_type, content)
    try:
        ecr.keeper().put(manifest)
    except OSError as error:
        raise errors.unavailable(f"The registry does not answer: {error}") from None
    image = images.put(manifest)
    return {
        "image": {
            "registryId": ecr.account_id,
            "repositoryName": name,
            "imageId": _id(image, tag),
            "imageManifest": image.content,
            "imageManifestMediaType": image.media_type,
        }
    }


def batch_delete_image(ecr: Ecr, call: Call, _: str) -> Mapping[str, Any]:
    """By digest the image with all its tags; by tag that tag, and with the last one the image."""
    images, name = ecr.images(call), call.text("repositoryName")
    gone, failures = [], []
    for one in _ids(call):
        digest, tag = one.get("imageDigest", ""), one.get("imageTag", "")
        image = images.find(digest, tag)
        if image is None:
            failures.append(_failure(one))
            continue
        whole = not tag or image.tags == [tag]
        holder = images.holder(image.digest) if whole else None
        if holder is not None:
            why = f"Requested image referenced by manifest list: [{holder.digest}]"
            failures.append({"imageId": one, "failureCode": "ImageReferencedByManifestList", "failureReason": why})
            continue
        doomed = list(image.tags) if whole else [tag]
        ecr.drop(name, [*doomed, *([image.digest] if whole else [])])
        gone += [_id(image, tag) for tag in doomed or [""]]
        image.tags = [left for left in image.tags if left not in doomed]
        if whole:
            images.remove(image)
    return {"imageIds": gone, "failures": failures}


def get_download_url_for_layer(ecr: Ecr, call: Call, _: str) -> Mapping[str, Any]:
    """Where the registry has it: with the password, unlike AWS's."""
    ecr.images(call)
    digest = call.text("layerDigest")
    url = f"http://{ecr.keeper().address}/v2/{call.text('repositoryName')}/blobs/{digest}"
    return {"downloadUrl": url, "layerDigest": digest}


def _detail(ecr: Ecr, call: Call, image: Image) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "registryId": ecr.account_id,
        "repositoryName": call.text("repositoryName"),
        "imageDigest": image.digest,
        "imagePushedAt": round(image.pushed_at, 3),
        "imageManifestMediaType": image.media_type,
        "imageStatus": "ACTIVE",
    }
    # ECR leaves the list out where it would be empty, and has no size for a list of images.
    if image.tags:
        detail["imageTags"] = list(image.tags)
    if not image.index:
        detail["imageSizeInBytes"] = image.size
    if image.artifact_type:
        detail["artifactMediaType"] = image.artifact_type
    return detail | scans.summary(image)


def _ids(call: Call) -> list[dict[str, str]]:
    given = call.parameters.get("imageIds") or []
    return [one for one in given if isinstance(one, dict)]


def _need(ecr: Ecr, call: Call, images: Images, one: Mapping[str, str]) -> Image:
    digest, tag = one.get("imageDigest", ""), one.get("imageTag", "")
    image = images.find(digest, tag)
    if image is None:
        raise errors.no_image(call.text("repositoryName"), ecr.account_id, digest, tag)
    return image


def _id(image: Image, tag: str) -> dict[str, str]:
    return {"imageDigest": image.digest} | ({"imageTag": tag} if tag else {})


def _failure(one: Mapping[str, str]) -> dict[str, Any]:
    if not one.get("imageDigest") and not one.get("imageTag"):
        why = "Invalid request parameters: both tag and digest cannot be null"
        return {"imageId": dict(one), "failureCode": "MissingDigestAndTag", "failureReason": why}
    return {"imageId": dict(one), "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}


def _filtered(images: list[Image], call: Call) -> list[Image]:
    wanted = (call.parameters.get("filter") or {}).get("tagStatus", "ANY")
    return [image for image in images if wanted == "ANY" or bool(image.tags) == (wanted == "TAGGED")]


def _page(found: list[Any], call: Call) -> tuple[list[Any], dict[str, str]]:
    start, size = call.text("nextToken") or "0", int(call.parameters.get("maxResults") or 100)
    if not start.isdigit():
        raise errors.invalid("'nextToken' failed to satisfy constraint: 'Invalid token'")
    end = int(start) + size
    return found[int(start) : end], {"nextToken": str(end)} if end < len(found) else {}


OPERATIONS: dict[str, Operation] = {
    "DescribeImages": describe_images,
    "ListImages": list_images,
    "BatchGetImage": batch_get_image,
    "PutImage": put_image,
    "BatchDeleteImage": batch_delete_image,
    "GetDownloadUrlForLayer": get_download_url_for_layer,
}
