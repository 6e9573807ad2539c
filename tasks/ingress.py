"""ingress.*: the way in from outside, by host and path."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes, destroys, namespace, reads


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


@reads()
def rules(run: Invocation) -> None:
    """List the namespace's rules: host, path, Service, ready pods, certificate, class.

    inv ingress.rules --env sandbox
    """
    from longshore.ingress.listing import listed

    run.show(listed(run.environment, run.report))


@reads()
def check(run: Invocation, *, host: Annotated[str, "only this host (default: all)"] = "") -> None:
    """Check the chain from the name to the pods, and name its first broken link: DNS, load balancer, controller, rule, Service, endpoints, certificate; exit 1.

    inv ingress.check --env sandbox --host bank.example.com
    """
    from longshore.ingress.chain.check import check

    run.show(check(run.environment, run.report, host))


ns = namespace("ingress", add, check, install, remove, rules)
