"""The manual and the README say what is there: every task, flag, key, link and module that they name exists, and every task is in them."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.cli.task import Task
from longshore.environments.keys import KEYS
from tasks import project

ROOT = Path(__file__).parent.parent
TASKS = {path: task for path, task in Task.registry.items() if path in {*project.ns.task_names, *project.ns.tasks}}
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]
PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
WITHOUT_JSON = {"demo", "test"}

CALL = r"(?:(?:\.\.?/)*inv|longshore)"
COMMAND = re.compile(rf"(?<![\w/-]){CALL} (?P<task>[a-z]+(?:[.-][a-z]+)*)(?P<rest>(?:(?! {CALL} )[^`|;&)\n])*)")
FLAG = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")
OF_INVOKE = {"list", "help", "version"}
"""Core options that are told as such: `inv --list`, `inv TASK --help`."""


def code(text: str) -> Iterator[str]:
    """What stands as code: fenced and indented blocks, line by line, and spans."""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line
        else:
            yield from re.findall(r"`([^`]+)`", line)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of ours: the task's name and what follows it."""
    for piece in code(text):
        # A comment at the end of a line is prose.
        for match in COMMAND.finditer(piece.split("   #")[0]):
            yield match["task"], match["rest"].split(" -- ")[0]


def own_tasks(text: str) -> set[str]:
    """The tasks that the code of a page makes itself."""
    return set(re.findall(r"^def (\w+)\(run: Invocation", text, re.MULTILINE))


def flags(task: Task) -> set[str]:
    return {flag.dashed.removeprefix("--") for flag in (*task.own_flags, *task.common_flags)}


@PAGE
def test_commands_are_there(page: Path) -> None:
    text = page.read_text()
    wrong = []
    for name, rest in commands(text):
        if name in own_tasks(text):
            continue
        if name not in TASKS:
            wrong.append(f"inv {name}")
            continue
        wrong += [f"inv {name} --{flag}" for flag in FLAG.findall(rest) if flag not in flags(TASKS[name]) | OF_INVOKE]
    assert wrong == []


def test_commands_are_found() -> None:
    """The reading above reads something."""
    text = 'Say `inv db.migrate [--to N]`; `eval "$(./inv aws.use --profile ci)"`.\n```\n$ inv a.b --x, then inv c --y   # inv d\n```\n'
    assert [(name, FLAG.findall(rest)) for name, rest in commands(text)] == [
        ("db.migrate", ["to"]),
        ("aws.use", ["profile"]),
        ("a.b", ["x"]),
        ("c", ["y"]),
    ]
    assert sum(len(list(commands(page.read_text()))) for page in PAGES) > 100


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_is_documented_with_its_flags(name: str) -> None:
    pages = [
        text for text in (page.read_text() for page in PAGES[1:]) if any(name == task for task, _ in commands(text))
    ]
    assert pages, f"no page shows inv {name}"
    told = {flag for text in pages for piece in code(text) for flag in re.findall(r"--([a-z][a-z0-9-]*)", piece)}
    assert {flag.dashed.removeprefix("--") for flag in TASKS[name].own_flags} - told == set()


@pytest.mark.parametrize("name", sorted(TASKS))
def test_docstring_ends_with_an_example(name: str) -> None:
    lines = (TASKS[name].body.__doc__ or "").strip().splitlines()
    assert len(lines) >= 3, "a sentence, an empty line, an example"
    assert lines[-2].strip() == ""
    found = list(commands(f"    {lines[-1].strip()}"))
    assert [task for task, _ in found] == [name]
    given = set(FLAG.findall(found[0][1]))
    assert given <= flags(TASKS[name])
    assert {flag.dashed.removeprefix("--") for flag in TASKS[name].own_flags if flag.required} <= given


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_flag_has_a_help(name: str) -> None:
    assert [flag.dashed for flag in TASKS[name].own_flags if not flag.help] == []


def test_keys() -> None:
    rows = re.findall(
        r"^\| `([A-Z0-9_]+)` \| (.*?) \| (?:`(.*?)`)? ?\| (.*?) \|$", (ROOT / "docs/env.md").read_text(), re.M
    )
    assert [row[:3] for row in rows] == [(key.name, key.meaning, key.default) for key in KEYS]
    only = {name: re.findall(r"only in env/(\w+)\.env", takes) for name, _, _, takes in rows}
    assert only == {key.name: [key.only_in] if key.only_in else [] for key in KEYS}


@PAGE
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.is_file() or (anchor and anchor not in anchors(file)):
            wrong.append(target)
    assert wrong == []


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_index() -> None:
    linked = set(re.findall(r"^\| \[.*?\]\((.*?)\)", (ROOT / "docs/index.md").read_text(), re.MULTILINE))
    assert linked == {page.name for page in DOCS} - {"index.md"}


@PAGE
def test_modules_are_there(page: Path) -> None:
    """`longshore.a.b.name` and `longshore.a.b`: `name(...)`, in tables and prose."""
    text = page.read_text()
    for dotted, several in re.findall(
        r"`(longshore(?:\.\w+)+)(?:\([^`]*\))?`(?:: ((?:`\w+\([^`]*\)`(?:, )?)+))?", text
    ):
        found = resolve(dotted)
        assert [name for name in re.findall(r"`(\w+)\(", several) if not hasattr(found, name)] == []


def resolve(dotted: str) -> object:
    """A module, or what a module has."""
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return getattr(importlib.import_module(module), name)


@PAGE
def test_python_code_imports_what_is_there(page: Path) -> None:
    for block in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module:
                # In a wheel the tasks are longshore.tasks.
                module = importlib.import_module(re.sub(r"^longshore\.tasks\b", "tasks", node.module))
                for alias in node.names:
                    assert hasattr(module, alias.name) or resolve(f"{node.module}.{alias.name}")


@pytest.mark.parametrize("name", sorted(set(TASKS) - WITHOUT_JSON))
def test_json_answers_are_in_the_manual(name: str) -> None:
    pages = [page.read_text() for page in DOCS if page.name != "json.md"]
    told = any(f"{name} --json" in text for text in pages)
    assert told or re.search(rf"(?<![\w.]){re.escape(name)}\b", (ROOT / "docs/json.md").read_text())


def test_exit_codes() -> None:
    from longshore.errors import Exit

    rows = re.findall(r"^\| (\d+) \|", (ROOT / "docs/exit-codes.md").read_text(), re.MULTILINE)
    assert [int(row) for row in rows] == sorted(int(code) for code in Exit)


@pytest.mark.parametrize("name", ["demo.cast", "demo.svg"])
def test_recording_shows_no_machine(name: str) -> None:
    text = (ROOT / "docs" / name).read_text()
    assert re.findall(r"/tmp/|/root/|/home/|/Users/|root@|https?://(?!127\.0\.0\.1|www\.w3\.org)[\w.-]+", text) == []
