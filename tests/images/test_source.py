"""The commit, what differs from it, and the tag that comes of both."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.images import source
from longshore.images.dockerfile import Dockerfile
from tests.images.conftest import Write


def test_a_clean_tree_is_tagged_by_its_commit(environment: Environment, dockerfile: Dockerfile) -> None:
    found = source.read(environment, dockerfile)
    assert found.tag == found.head.commit
    labels = found.labels(environment)
    assert labels.pop("org.opencontainers.image.created").endswith("Z")
    assert labels == {
        "org.opencontainers.image.revision": found.head.commit,
        "org.opencontainers.image.version": found.head.commit,
        "org.opencontainers.image.title": "bank",
    }


def test_a_changed_tree_has_a_tag_of_its_own_for_each_content(
    environment: Environment, dockerfile: Dockerfile, write: Write
) -> None:
    write("main.go", "package other\n")
    first = source.read(environment, dockerfile)
    assert first.tag.startswith(f"{first.head.commit}-dirty-")
    assert first.changed == (Path("main.go"),)
    assert first.labels(environment)["org.opencontainers.image.revision"] == f"{first.head.commit}-dirty"
    assert source.read(environment, dockerfile).tag == first.tag
    write("main.go", "package third\n")
    assert source.read(environment, dockerfile).tag != first.tag
    write("main.go", "package other\n")
    (environment.root / "main.go").chmod(0o755)
    assert source.read(environment, dockerfile).tag != first.tag


def test_what_the_builder_does_not_get_changes_nothing(
    environment: Environment, dockerfile: Dockerfile, write: Write
) -> None:
    write(".dockerignore", ".git\n.longshore\napp.env\nnotes\n.dockerignore\n")
    write("notes/today.txt", "x")
    assert source.read(environment, dockerfile).changed == ()
    write("Dockerfile", "FROM scratch\n")
    assert source.read(environment, dockerfile).changed == (Path("Dockerfile"),)


def test_a_changed_tree_is_refused_where_it_is_protected(
    protected: Environment, dockerfile: Dockerfile, write: Write
) -> None:
    source.read(protected, dockerfile)
    write("main.go", "package other\n")
    with pytest.raises(Refused) as error:
        source.read(protected, dockerfile)
    assert error.value.lines() == [
        f"error: the image would not be the commit's (1 changed file), nothing was built (main.go in {protected.root})",
        "  why: dev is protected: what runs there must be a commit",
        "  next: commit or discard them: git status",
    ]


def test_without_a_commit_there_is_no_image(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    outside = Dockerfile(tmp_path / "Dockerfile", tmp_path)
    with pytest.raises(UsageError, match="an image is known by its commit"):
        source.read(dataclasses.replace(environment, root=tmp_path), outside)
