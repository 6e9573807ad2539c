from __future__ import annotations

import io
import tarfile
from importlib.resources import files

from longshore.sandbox.registry import charts


def test_the_same_files_are_the_same_bytes_whatever_their_order() -> None:
    chart = {"Chart.yaml": b"name: a\nversion: 1.0.0\n", "templates/x.yaml": b"x: 1\n"}
    packed = charts.pack("a", chart)
    assert charts.pack("a", dict(reversed(chart.items()))) == packed
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert archive.getnames() == ["a/Chart.yaml", "a/templates/x.yaml"]
        assert {one.mtime for one in archive} == {0}
    assert charts.pack("a", chart | {"values.yaml": b""}) != packed


def test_a_folder_is_read_with_the_folders_in_it() -> None:
    found = charts.content(files("longshore.sandbox.charts").joinpath("traefik"))
    assert {"Chart.yaml", "values.yaml", "templates/controller.yaml"} <= set(found)
