"""image.*: the application's image, from a commit to ECR."""

from __future__ import annotations

from typing import Annotated, Literal

from longshore.cli import Invocation, changes, destroys, namespace, reads

Builder = Literal["docker", "podman", "buildah"] | None


@changes("image")
def build(
    run: Invocation,
    *,
    dockerfile: Annotated[str, "the Dockerfile (default: the project's, or the only one below it)"] = "",
    builder: Annotated[Builder, "what builds (default: the first of them that is there)"] = None,
    build_arg: Annotated[list[str], "NAME=VALUE for an ARG of the Dockerfile, never a secret (may be repeated)"] = (),  # type: ignore[assignment]  # read only
    bake_env: Annotated[bool, "put app.env into the image: whoever can pull it can read the secret (asks)"] = False,
) -> None:
    """Build the commit's image, after a search for secrets in what the builder gets, and search its layers; nothing where ECR has it.

    inv image.build --env sandbox --plan
    """
    from longshore.images import recipes
    from longshore.images.arguments import build_arguments, path

    run(
        recipes.build(
            run.environment,
            path(dockerfile),
            builder=builder or "",
            bake=bake_env,
            arguments=build_arguments(build_arg),
        ),
        ask=recipes.ASK_TO_BAKE if bake_env else "",
        protect=False,
    )


@changes("image")
def push(
    run: Invocation,
    *,
    dockerfile: Annotated[str, "the Dockerfile (default: the project's, or the only one below it)"] = "",
    builder: Annotated[Builder, "what builds (default: the first of them that is there)"] = None,
    build_arg: Annotated[list[str], "NAME=VALUE for an ARG of the Dockerfile, never a secret (may be repeated)"] = (),  # type: ignore[assignment]  # read only
    bake_env: Annotated[bool, "put app.env into the image: whoever can pull it can read the secret (asks)"] = False,
) -> None:
    """Bring the commit's image to ECR, built where it isn't yet; the repository is made where there is none. The answer is its digest.

    inv image.push --env sandbox --confirm sandbox
    """
    from longshore.images import recipes
    from longshore.images.arguments import build_arguments, path

    pushed = recipes.push(
        run.environment, path(dockerfile), builder=builder or "", bake=bake_env, arguments=build_arguments(build_arg)
    )
    run(pushed.steps, ask=recipes.ASK_TO_BAKE if bake_env else "")
    run.advise(pushed.image.reference)


@changes("login")
def login(
    run: Invocation,
    *,
    builder: Annotated[Builder, "which of them to log in (default: the first that is there)"] = None,
) -> None:
    """Log your own Docker, Podman or buildah in to the environment's registry, for twelve hours; the password goes by standard input.

    inv image.login --env sandbox
    """
    from longshore.images import recipes

    run(recipes.login(run.environment, builder or ""), protect=False)


@destroys("image", "this deletes images for good")
def prune(run: Invocation, *, keep: Annotated[int, "how many of the newest images stay (default: 20)"] = 20) -> None:
    """Delete old images from ECR; what is deployed stays.

    inv image.prune --env sandbox --keep 5 --plan
    """
    from longshore.images import recipes

    run(recipes.prune(run.environment, keep))


@reads()
def status(
    run: Invocation,
    *,
    dockerfile: Annotated[str, "the Dockerfile (default: the project's, or the only one below it)"] = "",
) -> None:
    """Show what would be built now, whether ECR has it, and the newest images.

    inv image.status --env sandbox
    """
    from longshore.images.arguments import path
    from longshore.images.status import status

    run.show(status(run.environment, path(dockerfile)))


@reads()
def scan(
    run: Invocation,
    *,
    digest: Annotated[str, "the image (default: the commit's)"] = "",
    fail_on: Annotated[
        Literal["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED"] | None,
        "exit 1 for a finding as bad as this, and for what is not known",
    ] = None,
    dockerfile: Annotated[str, "the Dockerfile (default: the project's, or the only one below it)"] = "",
) -> None:
    """Show what ECR's scan of the image found; waits while it goes on.

    inv image.scan --env sandbox
    """
    from longshore.images.arguments import path
    from longshore.images.scan import scan

    run.show(scan(run.environment, run.report, digest, fail_on or "", path(dockerfile)))


ns = namespace("image", build, login, prune, push, scan, status)
