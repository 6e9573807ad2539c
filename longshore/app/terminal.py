"""app.logs and app.shell: kubectl itself has the terminal, with a kubeconfig of ours."""

from __future__ import annotations

import os
from collections.abc import Sequence

from longshore.app.sight import Sight, chosen
from longshore.cluster.errors import asking
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.kubernetes.trouble import is_ready
from longshore.kubernetes.workloads import Workload
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubectl import environment as without_settings
from longshore.steps.report import Reporter

AT_ONCE = 100
"""Pods whose logs are followed at most."""


def logs(
    environment: Environment, report: Reporter, *, workload: str = "", container: str = "", follow: bool = False,
    since: str = "", previous: bool = False,
) -> int:  # fmt: skip
    """Print the logs of all pods, each line after its pod's and container's name; kubectl's exit code."""
    from longshore.process.run import interactive

    sight = Sight(environment, report)
    found = chosen(sight.workloads(), workload, environment)
    if follow and len(found) > 1:
        raise UsageError(
            "which workload? one is followed at a time",
            on=", ".join(one.name for one in found),
            do="name it: --workload NAME",
        )
    code = 0
    for one in found:
        words = log_words(one, container=container, follow=follow, since=since, previous=previous)
        code = interactive(_unlimited(sight.kubectl, words), env=without_settings(os.environ)) or code
    return code


def log_words(one: Workload, *, container: str, follow: bool, since: str, previous: bool) -> list[str]:
    """kubectl's words for the logs of a workload's pods."""
    which = ["--container", container] if container else ["--all-containers"]
    wishes = [
        *(["--follow"] if follow else []),
        *([f"--since={since}"] if since else []),
        *(["--previous"] if previous else []),
    ]
    return [
        "logs", "--namespace", one.namespace, "--selector", one.selector, "--prefix", "--tail=-1", "--ignore-errors",
        f"--max-log-requests={AT_ONCE}", *which, *wishes,
    ]  # fmt: skip


def shell(
    environment: Environment, report: Reporter, *, workload: str = "", container: str = "", command: Sequence[str] = ()
) -> int:
    """A command (a shell, where none is given) in a ready pod; its exit code."""
    from longshore.process.run import interactive

    sight = Sight(environment, report)
    (one, *_) = chosen(sight.workloads(), workload, environment)
    with asking(sight.guard, doing=f"look for a pod of {one.name}"):
        pods = sight.kubectl.all("pods", one.namespace, selector=one.selector)
    ready = [pod["metadata"]["name"] for pod in pods if is_ready(pod) and not pod["metadata"].get("deletionTimestamp")]
    if not ready:
        raise UsageError("no pod is ready", on=str(one), do=f"inv app.status --env {environment.name}")
    report.note(f"in pod {ready[0]}")
    words = shell_words(one, ready[0], container, command, terminal=os.isatty(0))
    return interactive(_unlimited(sight.kubectl, words), env=without_settings(os.environ))


def shell_words(one: Workload, pod: str, container: str, command: Sequence[str], *, terminal: bool) -> list[str]:
    """kubectl's words for a command in a pod."""
    which = ["--container", container] if container else []
    return [
        "exec", "--namespace", one.namespace, pod, "--stdin", *(["--tty"] if terminal else []), *which, "--",
        *(command or ["sh"]),
    ]  # fmt: skip


def _unlimited(kubectl: Kubectl, words: Sequence[str]) -> list[str]:
    """Without the limit that one request has: this one lasts as long as the person wants."""
    return [word for word in kubectl.argv(*words) if not word.startswith("--request-timeout")]
