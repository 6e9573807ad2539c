"""The sandbox's cluster without any release of Helm's, charts that misbehave, and somebody else's Helm."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from longshore.sandbox import registry
from longshore.toolchain import programs
from tests.command import run, until
from tests.live_cluster import WITH_CLUSTER, LiveCluster
from tests.running import Result

CHARTS = Path(registry.__file__).parents[1] / "charts"
CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"
SECRETS = "/api/v1/secrets?labelSelector=owner%3Dhelm"
PARAMS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ingressclassparams.elbv2.k8s.aws"
HOOK = """apiVersion: batch/v1
kind: Job
metadata:
  name: slow
  namespace: {{ .Release.Namespace }}
  annotations: {"helm.sh/hook": "pre-install,pre-upgrade"}
spec:
  template:
    metadata:
      labels: {longshore/chaos: image-pull}
    spec:
      restartPolicy: Never
      containers: [{name: slow, image: example.com/slow}]
"""


@dataclass(frozen=True)
class Yard:
    """`live` is the sandbox's checkout."""

    live: LiveCluster

    def install(self, *words: str, **more: Any) -> Result:
        return self.live.inv("ingress.install", *words, **more)

    @property
    def values(self) -> Path:
        """The project's own values of Traefik."""
        path = self.live.project / "k8s" / "charts" / "traefik.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def chart(self, name: str = "traefik", **files: str) -> Path:
        """A copy of a stand-in, with more templates, or others."""
        folder = self.live.project / "own" / name
        if not folder.exists():
            shutil.copytree(CHARTS / name, folder)
        for template, text in files.items():
            (folder / "templates" / f"{template}.yaml").write_text(text)
        return folder

    # What is in the cluster.

    def get(self, path: str) -> dict[str, Any] | None:
        status, found = self.live.ask_api("GET", path)
        return found if status == 200 else None

    def deployment(self, name: str = "traefik", namespace: str = "traefik") -> dict[str, Any] | None:
        return self.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")

    def classes(self) -> dict[str, str]:
        """Their controllers by name."""
        found = self.get(CLASSES) or {"items": []}
        return {one["metadata"]["name"]: one["spec"]["controller"] for one in found["items"]}

    def make_ingress_nginx(self) -> None:
        """As its own chart labels it."""
        live, labels = self.live, {"app.kubernetes.io/name": "ingress-nginx"}
        live.ask_api("POST", "/api/v1/namespaces", {"metadata": {"name": "ingress-nginx"}})
        spec = {"containers": [{"name": "controller", "image": "registry.k8s.io/ingress-nginx/controller"}]}
        body = {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        }
        path = "/apis/apps/v1/namespaces/ingress-nginx/deployments"
        status, answer = live.ask_api(
            "POST", path, {"metadata": {"name": "ingress-nginx-controller", "labels": labels}, "spec": body}
        )
        assert status == 201, answer
        live.ask_api("POST", CLASSES, {"metadata": {"name": "nginx"}, "spec": {"controller": "k8s.io/ingress-nginx"}})

    def remove_ingress_nginx(self) -> None:
        self.live.ask_api("DELETE", "/apis/apps/v1/namespaces/ingress-nginx/deployments/ingress-nginx-controller")
        self.live.ask_api("DELETE", f"{CLASSES}/nginx")

    # Helm.

    def helm_argv(self, *words: str) -> list[str]:
        return [str(programs.find("helm")), *words]

    def helm(self, *words: str) -> Result:
        """Somebody's own Helm, by the sandbox's kubeconfig."""
        return run(self.helm_argv(*words), cwd=self.live.project, env=self.live.kubectl_env("default"))

    def begin_helm(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.helm_argv(*words), cwd=self.live.project, env=self.live.kubectl_env("default"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def records(self) -> list[dict[str, Any]]:
        """The labels of the records of all revisions. (cert-manager is the session's, and stays.)"""
        found = [one["metadata"]["labels"] for one in (self.get(SECRETS) or {"items": []})["items"]]
        return [one for one in found if one["name"] != "cert-manager"]

    def history(self) -> dict[int, str]:
        """Status by revision, of the release traefik."""
        return {int(one["version"]): one["status"] for one in self.records() if one["name"] == "traefik"}

    def becomes(self, status: str) -> None:
        """Wait until the newest revision is this."""

        def newest() -> str:
            found = self.history()
            return found[max(found)] if found else ""

        until(lambda: newest() == status, patience=90)

    def helms(self) -> list[psutil.Process]:
        """Those that work on this sandbox."""
        binary, found = str(programs.find("helm")), []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
                if words and words[0] == binary and process.cwd() == str(self.live.project):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def kill_helms(self) -> None:
        """kill -9 of what upgrades now."""
        killed = [one for one in self.helms() if "upgrade" in one.cmdline()]
        assert killed, "no helm is at work"
        for one in killed:
            os.kill(one.pid, signal.SIGKILL)
        until(lambda: not [one for one in killed if one.is_running() and one.status() != psutil.STATUS_ZOMBIE])

    def clean(self) -> None:
        """No release, no class, no file of values."""
        live = self.live
        for name, namespace in {(one["name"], self._namespace(one["name"])) for one in self.records()}:
            self.helm("uninstall", name, "--namespace", namespace, "--no-hooks", "--ignore-not-found").check()
        live.ask_api("DELETE", "/apis/batch/v1/namespaces/traefik/jobs/slow?propagationPolicy=Background")
        for name in self.classes():
            live.ask_api("DELETE", f"{CLASSES}/{name}")
        self.remove_ingress_nginx()
        live.ask_api("DELETE", PARAMS)
        for folder in ("own", "k8s"):
            shutil.rmtree(live.project / folder, ignore_errors=True)
        shutil.rmtree(live.state / "runs", ignore_errors=True)
        until(lambda: self.deployment() is None)

    def _namespace(self, release: str) -> str:
        return next(
            one["metadata"]["namespace"]
            for one in (self.get(SECRETS) or {"items": []})["items"]
            if one["metadata"]["labels"]["name"] == release
        )


@pytest.fixture
def yard(live_cluster: LiveCluster) -> Iterator[Yard]:
    live_cluster.clear_faults()
    live_cluster.reset_access()
    for name, text in WITH_CLUSTER.items():
        live_cluster.env_file(name, text)
    found = Yard(live_cluster)
    found.clean()
    yield found
    found.clean()


def step(result: Result, name: str) -> dict[str, Any]:
    """A step of an answer in JSON."""
    steps: list[dict[str, Any]] = json.loads(result.stdout)["steps"]
    return next(one for one in steps if one["name"] == name)
