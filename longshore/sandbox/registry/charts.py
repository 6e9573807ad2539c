"""Helm charts in the registry: packed so that the same files are the same bytes, and pushed as `helm push` does.

https://helm.sh/docs/topics/registries/#oci-media-types-and-layers
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from longshore.sandbox.cloud.registry import Manifest
from longshore.sandbox.registry import upstream
from longshore.sandbox.registry.request import CHARTS

CONFIG = "application/vnd.cncf.helm.config.v1+json"
CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CHART = "Chart.yaml"


def push_own(port: int) -> None:
    """Push the charts that come with the sandbox. Raises OSError."""
    for folder in files("longshore.sandbox.charts").iterdir():
        if folder.is_dir() and folder.joinpath(CHART).is_file():
            push(port, content(folder))


def content(folder: Traversable, below: str = "") -> dict[str, bytes]:
    """The files of a chart's folder by their path in it."""
    found: dict[str, bytes] = {}
    for one in folder.iterdir():
        if one.is_dir():
            found |= content(one, f"{below}{one.name}/")
        else:
            found[below + one.name] = one.read_bytes()
    return found


def push(port: int, chart: Mapping[str, bytes]) -> None:
    """Push a chart, given by its files, to the registry on this machine that answers at the port: `charts/NAME`, its version as the tag.

    Raises OSError.
    """
    import yaml

    about = yaml.safe_load(chart[CHART])
    repository, archive = CHARTS + about["name"], pack(about["name"], chart)
    config = json.dumps(about, default=str, sort_keys=True).encode()
    for blob in (config, archive):
        _upload(port, repository, blob)
    layers = [_descriptor(CONTENT, archive)]
    text = json.dumps(
        {"schemaVersion": 2, "mediaType": MANIFEST, "config": _descriptor(CONFIG, config), "layers": layers}
    ).encode()
    # A tag has no `+`: Helm writes it so.
    tag = str(about["version"]).replace("+", "_")
    upstream.put(port, Manifest(repository, tag, _digest(text), MANIFEST, text), tag)


def pack(name: str, chart: Mapping[str, bytes]) -> bytes:
    """The archive of a chart: the same files are the same bytes."""
    packed = io.BytesIO()
    # The time in gzip's header is 0.
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as archive,
    ):
        for path, text in sorted(chart.items()):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mode = len(text), 0o644
            archive.addfile(entry, io.BytesIO(text))
    return packed.getvalue()


def _upload(port: int, repository: str, blob: bytes) -> None:
    digest = _digest(blob)
    if upstream.status(port, "HEAD", f"/v2/{repository}/blobs/{digest}") == 200:
        return
    connection, response = upstream.ask(port, "POST", f"/v2/{repository}/blobs/uploads/")
    try:
        response.read()
        where = response.headers["Location"]
    finally:
        connection.close()
    if response.status != 202 or not where:
        raise ConnectionError(f"the registry answered {response.status} to an upload")
    code = upstream.status(port, "PUT", f"{where}?digest={digest}", {"Content-Type": "application/octet-stream"}, blob)
    if code != 201:
        raise ConnectionError(f"the registry answered {code} to {digest}")


def _descriptor(media_type: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
