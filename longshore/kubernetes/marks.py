"""What longshore writes onto the objects that it applies, so that it knows them again."""

from __future__ import annotations

from longshore.programs.kubernetes import Object

APP = "longshore/app"
"""Label: whose object it is."""
SECRET_OF = "longshore/app-env"  # noqa: S105  a label's name
"""Label of the Secrets that hold app.env."""
RUN, BY, COMMIT, IMAGE = "longshore/run", "longshore/by", "longshore/commit", "longshore/image"
"""Annotations of workloads: the run that deployed it, who that was, what was checked out, the image's digest."""
ABOUT = (RUN, BY, COMMIT, IMAGE)
RESTARTED = "longshore/restarted"
"""Annotation of a pod template: another value makes other pods."""

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


def key(found: Object) -> tuple[str, str, str]:
    """What an object is known by: kind with its API group, namespace, name."""
    group = found["apiVersion"].rpartition("/")[0]
    metadata = found["metadata"]
    return f"{found['kind']}.{group}" if group else found["kind"], metadata.get("namespace", ""), metadata["name"]


def words(found: Object) -> str:
    """An object for a person: `Deployment bank`."""
    return f"{found['kind']} {found['metadata']['name']}"


def labels_of(found: Object) -> dict[str, str]:
    """Its labels."""
    return dict(found["metadata"].get("labels") or {})


def annotations_of(found: Object) -> dict[str, str]:
    """Its annotations."""
    return dict(found["metadata"].get("annotations") or {})
