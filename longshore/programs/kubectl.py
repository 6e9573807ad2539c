"""kubectl: objects in and out as JSON.

It is always given a kubeconfig of ours, never the user's: whichever context is current there changes nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from longshore.errors import Failed
from longshore.process.run import Completed, ProgramFailed, TimedOut, run
from longshore.programs.kubernetes import (
    WHOAMI,
    Asked,
    KubernetesError,
    Object,
    Reason,
    Seen,
    as_list,
    as_stream,
    complaint,
    json_documents,
    objects_of,
    reason_of,
)

LIMIT = 30
"""Seconds that the API server has for one request."""


@dataclass(frozen=True)
class Kubectl:
    """The program at `path` for the cluster and identity of `kubeconfig`. `cache` is a folder for what it learns of the API (discovery)."""

    path: str | Path
    kubeconfig: Path
    cache: Path
    keep_open: Collection[int] = ()

    def find(self, kind: str, name: str, namespace: str = "") -> Object | None:
        """An object, or None where there is none. Raises KubernetesError, as all of these."""
        try:
            return self._object(["get", kind, name, *_in(namespace)])
        except KubernetesError as error:
            if error.reason is Reason.NOT_FOUND:
                return None
            raise

    def all(self, kind: str, namespace: str | None = "", *, selector: str = "") -> list[Object]:
        """Objects of a kind (several, with commas between). `namespace` None: of all namespaces."""
        where = ["--all-namespaces"] if namespace is None else _in(namespace)
        chosen = ["--selector", selector] if selector else []
        items: list[Object] = self._object(["get", kind, *where, *chosen])["items"]
        return items

    def kinds_and_names(self, kinds: Sequence[str], namespace: str, *, selector: str = "") -> list[tuple[str, str]]:
        """Kind and name of objects; nothing else of them is read."""
        if not kinds:
            return []
        chosen = ["--selector", selector] if selector else []
        return kinds_and_names(
            self._call(["get", ",".join(kinds), *_in(namespace), *chosen, "--output", "name"]).stdout
        )

    def fields(self, kind: str, namespace: str, template: str, *, fields: str = "") -> str:
        """What a JSONPath template makes of the objects of a kind: nothing else of them reaches us. `fields` is a field selector."""
        chosen = ["--field-selector", fields] if fields else []
        return self._call(["get", kind, *_in(namespace), *chosen, "--output", f"jsonpath={template}"]).stdout

    def several(self, names: Sequence[tuple[str, str]], namespace: str) -> list[Object]:
        """Objects by kind and name, those that are there, in one call."""
        words = [f"{kind}/{name}" for kind, name in names]
        if not words:
            return []
        return objects_of(self._call(["get", *words, *_in(namespace), "--ignore-not-found", "--output", "json"]).stdout)

    def create(self, *objects: Object) -> None:
        """Make objects. One that is there is an error (EXISTS)."""
        self._call(["create", "--filename", "-"], as_list(objects))

    def replace(self, changed: Object, *, status: bool = False) -> None:
        """Put an object, or its status only, in the place of the one that it was read as: with another resourceVersion it is a CONFLICT."""
        chosen = ["--subresource", "status"] if status else []
        self._call(["replace", *chosen, "--filename", "-"], as_list([changed]))

    def apply(self, *objects: Object) -> None:
        """Server-side apply as the field manager `longshore`."""
        words = ["apply", "--server-side", "--field-manager", "longshore", "--filename", "-"]
        self._call(words, as_list(objects))

    def kustomize(self, folder: Path) -> str:
        """What a kustomization makes, as YAML. Files of other folders than its own may be named in it."""
        return self._call(["kustomize", "--load-restrictor", "LoadRestrictionsNone", str(folder)]).stdout

    def read(self, manifests: str) -> list[Object]:
        """The objects of YAML documents as kubectl reads them; those of a kind that has a namespace, and that name none, are in `default` then."""
        words = ["create", "--dry-run=client", "--validate=false", "--output", "json", "--filename", "-"]
        return objects_of(self._call(words, manifests).stdout)

    def present(self, objects: Sequence[Object]) -> list[Object]:
        """Those of the objects that the cluster has, as it has them."""
        if not objects:
            return []
        words = ["get", "--ignore-not-found", "--output", "json", "--filename", "-"]
        return objects_of(self._call(words, as_list(objects)).stdout)

    def put(self, objects: Sequence[Object], *, dry_run: bool = False, force: bool = False) -> list[Object]:
        """Server-side apply of objects, strictly validated; what they are then. With `dry_run` the server only answers what they would be.
        `force`: also fields that another manager has set otherwise, which are a CONFLICT else.
        """
        if not objects:
            return []
        words = ["apply", "--server-side", "--field-manager", "longshore", "--validate=strict", "--output", "json"]
        chosen = [*(["--dry-run=server"] if dry_run else []), *(["--force-conflicts"] if force else [])]
        return objects_of(self._call([*words, *chosen, "--filename", "-"], as_stream(objects)).stdout)

    def patch(self, kind: str, name: str, namespace: str, changed: Object) -> None:
        """A merge patch (RFC 7386) of an object."""
        # On stdin, since it may be long; kubectl takes a file only.
        words = ["patch", kind, name, *_in(namespace), "--type", "merge", "--field-manager", "longshore"]
        self._call([*words, "--patch-file", "/dev/stdin"], json.dumps(changed))

    def scale(self, kind: str, name: str, namespace: str, replicas: int) -> None:
        """Have so many pods."""
        self._call(["scale", kind, name, *_in(namespace), f"--replicas={replicas}"])

    def undo(self, name: str, namespace: str, revision: int) -> None:
        """Give a Deployment the pod template of one of its revisions again."""
        self._call(["rollout", "undo", f"deployment/{name}", *_in(namespace), f"--to-revision={revision}"])

    def last_lines(self, pod: str, namespace: str, container: str, *, previous: bool = False, most: int = 10) -> str:
        """The last lines that a container wrote; `previous`: the one that ended before it."""
        words = ["logs", pod, *_in(namespace), "--container", container, f"--tail={most}"]
        return self._call([*words, *(["--previous"] if previous else [])]).stdout

    def delete(self, kind: str, name: str, namespace: str = "", *, wait: bool = True) -> None:
        """Delete an object; gone already is fine. With `wait` it is gone when this returns."""
        words = ["delete", kind, name, *_in(namespace), "--ignore-not-found", f"--wait={str(wait).lower()}"]
        self._call(words)

    def delete_as_read(self, found: Object, resource: str) -> None:
        """Delete a namespaced object of a group (`resource` is its plural) only as it was read: with another resourceVersion it is a CONFLICT."""
        metadata = found["metadata"]
        path = f"/apis/{found['apiVersion']}/namespaces/{metadata['namespace']}/{resource}/{metadata['name']}"
        only = {"preconditions": {"resourceVersion": metadata["resourceVersion"]}}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", **only}
        self._call(["delete", "--raw", path, "--filename", "-"], as_list([options]))

    def raw(self, path: str) -> str:
        """What the API server answers to a GET of a path (`/readyz?verbose`)."""
        return self._call(["get", "--raw", path]).stdout

    def server_version(self) -> str:
        """gitVersion of the API server (`v1.36.3`), which everybody may ask who is known to it."""
        return str(json.loads(self.raw("/version")).get("gitVersion", ""))

    def seen(self, *asked: Asked) -> Seen:
        """`auth whoami` and an `auth can-i` for each question, in one call."""
        questions = as_list([WHOAMI, *(question.review() for question in asked)])
        said = self._call(["create", "--validate=false", "--output", "json", "--filename", "-"], questions).stdout
        who, *answers = json_documents(said)
        return Seen.of(who, answers)

    def _object(self, words: Sequence[str]) -> Object:
        said = self._call([*words, "--output", "json"]).stdout
        found: Object = json.loads(said)
        return found

    def _call(self, words: Sequence[str], input: str | None = None) -> Completed:
        try:
            return run(
                self.argv(*words), env=environment(os.environ), input=input, timeout=LIMIT * 2, keep_open=self.keep_open
            )
        except ProgramFailed as error:
            said = complaint(error.completed.stderr)
            raise KubernetesError(
                f"kubectl {words[0]} failed",
                reason_of(error.completed.stderr),
                said,
                on=_on(words),
                printed=error.completed.stdout,
            ) from None
        except TimedOut as error:
            raise KubernetesError(f"kubectl {words[0]} failed", Reason.UNREACHABLE, error.what, on=_on(words)) from None

    def argv(self, *words: str) -> list[str]:
        """The command line: the cluster and the identity are in the kubeconfig, never in the user's settings."""
        fixed = ["--kubeconfig", str(self.kubeconfig), "--cache-dir", str(self.cache), f"--request-timeout={LIMIT}s"]
        return [str(self.path), *fixed, *words]


def kinds_and_names(printed: str) -> list[tuple[str, str]]:
    """Of `--output name`: `deployment.apps/bank`, a line each."""
    return [(kind, name) for kind, _, name in (line.partition("/") for line in printed.splitlines())]


def client_version(path: str | Path) -> str:
    """gitVersion of the program itself (`v1.36.3`); empty where it doesn't tell."""
    try:
        said = run([path, "version", "--client", "--output", "json"], env=environment(os.environ), timeout=10).stdout
        return str(json.loads(said)["clientVersion"]["gitVersion"])
    except (Failed, ValueError, KeyError, TypeError):
        return ""


def environment(outer: Mapping[str, str]) -> dict[str, str]:
    """Ours without what changes kubectl's defaults: a kubeconfig, preferences (kuberc), feature switches."""
    kept = {name: value for name, value in outer.items() if not name.startswith("KUBECTL_") and name != "KUBECONFIG"}
    return kept | {"KUBERC": "off", "KUBECTL_KUBERC": "false"}


def _in(namespace: str) -> list[str]:
    return ["--namespace", namespace] if namespace else []


def _on(words: Sequence[str]) -> str:
    return " ".join(word for word in words[1:3] if not word.startswith("-"))
