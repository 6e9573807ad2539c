"""kubectl's exact words for logs and a shell."""

from __future__ import annotations

from longshore.app.terminal import log_words, shell_words
from longshore.kubernetes.workloads import Workload

SELECTOR = {
    "matchLabels": {"app": "web"},
    "matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}],
}
WEB = Workload({"kind": "Deployment", "metadata": {"name": "web", "namespace": "bank"}, "spec": {"selector": SELECTOR}})
FIXED = [
    "logs", "--namespace", "bank", "--selector", "app=web,tier in (a,b)", "--prefix", "--tail=-1", "--ignore-errors",
    "--max-log-requests=100",
]  # fmt: skip


def test_logs() -> None:
    plain = log_words(WEB, container="", follow=False, since="", previous=False)
    assert plain == [*FIXED, "--all-containers"]
    all_of_it = log_words(WEB, container="c", follow=True, since="10m", previous=True)
    assert all_of_it == [*FIXED, "--container", "c", "--follow", "--since=10m", "--previous"]


def test_a_shell() -> None:
    words = ["exec", "--namespace", "bank", "web-1", "--stdin"]
    assert shell_words(WEB, "web-1", "", [], terminal=True) == [*words, "--tty", "--", "sh"]
    assert shell_words(WEB, "web-1", "c", ["bash"], terminal=False) == [*words, "--container", "c", "--", "bash"]
