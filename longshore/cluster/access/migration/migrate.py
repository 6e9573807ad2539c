"""cluster.migrate-access: from aws-auth to access entries, one principal after the other, each proven before its line goes."""

from __future__ import annotations

from dataclasses import dataclass

from longshore.cluster.access.migration.bridge import Bridge, BridgeGone
from longshore.cluster.access.migration.ground import Ground
from longshore.cluster.access.migration.last_lines import EntryOfNodes, NoLinesLeft
from longshore.cluster.access.migration.mode import ChangeMode
from longshore.cluster.access.migration.move import Move
from longshore.cluster.access.migration.moved import BRIDGE
from longshore.cluster.access.pending import Pending
from longshore.cluster.access.principal import FindPrincipal, Kind
from longshore.cluster.access.snapshots import TakeSnapshot
from longshore.cluster.aws_auth.arn import canonical
from longshore.cluster.eks import API, BOTH, CONFIG_MAP
from longshore.cluster.guard import guards
from longshore.environments.environment import Environment
from longshore.steps.looking import Looking
from longshore.steps.report import Reporter
from longshore.steps.step import Context, Step


@dataclass(frozen=True)
class Migration:
    """`ask` is why it asks in every environment; empty: it does not."""

    steps: list[Step]
    ask: str = ""


def migrate(
    environment: Environment, report: Reporter, kind: Kind | None = None, name: str = "", *, final: bool = False
) -> Migration:
    """The steps, for which aws-auth is read: there is one for each principal in it, or for the one that is named.

    Raises Refused and UsageError as the guards do, UsageError for an aws-auth that can't be parsed.
    """
    identity, guard = guards(environment)
    looking = Looking(report)
    identity.check(looking)
    guard.check(looking)
    ground = Ground(guard)
    ground.begin(looking)
    wanted = [mapping.arn for mapping in ground.lines(looking)]
    steps: list[Step] = [identity, guard]
    if kind is not None:
        principal = FindPrincipal(identity.session, kind, name, environment.account_id)
        principal.check(looking)
        wanted = [principal.found.arn]
        steps.append(principal)
    if kind is None:
        # Those whose line has gone, and whose entry a killed run has left with a group that was for the moment only.
        known = {canonical(arn) for arn in wanted}
        wanted += [entry.arn for entry in ground.unfinished() if canonical(entry.arn) not in known]
    moves = [Move(ground, arn) for arn in wanted]
    bridge = Bridge(guard, lambda run: _administrators_move(ground, moves, run))
    mode = ChangeMode(guard, BOTH)
    last = _last(ground, looking) if final else []

    pending = Pending([mode, *moves, *last])
    steps += [TakeSnapshot(guard, ground.aws_auth, ground.entries, pending), mode, bridge, *moves]
    steps += [BridgeGone(guard, lambda run: _administrators_move(ground, moves, run)), *last]
    return Migration(steps, _ask(guard.cluster.mode, final))


def _administrators_move(ground: Ground, moves: list[Move], run: Context) -> bool:
    lines = [ground.line(run, move.arn) for move in moves]
    plans = [ground.moved(line) for line in lines if line is not None]
    return any(plan.entry is not None and BRIDGE in plan.bridging for plan in plans)


def _last(ground: Ground, run: Context) -> list[Step]:
    nodes = [mapping for mapping in ground.document(run).effective if mapping.is_node]
    return [*(EntryOfNodes(ground, mapping) for mapping in nodes), NoLinesLeft(ground), ChangeMode(ground.guard, API)]


def _ask(mode: str, final: bool) -> str:
    if final and mode != API:
        return "EKS will not read aws-auth any more, and there is no way back"
    return (
        f"the authentication mode goes from {CONFIG_MAP} to {BOTH}, and EKS has no way back"
        if mode == CONFIG_MAP
        else ""
    )
