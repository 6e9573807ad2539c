"""The step that looks whether the secret has what the application needs, before anything is built on it."""

from __future__ import annotations

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.programs.repository import Repository
from longshore.secrets.check import example
from longshore.secrets.check.finding import FAULT, NOT_CHECKED
from longshore.secrets.read import ReadSecret
from longshore.steps.step import Context, Done, Look, Status


class CheckKeys(Look):
    """The secret has the keys that app.env.example names."""

    name = "keys"
    title = "Keys that the application needs"

    def __init__(self, environment: Environment, secret: ReadSecret) -> None:
        self._environment = environment
        self._read = secret
        self._found = ""

    def check(self, run: Context) -> Status:
        """Raises UsageError naming what is missing."""
        self._found = self._found or self._look()
        return Done(self._found)

    def _look(self) -> str:
        env, values = self._environment, self._read.secret.values
        findings = list(example.findings(env.root, Repository.around(env.root), values, env.name))
        faults = [one for one in findings if one.state == FAULT]
        if faults:
            raise UsageError(
                "the secret lacks what the application needs",
                on=f"{self._read.secret.where}, {faults[0].on}",
                why="; ".join(one.detail for one in faults),
                do=faults[0].mend
                if len(faults) == 1
                else f"inv secrets.push --env {env.name} --file FILE, with these keys",
            )
        (found,) = findings
        return (
            f"{found.state}, {found.on}: {found.detail}"
            if found.state == NOT_CHECKED
            else f"{found.on}: {found.detail}"
        )
