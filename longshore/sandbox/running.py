"""What the supervisor announces once all its servers answer: state.json."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from longshore.process.detached import Server
from longshore.sandbox.files import read_json, write_json
from longshore.sandbox.layout import Layout

SCHEMA = 1


@dataclass(frozen=True)
class Running:
    """A sandbox that came up. `plays` is what can't change while it runs (Settings.plays); `since` is in seconds since the epoch."""

    supervisor: Server
    endpoint: str
    ports: Mapping[str, int]
    plays: tuple[str, str, str, bool]
    since: float

    @classmethod
    def read(cls, layout: Layout) -> Running | None:
        """The announcement; None when there is none, or it is another version's."""
        found = read_json(layout.state)
        try:
            if found.pop("schema") != SCHEMA:
                return None
            return cls(**found | {"supervisor": Server(**found["supervisor"]), "plays": tuple(found["plays"])})
        except (KeyError, TypeError):
            return None

    @classmethod
    def announce(
        cls,
        layout: Layout,
        supervisor: Server,
        endpoint: str,
        ports: Mapping[str, int],
        plays: tuple[str, str, str, bool],
    ) -> None:
        """Write it."""
        write_json(layout.state, {"schema": SCHEMA, **asdict(cls(supervisor, endpoint, ports, plays, time.time()))})
