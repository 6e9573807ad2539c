"""A first knock at the API server: whether it knows who asks, and its version. One request, without the start of a program."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener, getproxies

from longshore.cluster.eks import Cluster

SECONDS = 10.0
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Knock:
    """HTTP's status (0: no answer in time), and the version where it told one."""

    status: int
    version: str = ""

    @property
    def is_silent(self) -> bool:
        """Whether there was no answer in time, and no proxy of the shell's by which another program might get one."""
        return self.status == 0

    @property
    def is_unknown(self) -> bool:
        """Whether it doesn't know who asked."""
        return self.status == UNAUTHORIZED


def knock(cluster: Cluster, token: str) -> Knock | None:
    """GET /version, which everybody may who is known. None where no API server of this CA answers: why, kubectl says, which may go another way."""
    request = Request(f"{cluster.endpoint}/version", headers={"Authorization": f"Bearer {token}"})  # noqa: S310  its endpoint was checked
    try:
        trusted = ssl.create_default_context(cadata=cluster.certificate_authority)
        # As Go's programs do, no proxy of the shell's is asked for this machine.
        proxies = [ProxyHandler({})] if urlsplit(cluster.endpoint).hostname == "127.0.0.1" else []
        with build_opener(*proxies, HTTPSHandler(context=trusted)).open(request, timeout=SECONDS) as answer:
            return Knock(answer.status, str(json.load(answer).get("gitVersion", "")))
    except HTTPError as error:
        return Knock(error.code)
    except (OSError, ValueError) as error:
        late = isinstance(getattr(error, "reason", error), TimeoutError)
        return Knock(0) if late and not getproxies().get("https") else None
