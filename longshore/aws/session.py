"""One session per profile: made with the profile named, so that no key in the shell's environment can act instead.

Rests on botocore's rule that a profile set on the session leaves AWS_ACCESS_KEY_ID and AWS_ROLE_ARN out (botocore/credentials.py,
`disable_env_vars`). What it still falls back to, a container's or an instance's role, is taken out of the chain here.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longshore.aws import endpoints
from longshore.aws.config_files import files_of
from longshore.environments.environment import Environment
from longshore.errors import UsageError

CONNECT_TIMEOUT = 5
READ_TIMEOUT = 60
ATTEMPTS = 5
FALLBACKS = ("ec2-credentials-file", "boto-config", "container-role", "iam-role")
"""botocore's names for what it tries after the profile: each would act as somebody else than the profile that was named."""

STATIC = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
AMBIENT = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
)


@dataclass(frozen=True)
class Choice:
    """Whose session, and where: what `open_profile` needs to know. An empty profile is the ambient identity."""

    profile: str
    profile_from: str
    region: str
    environment: str
    sandbox: bool = False
    config_file: Path | None = None
    credentials_file: Path | None = None


@dataclass(frozen=True)
class Session:
    """A profile's session. `client` is the only way to AWS."""

    choice: Choice
    core: Any
    """The botocore session."""
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def profile(self) -> str:
        return self.choice.profile

    @property
    def who(self) -> str:
        """The profile in words, for messages."""
        return f"profile {self.profile}" if self.profile else "the ambient identity"

    @property
    def region(self) -> str:
        """The environment's region; else what the profile or AWS_DEFAULT_REGION says; else empty."""
        return self.choice.region or self.core.get_config_variable("region") or ""

    def client(self, service: str) -> Any:
        """The service's client (one per service and session; clients may be used by several threads).

        Raises Refused for an endpoint where this environment's calls don't belong, UsageError for credentials or a region that are missing.
        """
        from longshore.aws.errors import translated

        with self._lock:
            if service not in self._clients:
                with translated(self, doing=f"make a client of {service}"):
                    self._load_credentials()
                    client = self.core.create_client(service)
                self.check(client.meta.endpoint_url)
                self._clients[service] = client
            return self._clients[service]

    def _load_credentials(self) -> None:
        try:
            self.core.get_credentials()
        except (OSError, ValueError, KeyError) as error:
            # What botocore lets through of a credential_process: no such program, or an answer that is no JSON.
            said = error.strerror if isinstance(error, OSError) else "its answer is not the JSON that is expected"
            raise UsageError(
                f"the credential_process of {self.who} did not give credentials", why=str(said), do="inv aws.profiles"
            ) from None

    def check(self, url: str) -> None:
        """The endpoint guard. Raises Refused."""
        if not (endpoints.is_sandbox(url) if self.choice.sandbox else endpoints.is_aws(url)):
            endpoints.check(url, self._origin(url), environment=self.choice.environment, sandbox=self.choice.sandbox)

    def _origin(self, url: str) -> str:
        for name, value in sorted(os.environ.items()):
            if name.startswith(endpoints.VARIABLE) and value and url.startswith(value.rstrip("/")):
                return f"{name} of the shell"
        for key, value in self._configured():
            if url.startswith(value.rstrip("/")):
                return f"{key} of {self._section} in {self.core.get_config_variable('config_file')}"
        return ""

    @property
    def _section(self) -> str:
        return f"[profile {self.profile}]" if self.profile not in ("", "default") else "[default]"

    def _configured(self) -> list[tuple[str, str]]:
        scoped = self.core.get_scoped_config()
        services = self.core.full_config.get("services", {}).get(scoped.get("services", ""), {})
        return list(endpoints.in_config(scoped, services))

    def check_configuration(self) -> None:
        """Check every endpoint that variables and the profile name, before anything is asked: also of the services that credentials come from."""
        if self.core.get_config_variable("ignore_configured_endpoint_urls"):
            return
        environment, sandbox = self.choice.environment, self.choice.sandbox
        endpoints.check_variables(os.environ, environment=environment, sandbox=sandbox)
        for _, url in self._configured():
            self.check(url)


def open_session(environment: Environment) -> Session:
    """The session of the environment's profile, in its region; on the sandbox with the sandbox's own profile files.

    Raises UsageError for a profile that doesn't exist, Refused for an endpoint that isn't AWS's (on the sandbox: that isn't on this machine).
    """
    return open_profile(choice_of(environment))


def choice_of(environment: Environment) -> Choice:
    """Who acts in this environment."""
    sandbox = environment.is_sandbox
    files = files_of(environment) if sandbox else None
    return Choice(
        profile=environment.profile,
        profile_from=str((environment.origins or {}).get("AWS_PROFILE", "")),
        region=environment.region,
        environment=environment.name,
        sandbox=sandbox,
        config_file=files.config if files else None,
        credentials_file=files.credentials if files else None,
    )


def open_profile(
    choice: Choice,
    *,
    connect_timeout: float = CONNECT_TIMEOUT,
    read_timeout: float = READ_TIMEOUT,
    attempts: int = ATTEMPTS,
) -> Session:
    """The session of a profile. Timeouts are in seconds.

    Raises as `open_session` does.
    """
    import botocore.session
    from botocore.config import Config

    from longshore.aws.errors import translated

    # No variable names the profile: an empty AWS_PROFILE would be looked for as a profile named "".
    core = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    if choice.profile:
        core.set_config_variable("profile", choice.profile)
    for name, value in (
        ("region", choice.region),
        ("config_file", choice.config_file),
        ("credentials_file", choice.credentials_file),
    ):
        if value:
            core.set_config_variable(name, str(value))
    core.set_default_client_config(
        Config(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # A proxy of the shell's would be asked for 127.0.0.1.
            proxies={} if choice.sandbox else None,
        )
    )
    session = Session(choice, core)
    with translated(session, doing="open the AWS session"):
        session.check_configuration()
        # AWS's description of a service is read and parsed once for all sessions of a process, not once for each.
        core.register_component("data_loader", _loader(core))
        # Clients that botocore makes itself, to assume a role or to ask SSO, take the session's handlers with them.
        core.register("before-send", lambda request, **_: session.check(request.url))
        if choice.profile:
            resolver = core.get_component("credential_provider")
            for fallback in FALLBACKS:
                resolver.remove(fallback)
    return session


_shared: list[Any] = []
_sharing = threading.Lock()


def _loader(core: Any) -> Any:
    with _sharing:
        if not _shared:
            _shared.append(core.get_component("data_loader"))
        return _shared[0]


def shadowing(profile: str) -> tuple[str, ...]:
    """The variables of the shell that would act instead of the profile if it were not named (none where none is named)."""
    return tuple(name for name in (*STATIC, *AMBIENT) if profile and os.environ.get(name))


__all__ = ["AMBIENT", "STATIC", "Choice", "Session", "choice_of", "open_profile", "open_session", "shadowing"]
