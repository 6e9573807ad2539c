"""What iam.status answers: who there is, with which keys and how old they are, and whether the groups may what they should."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from longshore.answers import Answer, Table
from longshore.environments.environment import Environment
from longshore.iam.entities import AccessKey, LastUse, User
from longshore.iam.guarded import Guarded, guarded
from longshore.iam.managed_policy import ManagedPolicy, short_name
from longshore.iam.scope import GROUPS
from longshore.steps.looking import look
from longshore.steps.report import Reporter
from longshore.words import counted

OLD = timedelta(days=90)
"""From then on a key is to be rotated, and one that was not used is needed by nobody."""
AT_ONCE = 8
"""Users that are asked about side by side: IAM allows few calls a second."""

S = TypeVar("S")
R = TypeVar("R")


@dataclass(frozen=True)
class Held:
    """A key and its last use."""

    key: AccessKey
    use: LastUse

    def age(self, now: datetime) -> int:
        """In days."""
        return (now - self.key.created).days


@dataclass(frozen=True)
class Somebody:
    """A user with what counts for safety."""

    user: User
    groups: tuple[str, ...]
    keys: tuple[Held, ...]
    console: bool
    mfa: int

    def warnings(self, now: datetime) -> list[str]:
        """What to mend, a line each."""
        name = self.user.name
        lines = [f"key {held.key.short} {why}" for held in self.keys for why in _of_key(held, now)]
        active = [held for held in self.keys if held.key.active]
        if len(active) > 1:
            lines.append("has two active keys: one of them is enough, except while it is rotated")
        if self.console and not self.mfa:
            lines.append("logs in to the console without MFA")
        if self.console and active:
            lines.append("has a console password and an access key: a person can do without the key (SSO, aws login)")
        if not self.groups:
            lines.append("is in no group")
        return [f"{name} {line}" if not line.startswith("key ") else f"{name}: {line}" for line in lines]


@dataclass(frozen=True)
class GroupState:
    """A group, the policies that iam.setup gives it and what differs in them, and what it has from others."""

    name: str
    there: bool
    policies: tuple[tuple[str, tuple[str, ...]], ...]
    others: tuple[str, ...]


def status(environment: Environment, report: Reporter) -> Answer:
    """Raises Refused for another account than the environment's, Failed where IAM refuses."""
    begun = guarded(environment)
    look([begun.guard], report)
    report.progress("asking IAM about groups and users")
    groups = [_group(begun, name) for name in GROUPS]
    users = begun.iam.users()
    somebodies = _side_by_side(lambda user: _somebody(begun, user), users)
    now = datetime.now(UTC)
    warnings = [line for one in somebodies for line in one.warnings(now)]
    drift = [line for group in groups for line in _drift(group, environment.name)]
    return Answer(
        {
            "environment": environment.name,
            "account": environment.account_id,
            "groups": [_group_json(group) for group in groups],
            "users": [_user_json(one, now) for one in somebodies],
            "warnings": warnings,
        },
        [
            Table(("group", "state", "policies", "others"), [_group_row(group) for group in groups], title="groups"),
            Table(
                ("user", "groups", "console", "MFA", "key", "state", "age", "last used"),
                [row for one in somebodies for row in _rows(one, now)],
                title="users",
            ),
        ],
        [*drift, *warnings],
    )


def _side_by_side(ask: Callable[[S], R], about: Iterable[S]) -> list[R]:
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(ask, about))


def _somebody(begun: Guarded, user: User) -> Somebody:
    iam = begun.iam
    keys = tuple(Held(key, iam.last_use(key)) for key in iam.keys_if_any(user.name))
    return Somebody(
        user, tuple(iam.groups_of(user.name)), keys, iam.has_password(user.name), len(iam.mfa_devices(user.name))
    )


def _group(begun: Guarded, name: str) -> GroupState:
    found = begun.iam.group(name)
    attached = begun.iam.attached("group", name) if found else []
    policies = []
    wished = [ManagedPolicy(begun.iam, begun.scope, template) for template in GROUPS[name]]
    for policy in wished:
        there = begun.iam.policy(policy.arn)
        differs = ["it is not made"] if there is None else policy.drift(there)
        if there is not None and policy.arn not in attached:
            differs.append("it is not attached")
        policies.append((short_name(policy.arn), tuple(differs)))
    ours = {policy.arn for policy in wished}
    others = [short_name(arn) for arn in attached if arn not in ours]
    return GroupState(
        name, found is not None, tuple(policies), tuple(others + (begun.iam.inline("group", name) if found else []))
    )


def _of_key(held: Held, now: datetime) -> list[str]:
    if not held.key.active:
        return ["is disabled: rotate-key deletes it"]
    lines = [f"is {held.age(now)} days old: rotate it"] if now - held.key.created > OLD else []
    idle = now - (held.use.at or held.key.created)
    if idle > OLD:
        lines.append(
            f"was {'not used for' if held.use.at else 'never used in'} {idle.days} days: does anybody need it?"
        )
    return lines


def _drift(group: GroupState, environment: str) -> list[str]:
    if not group.there:
        return [f"group {group.name} is not there: inv iam.setup --env {environment}"]
    return [f"{name}: {line}" for name, differs in group.policies for line in differs]


def _group_row(group: GroupState) -> tuple[str, ...]:
    faults = sum(len(differs) for _, differs in group.policies)
    state = "not there" if not group.there else "as it should be" if not faults else counted(faults, "difference")
    return group.name, state, ", ".join(name for name, _ in group.policies), ", ".join(group.others)


def _rows(one: Somebody, now: datetime) -> list[tuple[str, ...]]:
    who = (
        one.user.path.removeprefix("/") + one.user.name,
        ", ".join(one.groups) or "-",
        _yes(one.console),
        _yes(one.mfa),
    )
    if not one.keys:
        return [(*who, "-", "", "", "")]
    first, *more = (
        (held.key.short, "active" if held.key.active else "disabled", f"{held.age(now)} d", _use(held.use))
        for held in one.keys
    )
    return [(*who, *first), *(("", "", "", "", *row) for row in more)]


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _use(use: LastUse) -> str:
    return f"{use.at:%Y-%m-%d} {use.service}" if use.at else "never"


def _group_json(group: GroupState) -> dict[str, object]:
    return {
        "name": group.name,
        "exists": group.there,
        "policies": [{"name": name, "differs": list(differs)} for name, differs in group.policies],
        "others": list(group.others),
    }


def _user_json(one: Somebody, now: datetime) -> dict[str, object]:
    return {
        "name": one.user.name,
        "arn": one.user.arn,
        "created": _time(one.user.created),
        "groups": list(one.groups),
        "console": one.console,
        "password_last_used": _time(one.user.password_last_used),
        "mfa_devices": one.mfa,
        "keys": [
            {
                "id": held.key.short,
                "active": held.key.active,
                "created": _time(held.key.created),
                "age_days": held.age(now),
                "last_used": _time(held.use.at),
                "last_used_for": held.use.service or None,
            }
            for held in one.keys
        ],
        "warnings": one.warnings(now),
    }


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None
