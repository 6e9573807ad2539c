"""Which Dockerfile it is, and where the application expects app.env in the image."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.images import dockerfile as dockerfiles
from longshore.images.dockerfile import Dockerfile
from tests.images.conftest import Write


def of(folder: Path, text: str) -> Dockerfile:
    path = folder / "Dockerfile"
    path.write_text(text)
    return Dockerfile(path, folder)


@pytest.mark.parametrize(
    ("text", "copies", "path"),
    [
        ("FROM scratch\nCOPY app.env /app/\n", True, "/app/app.env"),
        ("FROM scratch\nWORKDIR /app\nCOPY app.env .\nCOPY x y\n", True, "/app/app.env"),
        ("FROM scratch\nWORKDIR /app\nCOPY --chown=1:1 start.sh ./app.env wait-for.sh ./\n", True, "/app/app.env"),
        ("FROM scratch\nWORKDIR /srv\nWORKDIR app\nCOPY app.env config.env\n", True, "/srv/app/config.env"),
        ('FROM scratch\nCOPY ["app.env", "/etc/bank.env"]\n', True, "/etc/bank.env"),
        ("FROM scratch\nadd \\\n  # what it is\n  app.env \\\n  /x/\n", True, "/x/app.env"),
        ("FROM a AS build\nWORKDIR /src\nCOPY app.env .\nFROM scratch\nWORKDIR /app\nCOPY --from=build /app.env .\n", True, "/app/app.env"),
        ("FROM scratch\nWORKDIR /app\nCOPY . .\n", False, "/app/app.env"),
        ("FROM scratch\nCOPY app.env.example /x\n# COPY app.env .\n", False, "/app.env"),
    ],
)  # fmt: skip
def test_where_app_env_is_expected(tmp_path: Path, text: str, copies: bool, path: str) -> None:
    found = of(tmp_path, text)
    assert (found.copies_app_env(), found.app_env_path()) == (copies, path)


def test_its_own_ignore_file_takes_the_place_of_the_contexts(tmp_path: Path) -> None:
    found = of(tmp_path, "FROM scratch\n")
    assert found.left_out() == []
    (tmp_path / ".dockerignore").write_text("a\n")
    assert found.left_out() == ["a"]
    (tmp_path / "Dockerfile.dockerignore").write_text("b\n")
    assert found.left_out() == ["b"]


def test_the_projects_own_comes_first_then_the_only_one_below(
    environment: Environment, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = environment.root
    write("services/api/Dockerfile", "FROM scratch\n")
    assert dockerfiles.find(environment) == Dockerfile(root / "Dockerfile", root)
    (root / "Dockerfile").unlink()
    assert dockerfiles.find(environment) == Dockerfile(root / "services/api/Dockerfile", root / "services/api")
    write("services/web/Dockerfile", "FROM scratch\n")
    with pytest.raises(UsageError, match="which Dockerfile") as error:
        dockerfiles.find(environment)
    assert error.value.on == "services/api/Dockerfile, services/web/Dockerfile"
    monkeypatch.chdir(root / "services")
    found = dockerfiles.find(environment, Path("web/Dockerfile"))
    assert found.context == root / "services/web"
    with pytest.raises(UsageError, match="no such Dockerfile"):
        dockerfiles.find(environment, Path("no/Dockerfile"))
