"""What a person can say to longshore: a module per namespace. Signature, docstring, one call; no logic."""

from __future__ import annotations

from longshore.cli import namespace

from . import (
    app,
    aws,
    certs,
    cluster,
    db,
    environment,
    general,
    iam,
    image,
    ingress,
    runs,
    sandbox,
    secrets,
    ship,
    tools,
)

members = (
    general.demo,
    general.doctor,
    general.init,
    ship.ship,
    app.ns,
    aws.ns,
    certs.ns,
    cluster.ns,
    db.ns,
    environment.ns,
    iam.ns,
    image.ns,
    ingress.ns,
    runs.ns,
    sandbox.ns,
    secrets.ns,
    tools.ns,
)
ns = namespace("", *members)

__all__ = ["members", "ns"]
