"""What a ship came to, part by part: also after a failure, where one part is new and another isn't."""

from __future__ import annotations

from longshore.answers import Answer, Table
from longshore.database.version import number, shown
from longshore.errors import LongshoreError
from longshore.ship.pipeline import Shipment


def summary(shipment: Shipment, failed: LongshoreError | None = None) -> Answer:
    """From what the steps saw last: nobody is asked again. `failed` is what ended the run."""
    rows = {
        "image": _image(shipment),
        "secret": _secret(shipment),
        "database": _database(shipment, failed),
        "application": _application(shipment, failed),
        "smoke test": _smoke(shipment),
    }
    told = {name: text for name, text in rows.items() if text}
    return Answer({name.replace(" ", "_"): text for name, text in told.items()}, [Table(("", ""), list(told.items()))])


def _image(shipment: Shipment) -> str:
    if shipment.image is None:
        return ""
    return shipment.image.reference or f"not pushed: {shipment.image.tag}"


def _secret(shipment: Shipment) -> str:
    return f"{shipment.environment.secrets}, version {shipment.secret.secret.version[:8]}" if shipment.secret else ""


def _database(shipment: Shipment, failed: LongshoreError | None) -> str:
    if (sight := shipment.database) is None:
        return ""
    now = number(sight.seen.version)
    moved = f"version {shown(now)}" + (f", was {shown(sight.start)}" if now != sight.start else "")
    dirty = ", dirty" if sight.seen.dirty else ""
    return moved + dirty + (" (a migration is not rolled back)" if failed and now != sight.start else "")


def _application(shipment: Shipment, failed: LongshoreError | None) -> str:
    deploy = shipment.deployment.deploy
    if deploy.back:
        return f"rolled back: {', '.join(deploy.back)} runs"
    before = deploy.seen or "nothing is deployed"
    if failed and deploy.was_applied and not deploy.is_done:
        return f"it did not become ready (before: {before})"
    return f"not touched: {before}" if failed and not deploy.was_applied else before


def _smoke(shipment: Shipment) -> str:
    return "not asked for: --smoke /health" if shipment.smoke is None else shipment.smoke.found or "not begun"
