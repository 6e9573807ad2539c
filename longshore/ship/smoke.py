"""The last step: does what was deployed answer?"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from longshore.app import url as urls
from longshore.app.deploy import Deployment
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard
from longshore.cluster.simulated import not_checked
from longshore.environments.environment import Environment
from longshore.errors import Failed, UsageError
from longshore.programs.kubernetes import Object
from longshore.ship.request import Reply, get
from longshore.steps.step import Context, Done, Status, Step, ToDo

SECONDS = 180
"""A new load balancer of AWS takes two or three minutes until its name is known everywhere."""
PAUSE = 2.0


class Smoke(Step):
    """`path` answers 200 at the application's load balancer, or a whole URL does. Redirects are not followed."""

    name = "smoke"

    def __init__(self, environment: Environment, guard: ClusterGuard, path: str, deployment: Deployment) -> None:
        if why := fault_of(path):
            # What was given isn't shown: there may be a password in it.
            raise UsageError("--smoke can't be that", why=why, do="--smoke /health")
        self.title = f"Smoke test: {path}"
        self._environment = environment
        self._guard = guard
        self._path = path
        self._deployment = deployment
        self.found = ""
        """The last answer; empty before it was asked for."""

    def check(self, run: Context) -> Status:
        early = run.planning and not self._deployment.deploy.is_done
        if run.planning and self._path.startswith("/"):
            self._refuse_unexposed(self._deployment.deploy.wish.objects())
        if why := not_checked(self._environment):
            self.found = "" if early else why
            return Done(why)
        if early:
            return ToDo(f"ask for {self._path} until it answers 200, for at most {SECONDS} s")
        reply = self._ask(run)
        self.found = str(reply)
        return Done(str(reply)) if reply.ok else ToDo(f"ask until it answers 200: {reply}")

    def apply(self, run: Context) -> None:
        """Raises Failed after so many seconds, with the last answer."""
        deadline = time.monotonic() + SECONDS
        while not (reply := self._ask(run)).ok:
            if time.monotonic() > deadline:
                env = self._environment.name
                raise Failed(
                    f"the application does not answer 200 within {SECONDS} s",
                    on=reply.url or self._path,
                    why=reply.said,
                    do=(f"inv app.logs --env {env}", f"inv app.rollback --env {env}"),
                )
            run.report.progress(f"waiting for {reply}")
            run.sleep(PAUSE)

    def _ask(self, run: Context) -> Reply:
        if not self._path.startswith("/"):
            return get(self._path)
        with asking(self._guard, doing="look for the application's address"):
            found = urls.exposed(self._guard.kubectl(run), self._environment)
        self._refuse_unexposed(found)
        known = [address for one in found for address in urls.addresses(one)]
        if not known:
            return Reply("", "the load balancer has no address yet")
        return get((next((one for one in known if one.startswith("https:")), known[0])) + self._path)

    def _refuse_unexposed(self, objects: Sequence[Object]) -> None:
        """Raises UsageError where no load balancer leads to the application: found out before anything is done."""
        if not any(one["kind"] == "Service" and one["spec"].get("type") == "LoadBalancer" for one in objects):
            raise UsageError(
                f"{self._environment.app} has no Service of type LoadBalancer",
                on=f"--smoke {self._path}",
                why="a path is asked for at its address",
                do=f"name the whole URL: --smoke https://HOST{self._path}",
            )


def fault_of(path: str) -> str:
    """What is wrong with a path or URL to ask for; empty where nothing is."""
    try:
        parts = urlsplit(path)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) if parts.scheme else path.startswith("/")
    except ValueError:
        known = False
    if not known or re.search(r"[\s\x00-\x1f]", path) or path.startswith("//"):
        return "it is a path of the application, or a whole URL (https://HOST/PATH)"
    if "@" in parts.netloc:
        return "a URL with a name and a password would be shown"
    return "what follows the # is never asked for" if parts.fragment else ""
