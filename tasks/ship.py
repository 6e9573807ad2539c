"""ship: from commit to traffic."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes


@changes("ship", saves=True)
def ship(
    run: Invocation,
    *,
    smoke: Annotated[str, "a path that must answer 200 afterwards, /health, or a whole URL"] = "",
    minutes: Annotated[int, "how long the rollout may take as a whole (default: 10)"] = 10,
) -> None:
    """Check, build and push the commit's image, migrate the database, deploy, ask whether it answers; a failed deployment is rolled back.

    inv ship --env sandbox --smoke /health --plan
    """
    from longshore.ship.pipeline import ship
    from longshore.ship.summary import summary

    shipment = ship(run.environment, smoke=smoke, minutes=minutes)
    run(shipment.steps, summary=lambda failed: summary(shipment, failed))
