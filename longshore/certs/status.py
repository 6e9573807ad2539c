"""certs.status: each certificate of the namespace, and what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from longshore.answers import Answer, Table
from longshore.certs import managed, pending, shown
from longshore.certs.managed import Managed
from longshore.certs.pending import Pending
from longshore.cluster.errors import asking
from longshore.cluster.sight import Sight
from longshore.environments.environment import Environment
from longshore.steps.report import Reporter


def status(environment: Environment, report: Reporter) -> Answer:
    """Not ok where one isn't ready. Raises UsageError where cert-manager isn't installed."""
    sight = Sight(environment, report)
    with asking(sight.guard, doing="look at the certificates"):
        objects = managed.family(sight.kubectl, environment)
    found = [(one, pending.of(one, objects)) for one in managed.certificates(objects)]
    rows = [
        (
            one.name, ", ".join(one.hosts), one.issuer, "yes" if one.ready else "no",
            shown.until(one.not_after), shown.renewal(one.renewal), _short(pending.last(waits)),
        )
        for one, waits in found
    ]  # fmt: skip
    columns = ("certificate", "hosts", "issuer", "ready", "until", "renewed", "waits for")
    tables = [Table(columns, rows)]
    steps = [(one.name, each.kind, each.name, each.state, each.reason) for one, waits in found for each in waits]
    if steps:
        tables.append(Table(("certificate", "kind", "name", "state", "reason"), steps, title="On the way"))
    ok = all(one.ready for one, _ in found)
    return Answer(
        {"ok": ok, "namespace": environment.namespace, "certificates": [_data(one, waits) for one, waits in found]},
        tables,
        [f"{one.name}: not issued {one.failures} times in a row" for one, _ in found if one.failures > 1],
        ok=ok,
    )


def _data(one: Managed, waits: Sequence[Pending]) -> dict[str, Any]:
    last = pending.last(waits)
    return {
        "certificate": one.name, "hosts": list(one.hosts), "issuer": one.issuer, "secret": one.secret,
        "ingress": one.ingress or None, "ready": one.ready, "not_after": _text(one.not_after),
        "renewal": _text(one.renewal), "revision": one.revision, "failures": one.failures,
        "waits_for": str(last) if last else None, "failed": pending.has_failed(waits),
        "on_the_way": [
            {"kind": each.kind, "name": each.name, "state": each.state, "reason": each.reason} for each in waits
        ],
    }  # fmt: skip


def _short(last: Pending | None) -> str:
    # The reason is in the table below.
    return f"{last.kind} ({last.state})" if last else ""


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
