"""What clients read: the AWS profiles, the PostgreSQL password file, and the last layer of the environment `sandbox`."""

from __future__ import annotations

from longshore.sandbox.files import write_private
from longshore.sandbox.kept import PROFILES, Kept
from longshore.sandbox.layout import Layout
from longshore.sandbox.ports import HOST
from longshore.sandbox.settings import Settings


def endpoint(kept: Kept) -> str:
    """Where the sandbox's AWS answers: one address for all services."""
    return f"http://{HOST}:{kept.ports['aws']}"


def write(layout: Layout, settings: Settings, kept: Kept) -> None:
    """Write them all, 0600 each."""
    write_private(layout.aws_config, aws_config(settings, kept))
    write_private(layout.aws_credentials, aws_credentials(kept))
    write_private(layout.pgpass, pgpass(settings, kept))
    write_private(layout.layer, layer(layout))


def aws_config(settings: Settings, kept: Kept) -> str:
    """Region and endpoint of each profile."""
    sections = []
    for profile in PROFILES:
        heading = profile if profile == "default" else f"profile {profile}"
        sections.append(f"[{heading}]\nregion = {settings.region}\nendpoint_url = {endpoint(kept)}\n")
    return "\n".join(sections)


def aws_credentials(kept: Kept) -> str:
    """The key of each profile."""
    return "\n".join(
        f"[{profile}]\naws_access_key_id = {key.id}\naws_secret_access_key = {key.secret}\n"
        for profile, key in kept.keys.items()
    )


def pgpass(settings: Settings, kept: Kept) -> str:
    """The application's password, as libpq reads it: a colon and a backslash are escaped."""
    password = kept.application_password.replace("\\", "\\\\").replace(":", "\\:")
    return f"{HOST}:{kept.ports['postgres']}:*:{settings.app}:{password}\n"


def layer(layout: Layout) -> str:
    """What longshore reads last for the environment `sandbox`. Its form is python-dotenv's: single quotes, a backslash before `\\` and `'`."""

    def quoted(path: object) -> str:
        return "'" + str(path).replace("\\", "\\\\").replace("'", "\\'") + "'"

    return (
        "# Written by sandbox.up.\n"
        f"AWS_CONFIG_FILE={quoted(layout.aws_config)}\n"
        f"AWS_SHARED_CREDENTIALS_FILE={quoted(layout.aws_credentials)}\n"
    )
