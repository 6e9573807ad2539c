"""ECR's scans. The sandbox has no scanner: a test says what one finds (`POST /_sandbox/findings`), and without that a scan fails."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.ecr import errors
from longshore.sandbox.cloud.ecr.images import Image, Scan
from longshore.sandbox.cloud.ecr.service import Ecr, Operation

NO_SCANNER = "UnsupportedImageError: The sandbox has no scanner: it knows of no vulnerabilities."
TAKES = 0.2
"""Seconds that a scan is in progress."""


def begin(ecr: Ecr, image: Image) -> Scan:
    """Scan an image."""
    found = ecr.findings.get(image.digest)
    if found is None:
        image.scan = Scan("FAILED", NO_SCANNER, time.time())
    else:
        image.scan = Scan("COMPLETE", "The scan was completed successfully.", time.time(), tuple(found))
    return image.scan


def summary(image: Image) -> dict[str, Any]:
    """What DescribeImages says of it."""
    if image.scan is None:
        return {}
    status = {"imageScanStatus": _status(image.scan)}
    if _status(image.scan)["status"] != "COMPLETE":
        return status
    at = round(image.scan.at, 3)
    counts = image.scan.counts()
    return status | {
        "imageScanFindingsSummary": {
            "imageScanCompletedAt": at,
            "vulnerabilitySourceUpdatedAt": at,
            "findingSeverityCounts": counts,
        }
    }


def start_image_scan(ecr: Ecr, call: Call, _: str) -> Mapping[str, Any]:
    """Once a day for each image."""
    image = _image(ecr, call)
    if image.scan is not None and image.scan.status == "COMPLETE":
        raise errors.scanned_today()
    return _named(ecr, call, image) | {"imageScanStatus": _status(begin(ecr, image))}


def describe_image_scan_findings(ecr: Ecr, call: Call, _: str) -> Mapping[str, Any]:
    """What the last scan found."""
    image = _image(ecr, call)
    if image.scan is None:
        raise errors.no_scan(call.text("repositoryName"), ecr.account_id, image.digest)
    answer = _named(ecr, call, image) | {"imageScanStatus": _status(image.scan)}
    if answer["imageScanStatus"]["status"] != "COMPLETE":
        return answer
    at = round(image.scan.at, 3)
    found = {"findings": list(image.scan.findings), "findingSeverityCounts": image.scan.counts()}
    return answer | {"imageScanFindings": {"imageScanCompletedAt": at, "vulnerabilitySourceUpdatedAt": at, **found}}


def _status(scan: Scan) -> dict[str, str]:
    if time.time() < scan.at + TAKES:
        return {"status": "IN_PROGRESS", "description": "The scan is in progress."}
    return {"status": scan.status, "description": scan.description}


def _image(ecr: Ecr, call: Call) -> Image:
    one = call.parameters.get("imageId") or {}
    digest, tag = one.get("imageDigest", ""), one.get("imageTag", "")
    image = ecr.images(call).find(digest, tag)
    if image is None:
        raise errors.no_image(call.text("repositoryName"), ecr.account_id, digest, tag)
    return image


def _named(ecr: Ecr, call: Call, image: Image) -> dict[str, Any]:
    one = {"imageDigest": image.digest} | ({"imageTag": image.tags[-1]} if image.tags else {})
    return {"registryId": ecr.account_id, "repositoryName": call.text("repositoryName"), "imageId": one}


OPERATIONS: dict[str, Operation] = {
    "StartImageScan": start_image_scan,
    "DescribeImageScanFindings": describe_image_scan_findings,
}
