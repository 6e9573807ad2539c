from __future__ import annotations

import io
import re
import tarfile
from pathlib import Path

import pytest

from longshore.charts import source
from longshore.charts.catalogue import ALB, CERT_MANAGER, TRAEFIK
from longshore.environments.environment import Environment
from longshore.environments.load import load
from longshore.errors import UsageError

DIGEST = f"sha256:{'0a' * 32}"


@pytest.fixture
def environment(project: Path) -> Environment:
    return load(project, "dev", variables={})


def test_the_pinned_chart_is_the_publishers_or_the_mirrors(environment: Environment, project: Path) -> None:
    found = source.choose(TRAEFIK, "", environment)
    assert (found.reference, found.version, found.mark) == (
        "oci://ghcr.io/traefik/helm/traefik",
        "41.3.0",
        "traefik-41.3.0",
    )
    found = source.choose(ALB, "", environment)
    assert (found.reference, found.repository) == ("aws-load-balancer-controller", "https://aws.github.io/eks-charts")
    (project / "env" / "dev.env").open("a").write("CHARTS=oci://mirror.example.com/charts\n")
    mirrored = load(project, "dev", variables={})
    for pinned in (TRAEFIK, ALB, CERT_MANAGER):
        found = source.choose(pinned, "", mirrored)
        assert (found.reference, found.repository) == (f"oci://mirror.example.com/charts/{pinned.chart}", "")


@pytest.mark.parametrize(
    ("text", "reference", "version"),
    [
        ("oci://m.example.com/charts/traefik", "oci://m.example.com/charts/traefik", "41.3.0"),
        ("oci://127.0.0.1:5000/charts/traefik", "oci://127.0.0.1:5000/charts/traefik", "41.3.0"),
        ("oci://127.0.0.1:5000/charts/traefik:42.0.0-rc.1", "oci://127.0.0.1:5000/charts/traefik", "42.0.0-rc.1"),
        # A tag has no `+`.
        ("oci://m.example.com/traefik:1.0.0_build5", "oci://m.example.com/traefik", "1.0.0+build5"),
        (f"oci://m.example.com/traefik@{DIGEST}", f"oci://m.example.com/traefik@{DIGEST}", ""),
        (f"oci://m.example.com/traefik:1.0.0@{DIGEST}", f"oci://m.example.com/traefik@{DIGEST}", ""),
    ],
)
def test_an_address_may_name_a_version_or_a_digest(
    environment: Environment, text: str, reference: str, version: str
) -> None:
    found = source.choose(TRAEFIK, text, environment)
    assert (found.reference, found.version) == (reference, version)
    # What stands under a version is known only once it is had; a digest is the content's own.
    assert bool(found.mark) == ("@" in text)


@pytest.mark.parametrize(
    "text", ["nowhere", "oci://", "oci://a b", "https://x/traefik.tgz", "oci://x/y@sha256:12", "--set"]
)
def test_what_is_neither_is_refused(environment: Environment, text: str) -> None:
    with pytest.raises(UsageError, match="neither a path nor an OCI address"):
        source.choose(TRAEFIK, text, environment)


def test_another_content_is_another_chart(environment: Environment, project: Path) -> None:
    chart = project / "chart"
    chart.mkdir()
    (chart / "Chart.yaml").write_text("name: traefik\nversion: 1.0.0\n")
    for text in ("chart", str(chart)):
        found = source.choose(TRAEFIK, text, environment)
        assert (found.path, found.mark) == (chart, "")
    before = source.mark(chart)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,61}[A-Za-z0-9]", before)
    # Packed, it is the same.
    packed = project / "traefik-1.0.0.tgz"
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(chart, "traefik")
    assert source.mark(packed) == before
    (chart / "values.yaml").write_text("a: 1\n")
    assert source.mark(chart) != before


def test_a_chart_tells_what_it_is(tmp_path: Path) -> None:
    text = b"name: traefik\nversion: 41.3.0\nannotations: {longshore/stand-in: ours}\n"
    (tmp_path / "Chart.yaml").write_bytes(text)
    assert source.read(tmp_path) == source.About("traefik", "41.3.0", stand_in="ours")
    archive = tmp_path / "traefik.tgz"
    with tarfile.open(archive, "w:gz") as file:
        # One of a chart inside of it comes first, and is not meant.
        for name, content in (("traefik/charts/a/Chart.yaml", b"name: a\nversion: 1\n"), ("traefik/Chart.yaml", text)):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    assert source.read(archive) == source.About("traefik", "41.3.0", stand_in="ours")


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08", b"no chart", b"PK\x03\x04"])
def test_what_is_no_chart_is_told(tmp_path: Path, content: bytes) -> None:
    for path, text in ((tmp_path / "a.tgz", content), (tmp_path / "chart" / "Chart.yaml", content)):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
        with pytest.raises(UsageError, match="this is no Helm chart"):
            source.read(path if path.suffix == ".tgz" else path.parent)
