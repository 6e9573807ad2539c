"""app.*: the application in its cluster."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes, destroys, namespace, reads


@changes("app")
def deploy(
    run: Invocation,
    *,
    image: Annotated[str, "the image's digest, or a tag of ECR's (default: the commit's)"] = "",
    rollback: Annotated[bool, "put the previous revision back if the new one does not become ready"] = False,
    prune: Annotated[bool, "delete what longshore applied once and the manifests no longer have"] = False,
    minutes: Annotated[int, "how long the rollout may take as a whole (default: 10)"] = 10,
) -> None:
    """Show what would change in the cluster, apply it, and watch the pods until all are ready; what keeps them from it is told at once.

    inv app.deploy --env sandbox --plan
    """
    from longshore.app.deploy import deploy

    run(deploy(run.environment, image, rollback=rollback, prune=prune, minutes=minutes).steps)


@reads()
def diff(
    run: Invocation, *, image: Annotated[str, "the image's digest, or a tag of ECR's (default: the commit's)"] = ""
) -> None:
    """Show what a deployment would change, field by field, as the API server answers it.

    inv app.diff --env sandbox
    """
    from longshore.app.status import diff

    run.show(diff(run.environment, run.report, image))


@reads()
def status(run: Invocation, *, workload: Annotated[str, "only this one (default: all)"] = "") -> None:
    """Show what runs: revision, image, pods, warnings, and who deployed it; exit 1 where pods are not ready.

    inv app.status --env sandbox
    """
    from longshore.app.status import status

    run.show(status(run.environment, run.report, workload))


@reads(answers=False)
def logs(
    run: Invocation,
    *,
    workload: Annotated[str, "of this one (default: all)"] = "",
    container: Annotated[str, "of this container (default: all)"] = "",
    follow: Annotated[bool, "go on until Ctrl-C"] = False,
    since: Annotated[str, "only what is newer: 10m, 2h"] = "",
    previous: Annotated[bool, "of the containers before these, which have ended"] = False,
) -> None:
    """Print the logs of all pods, each line after its pod's name.

    inv app.logs --env sandbox --since 10m
    """
    from longshore.app.terminal import logs

    run.finish(
        logs(
            run.environment,
            run.report,
            workload=workload,
            container=container,
            follow=follow,
            since=since,
            previous=previous,
        )
    )


@changes("app")
def rollback(
    run: Invocation,
    *,
    to: Annotated[int, "the revision, as app.status numbers them (default: the one before this)"] = 0,
    workload: Annotated[str, "only this Deployment (default: all)"] = "",
) -> None:
    """Put an older revision back, and prove that it runs.

    inv app.rollback --env sandbox --confirm sandbox
    """
    from longshore.app.change import rollback

    run(rollback(run.environment, workload, to))


@changes("app")
def scale(
    run: Invocation,
    *,
    replicas: Annotated[int, "how many pods"],
    workload: Annotated[str, "which one (default: the only one)"] = "",
) -> None:
    """Have so many pods until the next deployment, which sets what the manifests say; waits until they are ready.

    inv app.scale --env sandbox --replicas 3 --confirm sandbox
    """
    from longshore.app.change import scale

    run(scale(run.environment, replicas, workload), ask="no pod is left then" if replicas == 0 else "")


@changes("app")
def restart(run: Invocation, *, workload: Annotated[str, "only this one (default: all)"] = "") -> None:
    """Replace all pods, one after the other, and wait until the new ones are ready.

    inv app.restart --env sandbox --confirm sandbox
    """
    from longshore.app.change import restart

    run(restart(run.environment, workload))


@reads()
def url(run: Invocation, *, seconds: Annotated[int, "how long to wait for an address (default: 60)"] = 60) -> None:
    """Print the address of the application's load balancer; exit 1 and the reason where there is none by then.

    inv app.url --env sandbox
    """
    from longshore.app.url import url

    run.show(url(run.environment, run.report, seconds))


@reads(answers=False)
def shell(
    run: Invocation,
    *,
    program: Annotated[str, "what to start there (default: sh)"] = "sh",
    workload: Annotated[str, "in a pod of this one (default: the first)"] = "",
    container: Annotated[str, "in this container (default: the first)"] = "",
) -> None:
    """Open a shell in a ready pod; an image made FROM scratch has none.

    inv app.shell --env sandbox
    """
    from longshore.app.terminal import shell

    run.finish(shell(run.environment, run.report, workload=workload, container=container, command=[program]))


@destroys("app", "the application is taken out of the cluster")
def delete(run: Invocation) -> None:
    """Delete what longshore applied: what has a load balancer first, then the rest; volumes and the namespace stay.

    inv app.delete --env sandbox --plan
    """
    from longshore.app.delete import delete

    run(delete(run.environment))


ns = namespace("app", delete, deploy, diff, logs, restart, rollback, scale, shell, status, url)
