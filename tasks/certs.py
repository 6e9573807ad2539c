"""certs.*: certificates, which cert-manager issues and renews."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes, namespace, reads


@changes("certs")
def install(
    run: Invocation,
    *,
    chart: Annotated[str, "cert-manager's chart: a path, or oci://... (default: the pinned one)"] = "",
) -> None:
    """Install cert-manager by its Helm chart, its kinds of objects first, and wait until its webhook answers.

    inv certs.install --env sandbox --confirm sandbox
    """
    from longshore.certs.install import install

    run(install(run.environment, chart))


@changes("certs")
def issuer(
    run: Invocation,
    *,
    email: Annotated[str, "where Let's Encrypt writes to"],
    staging: Annotated[bool, "its rehearsal server, whose certificates nobody trusts"] = False,
    dns01: Annotated[
        bool, "prove a host by a record in Route 53, as wildcards need it (default: by an answer over HTTP)"
    ] = False,
    zone: Annotated[str, "the hosted zone's id for --dns01 (default: looked for by its name)"] = "",
    name: Annotated[str, "the ClusterIssuer's name (default: letsencrypt, letsencrypt-staging)"] = "",
    class_: Annotated[str, "the IngressClass that answers over HTTP (default: the cluster's)"] = "",
) -> None:
    """Make a ClusterIssuer that gets certificates from Let's Encrypt, and wait until its account is registered.

    inv certs.issuer --env sandbox --email ops@example.com --staging --dns01 --confirm sandbox
    """
    from longshore.certs.issuer import issuer

    run(issuer(run.environment, email, staging=staging, dns01=dns01, zone=zone, name=name, class_name=class_))


@changes("certs")
def request(
    run: Invocation,
    *,
    host: Annotated[str, "for whom: bank.example.com, or *.example.com"],
    issuer: Annotated[str, "who signs it (default: the cluster's only issuer that is ready)"] = "",
    secret: Annotated[str, "the Secret that it is put into (default: HOST-tls)"] = "",
) -> None:
    """Ask for a host's certificate, and wait until it is in its Secret; why it is not is told as soon as the issuer has said no.

    inv certs.request --env sandbox --host bank.example.com --confirm sandbox
    """
    from longshore.certs.request import request

    run(request(run.environment, host, issuer, secret))


@reads()
def status(run: Invocation) -> None:
    """Show each certificate: hosts, issuer, until when, when it is renewed, and what it waits for; exit 1 where one is not ready.

    inv certs.status --env sandbox
    """
    from longshore.certs.status import status

    run.show(status(run.environment, run.report))


@changes("certs")
def renew(run: Invocation, *, host: Annotated[str, "whose certificate"]) -> None:
    """Have a host's certificate issued anew, and prove that another one is there, which ends later.

    inv certs.renew --env sandbox --host bank.example.com --confirm sandbox
    """
    from longshore.certs.renew import renew

    run(renew(run.environment, host))


@reads()
def check(run: Invocation, *, days: Annotated[int, "how long each must be good for (default: 21)"] = 21) -> None:
    """Check that no certificate ends within so many days, also of those that an Ingress has from elsewhere; exit 1 with which one does.

    inv certs.check --env sandbox --days 21
    """
    from longshore.certs.check import check

    run.show(check(run.environment, run.report, days))


ns = namespace("certs", check, install, issuer, renew, request, status)
