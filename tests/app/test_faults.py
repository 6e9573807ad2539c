"""From what the API server complains of to the file and line that a person mends."""

from __future__ import annotations

from pathlib import Path

from longshore.app.faults import faults
from longshore.app.manifests import Manifest
from longshore.programs.kubernetes import KubernetesError, Reason

TEXT = """\
apiVersion: v1
kind: Service
metadata: {name: bank}
spec:
  typ: LoadBalancer
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: bank}
spec:
  template:
    spec:
      containers:
      - name: first
        resoures: {}
      - name: bank
        resoures: {}
        ports:
        - containerPort: x
"""
# What kubectl 1.36.3 printed, in one line as KubernetesError has it.
SAID = (
    "failed to create typed patch object (bank/bank; apps/v1, Kind=Deployment): errors:   "
    '.spec.template.spec.containers[name="bank"].ports[containerPort="x",protocol="TCP"].containerPort: '
    "expected numeric (int or float), got string   "
    '.spec.template.spec.containers[name="bank"].resoures: field not declared in schema '
    "Error from server: failed to create typed patch object (bank/bank; /v1, Kind=Service): .spec.typ: field not declared in schema"
)


def complain(said: str) -> KubernetesError:
    return KubernetesError("kubectl apply failed", Reason.OTHER, said)


def manifests(folder: Path, file: Path | None) -> list[Manifest]:
    kinds = ("Service", "Deployment")
    return [Manifest({"kind": kind, "metadata": {"name": "bank"}}, file) for kind in kinds]


def test_each_field_has_its_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "k8s"
    folder.mkdir()
    file = folder / "all.yaml"
    file.write_text(TEXT)
    error = faults(complain(SAID), manifests(folder, file), folder, tmp_path)
    assert error is not None
    assert error.on == "k8s/all.yaml:19"
    assert error.why.split("; ") == [
        'k8s/all.yaml:19: spec.template.spec.containers[name="bank"].ports[containerPort="x",protocol="TCP"].containerPort: '
        "expected numeric (int or float), got string",
        'k8s/all.yaml:17: spec.template.spec.containers[name="bank"].resoures: there is no such field',
        "k8s/all.yaml:5: spec.typ: there is no such field",
    ]


INVALID = (
    '(Invalid): Deployment.apps "bank" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal to 0, '
    'spec.template.spec.containers[1].resources.requests: Invalid value: "10m": must be less than or equal to cpu limit of 1m, '
    "spec.template.spec.containers[0].image: Required value] "
    '(Invalid): Service "bank" is invalid: spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive'
)
ONE = (
    'The Deployment "bank" is invalid: * spec.replicas: Invalid value: -1: must be greater than or equal to 0 '
    '* spec.selector: Invalid value: {"matchLabels":{"app":"many"}}: field is immutable'
)
VALUES = """\
kind: Deployment
metadata: {name: other}
spec:
  replicas: -1
---
kind: Deployment
metadata: {name: bank}
spec:
  replicas: -1
  template:
    spec:
      containers:
      - name: first
      - name: bank
        resources:
          requests: {cpu: 10m}
"""


def test_a_value_that_cannot_be_is_told_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / "bank.yaml"
    file.write_text(VALUES)
    error = faults(complain(INVALID), manifests(tmp_path, file), tmp_path, tmp_path)
    assert error is not None
    assert error.why.split("; ") == [
        "bank.yaml:9: spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "bank.yaml:16: spec.template.spec.containers[1].resources.requests: "
        'Invalid value: "10m": must be less than or equal to cpu limit of 1m',
        # What isn't there: the line of what it should be in.
        "bank.yaml:13: spec.template.spec.containers[0].image: Required value",
        "1 more",
    ]
    error = faults(complain(ONE), manifests(tmp_path, file), tmp_path, tmp_path)
    assert error is not None
    assert error.why == (
        "bank.yaml:9: spec.replicas: Invalid value: -1: must be greater than or equal to 0; "
        'bank.yaml:8: spec.selector: Invalid value: {"matchLabels":{"app":"many"}}: field is immutable'
    )


def test_what_a_generator_made_is_named_by_its_object(tmp_path: Path) -> None:
    error = faults(complain(SAID), manifests(tmp_path, None), tmp_path, tmp_path)
    assert error is not None
    assert error.on == "Deployment bank"


def test_a_field_of_a_patch_is_found_in_the_patch(tmp_path: Path) -> None:
    base, overlay = tmp_path / "base", tmp_path / "overlay"
    for folder in (base, overlay):
        folder.mkdir()
        (folder / "kustomization.yaml").write_text("{}\n")
    (base / "service.yaml").write_text("kind: Service\nmetadata: {name: bank}\nspec: {}\n")
    (overlay / "patch.yaml").write_text("kind: Service\nmetadata:\n  name: bank\nspec:\n  typ: x\n")
    said = "failed to create typed patch object (bank/bank; /v1, Kind=Service): .spec.typ: field not declared in schema"
    error = faults(complain(said), manifests(base, base / "service.yaml"), overlay, tmp_path)
    assert error is not None
    assert error.on == "overlay/patch.yaml:5"


def test_another_complaint_is_none_of_these(tmp_path: Path) -> None:
    assert faults(complain('services "bank" is forbidden: User "tester"'), [], tmp_path, tmp_path) is None
