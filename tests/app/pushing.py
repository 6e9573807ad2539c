"""A small image in the sandbox's registry, by the registry's own API: no builder is needed. https://github.com/opencontainers/distribution-spec"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

REPOSITORY = "bank"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def push(ecr: Any, tag: str) -> str:
    """An image without layers; its digest."""
    with suppress(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(repositoryName=REPOSITORY)
    data = ecr.get_authorization_token()["authorizationData"][0]
    opener = build_opener(ProxyHandler({}))

    def ask(method: str, url: str, content: bytes, kind: str) -> str:
        headers = {"Authorization": f"Basic {data['authorizationToken']}", "Content-Type": kind}
        request = Request(url, data=content, headers=headers, method=method)
        with opener.open(request, timeout=10) as answer:
            return str(answer.headers.get("Location") or "")

    base = data["proxyEndpoint"]
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": {"tag": tag}}}).encode()
    place = ask("POST", f"{base}/v2/{REPOSITORY}/blobs/uploads/", b"", "application/octet-stream")
    target = place if urlsplit(place).netloc else base + place
    ask("PUT", f"{target}{'&' if '?' in target else '?'}digest={digest_of(config)}", config, "application/octet-stream")
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": digest_of(config), "size": len(config)},
            "layers": [],
        }
    ).encode()
    ask("PUT", f"{base}/v2/{REPOSITORY}/manifests/{tag}", manifest, MANIFEST)
    return digest_of(manifest)
