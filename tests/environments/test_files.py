from __future__ import annotations

from pathlib import Path

import pytest

from longshore.environments.environment import Origin
from longshore.environments.files import Entry, find_root, names, read
from longshore.errors import UsageError
from tests.environments.project import write


def entries(project: Path, text: str | bytes, name: str = "dev") -> dict[str, tuple[str, int | None]]:
    write(project, **{name.replace(".", "_"): text})
    layer = read(project / "env" / f"{name}.env", project)
    assert layer.faults == []
    return {key: (entry.text, entry.origin.line) for key, entry in layer.entries.items()}


def faults(project: Path, text: str | bytes, name: str = "dev") -> list[str]:
    write(project, **{name.replace(".", "_"): text})
    return read(project / "env" / f"{name}.env", project).faults


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("\n\n# only a comment\n", {}),
        ("APP=bank", {"APP": ("bank", 1)}),
        ("export APP=bank\n", {"APP": ("bank", 1)}),
        ("APP='bank'\n", {"APP": ("bank", 1)}),
        ('APP="bank" # why\n', {"APP": ("bank", 1)}),
        ("APP = bank \n", {"APP": ("bank", 1)}),
        ("APP=\n", {"APP": ("", 1)}),
        ("# a\n\n\nAPP=bank\n\n  \nDB_URL_KEY=X\n", {"APP": ("bank", 4), "DB_URL_KEY": ("X", 7)}),
        ("APP=bank\r\n\r\nDB_URL_KEY=X\r\n", {"APP": ("bank", 1), "DB_URL_KEY": ("X", 3)}),
        ("APP=bank\rDB_URL_KEY=X", {"APP": ("bank", 1), "DB_URL_KEY": ("X", 2)}),
        (b"\xef\xbb\xbfAPP=bank\n", {"APP": ("bank", 1)}),
        ("MIGRATIONS=${HOME}/x\n", {"MIGRATIONS": ("${HOME}/x", 1)}),
        ("SECRETS=aws:a#b\n", {"SECRETS": ("aws:a#b", 1)}),
    ],
)
def test_what_a_file_says(project: Path, text: str | bytes, expected: dict[str, tuple[str, int]]) -> None:
    assert entries(project, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("APP=a\nAPP=b\n", ["env/dev.env:2: APP stands here twice"]),
        ("AP=bank\n", ["env/dev.env:1: unknown key AP; did you mean APP?"]),
        ("\n\nAWS_REGOIN=x\n", ["env/dev.env:3: unknown key AWS_REGOIN; did you mean AWS_REGION?"]),
        ("aws_region=x\n", ["env/dev.env:1: unknown key aws_region"]),
        ("NOTHING_LIKE_IT_AT_ALL_XYZ=x\n", ["env/dev.env:1: unknown key NOTHING_LIKE_IT_AT_ALL_XYZ"]),
        ("APP\n", ["env/dev.env:1: not KEY=VALUE (an empty value is written KEY=)"]),
        ("APP='bank\n", ["env/dev.env:1: not KEY=VALUE"]),
        ("LIKE=prod\n", ["env/dev.env:1: LIKE belongs in env/sandbox.env"]),
        ("DEFAULT_ENV=dev\n", ["env/dev.env:1: DEFAULT_ENV belongs in env/base.env"]),
        ("AWS_CONFIG_FILE=x\n", ["env/dev.env:1: unknown key AWS_CONFIG_FILE; did you mean AWS_PROFILE?"]),
        (b"APP=\xff\xfe\n", ["env/dev.env:1: not a text file (UTF-8)"]),
        ("APP=ü".encode("utf-16"), ["env/dev.env:1: not a text file (UTF-8)"]),
        ("AP=1\nAPP\nAPP=x\nAPP=y\n", [
            "env/dev.env:1: unknown key AP; did you mean APP?",
            "env/dev.env:2: not KEY=VALUE (an empty value is written KEY=)",
            "env/dev.env:4: APP stands here twice",
        ]),
    ],
)  # fmt: skip
def test_each_fault_has_its_line(project: Path, text: str | bytes, expected: list[str]) -> None:
    assert faults(project, text) == expected


SECRETS = {
    "AKIAIOSFODNN7EXAMPLE": "an AWS access key",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": "an AWS secret access key",
    "postgres://bank:hunter2@db:5432/bank": "a URL with a password",
    "POSTGRES://bank:hunter2@db/bank": "a URL with a password",
    "-----BEGIN RSA PRIVATE KEY-----": "a private key",
    "ghp_0123456789abcdefghij": "an access token",
}


@pytest.mark.parametrize(("secret", "what"), SECRETS.items())
def test_a_secret_in_a_committed_file(project: Path, secret: str, what: str) -> None:
    expected = f"env/dev.env:1: APP looks like {what}, and this file is committed: keep it in the secret store (inv secrets.set)"
    assert faults(project, f"APP='{secret}'\n") == [expected]
    assert faults(project, f"APP='{secret}'\n", "dev.local") == []


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("line", ["{}", "{}=", "{}=x", "'{}'", "KEY {}"])
def test_a_secret_that_was_pasted_is_not_repeated(project: Path, secret: str, line: str) -> None:
    for name in ("dev", "dev.local"):
        told = faults(project, line.format(secret) + "\n", name)
        assert told
        assert secret not in "".join(told)


def test_no_secret(project: Path) -> None:
    text = "SECRETS=aws:bank/prod\nDB_CA_FILE=/etc/ssl/0123456789abcdef0123456789abcdef01234567\nAWS_ACCOUNT_ID=111122223333\n"
    assert faults(project, text) == []


def test_a_file_that_cannot_be_read(project: Path) -> None:
    (project / "env" / "folder.env").mkdir()
    assert read(project / "env" / "folder.env", project).faults == ["env/folder.env: Is a directory"]
    assert read(project / "env" / "none.env", project).faults == ["env/none.env: No such file or directory"]


def test_an_entry_knows_its_origin(project: Path) -> None:
    layer = read(project / "env" / "prod.env", project)
    assert layer.entries["PROTECTED"] == Entry("true", Origin("env/prod.env", 5))
    assert str(Origin("default")) == "default"


def test_names(project: Path) -> None:
    write(project, prod_local="", x="")
    for odd in (".env", "-x.env", "a b.env", "--plan.env", "ü.env", "x.env.bak"):
        (project / "env" / odd).touch()
    assert names(project) == ["dev", "prod", "sandbox", "x"]
    assert names(project / "none") == []


def test_the_nearest_project(project: Path, tmp_path: Path) -> None:
    deep = project / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == project
    (deep / "env").mkdir()
    assert find_root(deep) == project, "an env folder without base.env is none of ours"
    (deep / "env" / "base.env").touch()
    assert find_root(deep) == deep
    with pytest.raises(UsageError) as raised:
        find_root(tmp_path)
    assert raised.value.lines() == [
        f"error: no env/base.env here, nor in any folder above ({tmp_path})",
        "  next: longshore init",
    ]
