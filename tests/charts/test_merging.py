from __future__ import annotations

from pathlib import Path

import pytest

from longshore.charts import merging, objects
from longshore.charts.catalogue import ALB, CERT_MANAGER, NGINX_F5, TRAEFIK
from longshore.environments.load import load
from longshore.errors import UsageError


def test_mappings_are_merged_and_all_else_is_replaced() -> None:
    below = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}, "f": 1}
    above = {"a": {"c": [3]}, "d": None, "f": {"g": 1}}
    assert merging.merge(below, above) == {"a": {"b": 1, "c": [3]}, "d": None, "f": {"g": 1}}
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}, "f": 1}


def test_differences_name_what_differs_and_tell_no_value() -> None:
    before = {"a": {"b": 1, "c": "s3cret"}, "same": [1, {"x": 2}], "gone": 1}
    after = {"a": {"b": 1.0, "c": "0ther"}, "same": [1, {"x": 2}], "new": {"deep": 1}}
    assert list(merging.differences(before, after)) == ["a.c", "gone", "new"]


def test_the_projects_values_come_last_and_the_environments_after_those_of_all(project: Path) -> None:
    folder = project / "k8s" / "charts"
    folder.mkdir(parents=True)
    (folder / "traefik.yaml").write_text("deployment: {replicas: 3}\nlogs: {a: 1}\n")
    (folder / "traefik.prod.yaml").write_text("deployment: {replicas: 5}\n")
    (folder / "traefik.sandbox.yaml").write_text("logs: {a: 2}\n")
    (folder / "traefik.dev.yaml").write_text("")

    def replicas(name: str) -> tuple[int, int]:
        found = merging.merged(TRAEFIK, load(project, name, variables={}), {"deployment": {"replicas": 9, "kind": "x"}})
        assert found["deployment"]["kind"] == "x"
        assert found["providers"]["kubernetesIngressNGINX"]["enabled"] is True
        return found["deployment"]["replicas"], found["logs"]["a"]

    assert replicas("prod") == (5, 1)
    assert replicas("dev") == (3, 1)
    # The sandbox plays prod.
    assert replicas("sandbox") == (5, 2)


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("a: 1\nb: [\n", "k8s/charts/traefik.yaml:3", "did not find expected node content"),
        ("- a\n", "k8s/charts/traefik.yaml", "it is a list"),
        ("a: !!python/object:os.system x\n", "k8s/charts/traefik.yaml:1", "could not determine a constructor"),
        ("\x00", "k8s/charts/traefik.yaml", ""),
    ],
)
def test_a_file_that_can_not_be_read_is_told_with_its_line(project: Path, text: str, place: str, why: str) -> None:
    folder = project / "k8s" / "charts"
    folder.mkdir(parents=True)
    (folder / "traefik.yaml").write_text(text)
    with pytest.raises(UsageError) as told:
        merging.merged(TRAEFIK, load(project, "dev", variables={}), {})
    assert place in told.value.on
    assert why in told.value.why


def test_every_chart_has_values_of_ours(project: Path) -> None:
    for pinned in (TRAEFIK, NGINX_F5, ALB, CERT_MANAGER):
        assert merging.merged(pinned, load(project, "dev", variables={}), {})


def test_the_objects_of_a_manifest_and_what_an_upgrade_does_to_them() -> None:
    before = objects.of(
        "---\n# Source: a\napiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n\n---\napiVersion: v1\nkind: ConfigMap\n"
        "metadata: {name: b, namespace: other}\n",
        "web",
    )
    assert [one["metadata"]["namespace"] for one in before] == ["web", "other"]
    after = objects.of(
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {x: 1}}\n"
        "- {apiVersion: apps/v1, kind: Deployment, metadata: {name: c}}\n",
        "web",
    )
    assert objects.changes(before, after) == ["create Deployment c", "change Service a", "delete ConfigMap b"]
    assert objects.changes(after, after) == []
    assert objects.workloads(after, "web") == [("deployment", "c")]
    assert objects.workloads(after, "other") == []
