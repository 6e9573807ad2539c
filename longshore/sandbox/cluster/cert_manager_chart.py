"""cert-manager's chart for the sandbox: the one that its source has, without what lets the API server ask a pod, since no pod answers."""

from __future__ import annotations

import re

from longshore.charts.source import STAND_IN
from longshore.toolchain import cache
from longshore.toolchain.catalogue import CERT_MANAGER

LEFT_OUT = ("templates/webhook-mutating-webhook.yaml", "templates/webhook-validating-webhook.yaml")
SETTINGS = ("Chart.yaml", "values.yaml", "values.schema.json")
SAYS = "cert-manager's own templates without its admission webhooks, a stand-in by longshore for its sandbox"
WORDS = "its own templates without the webhook's"


def chart() -> dict[str, bytes]:
    """Its files by path, with the version that they are of. Raises OSError where cert-manager isn't built."""
    root = cache.data(CERT_MANAGER, "cert-manager")
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    # As its publisher packs it.
    kept = {name: text for name, text in found.items() if name.startswith("templates/") or name in SETTINGS}
    for name in LEFT_OUT:
        del kept[name]
    about = kept["Chart.yaml"].decode()
    # What its publisher fills in on release.
    for field, value in (("version", version()), ("appVersion", version()), ("description", SAYS)):
        about = re.sub(rf"^{field}: .*$", f"{field}: {value}", about, flags=re.MULTILINE)
    about = about.replace("\nannotations:\n", f"\nannotations:\n  {STAND_IN}: {WORDS}\n")
    return kept | {"Chart.yaml": about.encode()}


def version() -> str:
    """As its publisher writes it: `v1.21.1`."""
    return f"v{CERT_MANAGER.version}"
