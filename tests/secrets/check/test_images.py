from __future__ import annotations

from pathlib import Path

from longshore.secrets.check.images import findings


def told(root: Path) -> list[tuple[str, str, str, str]]:
    return [(one.on, one.state, one.detail, one.mend) for one in findings(root, ("app.env",))]


def test_without_a_dockerfile(tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "Dockerfile").touch()
    assert told(tmp_path) == [(str(tmp_path), "ok", "no Dockerfile here", "")]


def test_no_dockerignore(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").touch()
    assert told(tmp_path) == [
        (
            "Dockerfile",
            "fault",
            "app.env would be sent to the builder: there is no .dockerignore",
            "add this line to .dockerignore: **/app.env",
        )
    ]


def test_a_line_for_it_or_none(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").touch()
    (tmp_path / ".dockerignore").write_text("**/app.env\n")
    assert told(tmp_path) == [("Dockerfile", "ok", "app.env, by .dockerignore", "")]
    (tmp_path / ".dockerignore").write_text("*\n!*.env\n")
    ((_, state, detail, _),) = told(tmp_path)
    assert (state, detail) == ("fault", "app.env would be sent to the builder: no line of .dockerignore leaves it out")
    (tmp_path / ".dockerignore").write_text("[\n")
    ((_, state, detail, _),) = told(tmp_path)
    assert (state, detail) == ("fault", "Docker refuses a pattern of .dockerignore: [")


def test_a_dockerfile_of_a_folder_is_built_from_there_too(tmp_path: Path) -> None:
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "api.Dockerfile").touch()
    (tmp_path / ".dockerignore").write_text("app.env\n")
    assert [(one[0], one[1]) for one in told(tmp_path)] == [("service/api.Dockerfile", "ok")]
    (tmp_path / "service" / "app.env").touch()
    assert [one[1:] for one in told(tmp_path)] == [
        ("ok", "app.env, by .dockerignore", ""),
        (
            "fault",
            "app.env would be sent to the builder: there is no service/.dockerignore",
            "add this line to service/.dockerignore: **/app.env",
        ),
    ]


def test_a_dockerfile_s_own_file_takes_the_place_of_the_context_s(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").touch()
    (tmp_path / ".dockerignore").write_text("app.env\n")
    (tmp_path / "Dockerfile.dockerignore").write_text("*.md\n")
    assert [(one[0], one[1]) for one in told(tmp_path)] == [("Dockerfile", "fault")]
