"""The first steps of iam.remove-user: the user's ways into the environment's cluster go while IAM can still say who the user is."""

from __future__ import annotations

from longshore.aws.session import open_session
from longshore.cluster.access.grants.revoke import revoke
from longshore.cluster.eks import Eks
from longshore.environments.environment import Environment
from longshore.steps.step import Context, Done, Status, Step


def leave(environment: Environment, user: str) -> list[Step]:
    """The steps of a revocation; where there is no cluster of that name, each of them is done. None where the environment names no cluster.

    Whose session it is, the removal has asked already: that step is left out, and looks once when the next one begins.
    """
    if not environment.eks_cluster:
        return []
    presence = _Presence(Eks(open_session(environment)), environment.eks_cluster)
    identity, *steps = revoke(environment, "user", user)
    return [_WhereThereIsACluster(step, presence, identity) for step in steps]


class _Presence:
    """Whether there is the cluster: asked once."""

    def __init__(self, eks: Eks, name: str) -> None:
        self.name = name
        self._eks = eks
        self._found: bool | None = None

    def __bool__(self) -> bool:
        if self._found is None:
            self._found = self._eks.cluster(self.name) is not None
        return self._found


class _WhereThereIsACluster(Step):
    """A step of a revocation, under a name that no step of the removal has."""

    def __init__(self, step: Step, presence: _Presence, identity: Step) -> None:
        self.name = f"cluster-{step.name}"
        self.title = f"{step.title} ({presence.name})"
        self.after = None if step.after is None else tuple(f"cluster-{name}" for name in step.after)
        self._step = step
        self._presence = presence
        self._identity = identity

    def check(self, run: Context) -> Status:
        """Raises as the step does."""
        if not self._presence:
            return Done("there is no such cluster")
        self._identity.check(run)
        return self._step.check(run)

    def apply(self, run: Context) -> None:
        self._step.apply(run)
