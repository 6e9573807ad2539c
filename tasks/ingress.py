"""ingress.*: the way in from outside, by host and path."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes, destroys, namespace


@changes("ingress")
def add(
    run: Invocation,
    *,
    host: Annotated[str, "the host: bank.example.com, or *.example.com"],
    service: Annotated[str, "the Service that its requests go to"],
    path: Annotated[str, "the beginning of the paths that go there (default: /)"] = "/",
    port: Annotated[str, "the Service's port, by name or number (default: the only one)"] = "",
    exact: Annotated[bool, "that path only, not what is below it"] = False,
    tls: Annotated[bool, "with a certificate, which cert-manager gets"] = False,
    issuer: Annotated[str, "who signs it: a ClusterIssuer (default: the only one that is ready)"] = "",
    class_: Annotated[str, "the IngressClass (default: the host's, or the cluster's)"] = "",
) -> None:
    """Lead a host's requests to a Service: one Ingress for each host, a rule for each path.

    inv ingress.add --env sandbox --host bank.example.com --path / --service bank --port http
    """
    from longshore.ingress.add import add

    run(
        add(
            run.environment,
            host,
            service,
            path=path,
            port=port,
            exact=exact,
            tls=tls,
            issuer=issuer,
            class_name=class_,
        )
    )


@destroys("ingress", "requests to it find no way in then")
def remove(
    run: Invocation,
    *,
    host: Annotated[str, "the host"],
    path: Annotated[str, "only the rules of this path (default: all of the host)"] = "",
) -> None:
    """Take a host's rules away, or those of one path; with the last one the host's Ingress goes.

    inv ingress.remove --env sandbox --host bank.example.com --path /login --confirm sandbox
    """
    from longshore.ingress.remove import remove

    run(remove(run.environment, host, path))


@changes("ingress")
def install(
    run: Invocation,
    *,
    controller: Annotated[str, "traefik, nginx-f5 or alb (default: traefik)"] = "traefik",
    chart: Annotated[str, "another chart than the pinned one: a path, or an oci:// address"] = "",
) -> None:
    """Install an ingress controller by its Helm chart, and wait until it is ready and has a load balancer.

    inv ingress.install --env sandbox --plan
    """
    from longshore.ingress.install import install

    run(install(run.environment, controller, chart))


ns = namespace("ingress", add, install, remove)
