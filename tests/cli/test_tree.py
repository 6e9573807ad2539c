"""What `inv --list` and each --help say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tasks import project as tasks_of_the_project
from tests.command import ROOT, Inv, Python

TREE = (Path(__file__).parent / "tree.txt").read_text().split()

HEAVY = (
    "boto3",
    "botocore",
    "rich",
    "sh",
    "psycopg",
    "yaml",
    "moto",
    "dotenv",
    "psutil",
    "flask",
    "ssl",
    "asyncio",
)


def test_the_exact_tree(inv: Inv) -> None:
    listed = inv("--list", "--list-format", "json", cwd=ROOT).check()
    tree = json.loads(listed.stdout)
    names = [task["name"] for task in tree["tasks"]]
    names += [f"{room['name']}.{task['name']}" for room in tree["collections"] for task in room["tasks"]]
    assert sorted(names) == sorted(TREE)
    assert [room["collections"] for room in tree["collections"]] == [[]] * len(tree["collections"])


def test_every_task_is_one_of_ours() -> None:
    from longshore.cli.task import Task

    assert tasks_of_the_project.ns is not None
    paths = {path for path, task in Task.registry.items() if path == task.path and not path.startswith("t.")}
    assert set(TREE) <= paths


@pytest.mark.parametrize("path", TREE)
def test_the_help_ends_with_an_example(path: str) -> None:
    from longshore.cli.task import Task

    assert tasks_of_the_project.ns is not None
    doc = (Task.registry[path].__doc__ or "").rstrip()
    *text, last = [line.strip() for line in doc.splitlines()]
    assert re.search(rf"(inv|longshore) {re.escape(path)}\b", last), last
    assert text[-1] == "", "an empty line before it"
    assert re.fullmatch(r"[A-Z].*\.", " ".join(text).strip()), text
    for flag in Task.registry[path].own_flags:
        assert flag.help, f"{path} {flag.dashed} says nothing"


NO_ANSWER = ["app.logs", "app.shell", "aws.use", "db.shell", "demo", "sandbox.env", "secrets.exec", "test"]


def test_the_common_flags_come_from_what_it_does() -> None:
    from longshore.cli.task import Task

    for path in TREE:
        task = Task.registry[path]
        names = [flag.dashed for flag in task.common_flags]
        assert ("--plan" in names) == ("--confirm" in names) == ("--wait" in names) == bool(task.subject)
        assert ("--json" in names) == task.answers
        own = [flag.dashed for flag in task.own_flags]
        assert not set(own) & set(names), path
    # What these print is no answer for a program: export lines, or another program's output.
    assert sorted(path for path in TREE if not Task.registry[path].answers) == NO_ANSWER


def test_help_of_one(sample: Inv) -> None:
    text = sample("--help", "t.make").check().stdout
    assert "Make a file." in text
    assert "inv t.make --env dev" in text
    assert "--how=STRING      how it goes (, fails" in text or "--how=STRING" in text
    assert "--force-it" in text
    assert re.search(r"^  -\w\b", text, re.MULTILINE) is None, "no short flag"


def test_listing_imports_nothing_heavy(python: Python, inv: Inv) -> None:
    script = """
import sys
from invoke.main import program
try:
    program.run(["inv", "--search-root", sys.argv[1], "--list"])
except SystemExit as end:
    assert not end.code, end
print("loaded:", sorted(set(sys.argv[2:]) & {name.partition(".")[0] for name in sys.modules}))
"""
    heavy = [name for name in HEAVY if name not in _what_invoke_loads(python)]
    # (Invoke itself loads yaml.)
    assert {"boto3", "rich", "sh", "psycopg", "moto", "dotenv"} <= set(heavy)
    assert python(script, ROOT, *heavy).check().stdout.splitlines()[-1] == "loaded: []"


def _what_invoke_loads(python: Python) -> set[str]:
    script = "import sys, json, invoke.main; print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    return set(json.loads(python(script).check().stdout))
