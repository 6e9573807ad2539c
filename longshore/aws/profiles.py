"""`aws.profiles`: every profile, the identity that it resolves to, and its faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from longshore.answers import Answer, Table
from longshore.aws.config_files import files_of, shown
from longshore.aws.identity import Identity, whoami
from longshore.aws.profile import Catalogue, Profile, catalogue
from longshore.aws.profile_faults import Fault, faults, shadows
from longshore.aws.session import Choice, open_profile
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError
from longshore.process import signals

TIMEOUT = 4.0
"""Seconds for one answer of STS; a profile that asks twice (a role) may take longer."""
DEADLINE = 12.0
"""Seconds for all profiles together: a credential_process may hang."""
ANYWHERE = "us-east-1"
"""Where STS is asked for a profile without a region: identity is the same in every region of a partition."""


@dataclass(frozen=True)
class Resolved:
    """Who a profile is, or why that can't be said."""

    identity: Identity | None
    why: str = ""


def audit(environment: Environment | None) -> Answer:
    """Every profile of the environment's files (the sandbox has its own), asked side by side."""
    found = catalogue(files_of(environment))
    told = [*faults(found), *shadows()]
    resolved = _resolve(found, environment)
    rows = [_row(profile, resolved[name]) for name, profile in found.profiles.items()]
    notes = [str(fault) for fault in told]
    notes += [f"{name}: {answer.why}" for name, answer in resolved.items() if answer.why]
    if environment is not None:
        acts = environment.profile or "the ambient identity"
        notes.append(
            f"environment {environment.name}: {acts} acts (from {(environment.origins or {}).get('AWS_PROFILE', 'default')})"
        )
    return Answer(
        data={
            "files": {"config": str(found.config.path), "credentials": str(found.credentials.path)},
            "profiles": [_json(profile, resolved[name], told) for name, profile in found.profiles.items()],
            "faults": [_fault(fault) for fault in told if fault.profile not in found.profiles],
        },
        tables=[
            Table(
                ("profile", "kind", "key", "region", "account", "identity"),
                rows,
                empty=f"no profiles in {shown(found.config.path)} and {shown(found.credentials.path)}: inv aws.configure --profile NAME",
            )
        ],
        notes=notes,
        faults=[str(fault) for fault in told],
    )


def _resolve(found: Catalogue, environment: Environment | None) -> dict[str, Resolved]:
    broken = found.config.unparseable or found.credentials.unparseable
    answers: dict[str, Resolved] = {}
    for name, profile in found.profiles.items():
        if broken:
            answers[name] = Resolved(None, "no program can read the files")
        elif any("mfa_serial" in one.values for one in found.chain(profile)):
            answers[name] = Resolved(None, "asks for an MFA code: not resolved")
        elif not name.strip():
            answers[name] = Resolved(None, "has no name")

    def ask(profile: Profile) -> None:
        try:
            answers[profile.name] = Resolved(
                whoami(
                    open_profile(
                        _choice(profile, found, environment), connect_timeout=TIMEOUT, read_timeout=TIMEOUT, attempts=1
                    )
                )
            )
        except LongshoreError as error:
            answers[profile.name] = Resolved(None, error.why or error.what)

    # Daemon threads: a credential_process that hangs must not keep us.
    threads = [
        threading.Thread(target=ask, args=(profile,), daemon=True)
        for name, profile in found.profiles.items()
        if name not in answers
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + DEADLINE
    for thread in threads:
        while thread.is_alive() and time.monotonic() < deadline:
            thread.join(0.2)
            signals.check()
    return {name: answers.get(name, Resolved(None, f"no answer within {DEADLINE:g} s")) for name in found.profiles}


def _choice(profile: Profile, found: Catalogue, environment: Environment | None) -> Choice:
    return Choice(
        profile=profile.name,
        profile_from="",
        region=profile.region or (environment.region if environment else "") or ANYWHERE,
        environment=environment.name if environment else "(none)",
        sandbox=environment is not None and environment.is_sandbox,
        config_file=found.config.path,
        credentials_file=found.credentials.path,
    )


def _row(profile: Profile, resolved: Resolved) -> tuple[str, ...]:
    who = resolved.identity
    return (
        profile.name,
        profile.kind,
        profile.key or "-",
        profile.region or "-",
        who.account if who else "-",
        who.arn.rpartition(":")[2] if who else "-",
    )


def _json(profile: Profile, resolved: Resolved, told: Sequence[Fault]) -> dict[str, object]:
    who = resolved.identity
    return {
        "name": profile.name,
        "kind": profile.kind,
        "key": profile.key or None,
        "region": profile.region or None,
        "account": who.account if who else None,
        "arn": who.arn if who else None,
        "why": resolved.why or None,
        "faults": [_fault(fault) for fault in told if fault.profile == profile.name],
    }


def _fault(fault: Fault) -> dict[str, str]:
    return {"where": fault.where, "text": fault.text}
