"""What clients read: the AWS profiles, the PostgreSQL password file, and the last layer of the environment `sandbox`."""

from __future__ import annotations

import re
from pathlib import Path

from longshore.sandbox.files import write_private
from longshore.sandbox.kept import PROFILES, Kept
from longshore.sandbox.layout import Layout
from longshore.sandbox.ports import HOST
from longshore.sandbox.processes import REGISTRY
from longshore.sandbox.registry.request import CHARTS
from longshore.sandbox.settings import Settings

ENDPOINT = re.compile(rf"^(endpoint_url\s*=\s*)http://{HOST}:\d+", re.MULTILINE)


def endpoint(kept: Kept) -> str:
    """Where the sandbox's AWS answers: one address for all services."""
    return f"http://{HOST}:{kept.ports['aws']}"


def write(layout: Layout, settings: Settings, kept: Kept) -> None:
    """Write them all, 0600 each. Profiles that aren't ours stay (`iam.key --save-as`), and lead to where AWS answers now."""
    foreign = [_foreign(path) for path in (layout.aws_config, layout.aws_credentials)]
    moved = ENDPOINT.sub(lambda found: found[1] + endpoint(kept), foreign[0])
    write_private(layout.aws_config, aws_config(settings, kept) + moved)
    write_private(layout.aws_credentials, aws_credentials(kept) + foreign[1])
    write_private(layout.pgpass, pgpass(settings, kept))
    write_private(layout.layer, layer(layout, kept))


def _foreign(path: Path) -> str:
    """The sections of an AWS file that are no profile of ours, as they stand there; none of a file that can't be read."""
    from longshore.aws.config_files import ProfileFile

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    file = ProfileFile(path, "credentials" if path.name == "credentials" else "config", text)
    if file.unparseable:
        return ""
    ends = [*(section.line - 1 for section in file.sections[1:]), len(file.lines)]
    return "".join(
        "\n" + "".join(file.lines[section.line - 1 : end]).strip() + "\n"
        for section, end in zip(file.sections, ends, strict=False)
        if (section.kind, section.name) not in {("profile", profile) for profile in PROFILES}
    )


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


def layer(layout: Layout, kept: Kept) -> str:
    """What longshore reads last for the environment `sandbox`. Its form is python-dotenv's: single quotes, a backslash before `\\` and `'`."""

    def quoted(path: object) -> str:
        return "'" + str(path).replace("\\", "\\\\").replace("'", "\\'") + "'"

    return (
        "# Written by sandbox.up.\n"
        f"AWS_CONFIG_FILE={quoted(layout.aws_config)}\n"
        f"AWS_SHARED_CREDENTIALS_FILE={quoted(layout.aws_credentials)}\n"
        f"CHARTS=oci://{HOST}:{kept.ports[REGISTRY]}/{CHARTS.rstrip('/')}\n"
    )
