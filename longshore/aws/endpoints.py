"""The endpoint guard: an environment's calls go to AWS, the sandbox's to this machine, and never the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from longshore.errors import Refused

SUFFIXES = (
    ".amazonaws.com",
    ".api.aws",
    ".amazonaws.com.cn",
    ".api.amazonwebservices.com.cn",
    ".amazonaws.eu",
    ".api.amazonwebservices.eu",
    ".c2s.ic.gov",
    ".api.aws.ic.gov",
    ".sc2s.sgov.gov",
    ".api.aws.scloud",
    ".cloud.adc-e.uk",
    ".api.cloud-aws.adc-e.uk",
    ".csp.hci.ic.gov",
    ".api.aws.hci.ic.gov",
    ".signin.aws.amazon.com",
    ".oauth.signin.aws",
)
"""Where AWS's own APIs are: dnsSuffix and dualStackDnsSuffix of each partition in botocore's partitions.json, and where `aws login` signs in."""

CUSTOMERS = frozenset({"elb", "compute", "compute-1", "execute-api"})
"""Labels of names under amazonaws.com behind which a customer's own server answers."""

VARIABLE = "AWS_ENDPOINT_URL"


def is_aws(url: str) -> bool:
    """Whether the URL is one of AWS's own APIs, over TLS."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    return parts.scheme == "https" and host.endswith(SUFFIXES) and CUSTOMERS.isdisjoint(host.split("."))


def is_sandbox(url: str) -> bool:
    """Whether the URL is on this machine, where the sandbox listens."""
    return urlsplit(url).hostname == "127.0.0.1"


def check(url: str, origin: str, *, environment: str, sandbox: bool) -> None:
    """Raise Refused (nothing was touched) unless the URL is where this environment's calls belong. `origin` is where the URL is set."""
    if is_sandbox(url) if sandbox else is_aws(url):
        return
    variable = origin.split()[0] if origin.startswith(VARIABLE) else ""
    first = (
        f"unset {variable}"
        if variable
        else "take it out there, or name another profile with --profile"
        if origin
        else ""
    )
    # The user part of a URL could hold a password.
    shown = urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2]).geturl()
    if sandbox:
        raise Refused(
            "the sandbox's calls would leave this machine",
            on=shown,
            why=f"the endpoint is from {origin}" if origin else "the sandbox's profiles name no endpoint",
            do=(first, "inv sandbox.up") if variable else "inv sandbox.up",
        )
    raise Refused(
        "the endpoint is not AWS's, nothing was touched",
        on=f"{shown}, environment {environment}",
        why=f"it is from {origin}" if origin else "it is not an https address of AWS's APIs",
        do=(first, "use --env sandbox to work on the sandbox"),
    )


def check_variables(variables: Mapping[str, str], *, environment: str, sandbox: bool) -> None:
    """Check every AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_SERVICE: also for the services that credentials come from.

    Raises Refused.
    """
    for name in sorted(variables):
        if (name == VARIABLE or name.startswith(f"{VARIABLE}_")) and variables[name]:
            check(variables[name], f"{name} of the shell", environment=environment, sandbox=sandbox)


def in_config(scoped: Mapping[str, object], services: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Each endpoint that a profile names, as (key, URL): its endpoint_url and those of its `services` section."""
    own = scoped.get("endpoint_url")
    if isinstance(own, str):
        yield "endpoint_url", own
    for service, values in services.items():
        if isinstance(values, Mapping) and isinstance(url := values.get("endpoint_url"), str):
            yield f"endpoint_url of {service}", url
