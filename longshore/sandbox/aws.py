"""The sandbox's AWS as a server: the cloud application behind one port of 127.0.0.1."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from longshore.errors import Failed
from longshore.sandbox import front_door, ports, secrets
from longshore.sandbox.cluster.clusters import KubernetesClusters
from longshore.sandbox.databases import PostgresDatabases
from longshore.sandbox.kept import Kept
from longshore.sandbox.registry.registry import LocalRegistry
from longshore.sandbox.settings import Settings

TRIES = 5
USERS = {"default": "admin", "github": "github-ci"}
"""IAM users that aren't named as their profile is."""

Application = Callable[..., Any]


class Cloud:
    """AWS while it is served."""

    def __init__(self, application: Application, settings: Settings, kept: Kept) -> None:
        self._settings = settings
        self._kept = kept
        self._server = _listen(application, kept)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def seed_secrets(self) -> None:
        """Make the application's secrets, by the front door: as the profile `default`."""
        secrets.seed(front_door.client("secretsmanager", self._settings.region, self._kept), self._settings, self._kept)

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


def serve(
    settings: Settings,
    kept: Kept,
    databases: PostgresDatabases,
    clusters: KubernetesClusters,
    webhooks: str,
    registry: LocalRegistry,
) -> Cloud:
    """Load the cloud, make its users with the kept keys, and serve it. `webhooks` is the token of the clusters' API servers. Raises Failed."""
    from longshore.sandbox.cloud.application import application
    from longshore.sandbox.cloud.seed import SeedUser, policies, seed
    from longshore.sandbox.cloud.settings import CloudSettings

    faults = kept.faults_token if settings.faults else None
    played = CloudSettings(settings.account_id, settings.region, faults, webhooks)
    rights = policies(
        settings.account_id, settings.region, secrets=settings.all_secrets, unprotected=settings.unprotected_secrets
    )
    seed(
        played,
        [
            SeedUser(USERS.get(profile, profile), key.id, key.secret, {"longshore": rights[profile]})
            for profile, key in kept.keys.items()
        ],
    )
    return Cloud(application(played, databases, clusters, registry), settings, kept)


def _listen(application: Application, kept: Kept) -> Any:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        """Writes no line per request: a query string may be a presigned URL."""

        def log(self, type: str, message: str, *args: Any) -> None:
            if type != "info":
                super().log(type, message, *args)

    for _ in range(TRIES):
        kept.ports["aws"] = ports.choose(kept.ports.get("aws", 0))
        try:
            return make_server(ports.HOST, kept.ports["aws"], application, threaded=True, request_handler=Quiet)
        except (OSError, SystemExit):
            # Somebody took the port between our look and the server's; werkzeug then leaves by sys.exit.
            continue
    raise Failed("the sandbox's AWS found no free port", on=ports.HOST)
