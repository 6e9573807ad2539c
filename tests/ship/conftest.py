"""The bank as a repository that is shipped: Dockerfile, manifests, migrations, an empty database, no image and nothing in the cluster."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import Bank
from tests.app.pushing import REPOSITORY, push
from tests.live import BANK, Checkout, Running, git
from tests.live_cluster import WITH_CLUSTER, LiveCluster
from tests.running import Result

SHIP = ("ship", "--smoke", "/health")
INTEREST = {
    "000006_interest.up.sql": "ALTER TABLE accounts ADD COLUMN interest bigint NOT NULL DEFAULT 0;\n",
    "000006_interest.down.sql": "ALTER TABLE accounts DROP COLUMN interest;\n",
}


@dataclass(frozen=True)
class Shipyard:
    """`bank` is the application on the sandbox's cluster."""

    live: LiveCluster
    bank: Bank
    builder: Mapping[str, str]

    def ship(self, *words: str, checkout: Checkout | None = None) -> Result:
        return (checkout or self.live).inv(*SHIP, *words, env=self.builder)

    def begin(self, *words: str, checkout: Checkout | None = None, script: str = "") -> Running:
        return (checkout or self.live).inv.begin(*words, env=self.builder, script=script)

    def commit(self, **files: str) -> str:
        """Commit all that is there; the commit."""
        for name, text in files.items():
            (self.live.project / name).write_text(text)
        git(self.live.project, "add", "-A")
        git(self.live.project, "commit", "-q", "--allow-empty", "-m", "change")
        return head(self.live.project)

    def migration(self, files: Mapping[str, str] = INTEREST) -> None:
        for name, text in files.items():
            (self.live.migrations / name).write_text(text)

    def built(self) -> str:
        """The commit's image is in ECR already: its digest. (No builder is needed then.)"""
        return push(self.ecr, head(self.live.project))

    @property
    def ecr(self) -> Any:
        return self.live._session.client("ecr")

    def images(self) -> list[dict[str, Any]]:
        """What ECR has."""
        with suppress(self.ecr.exceptions.RepositoryNotFoundException):
            found: list[dict[str, Any]] = self.ecr.describe_images(repositoryName=REPOSITORY)["imageDetails"]
            return found
        return []

    def empty(self) -> None:
        """ECR has nothing of it."""
        with suppress(self.ecr.exceptions.RepositoryNotFoundException):
            self.ecr.delete_repository(repositoryName=REPOSITORY, force=True)

    def mark(self) -> tuple[int, int, list[tuple[Any, ...]]]:
        """For `untouched`: where the records of AWS and the cluster end now, and what is in the database."""
        return len(self.live.calls()), self.live.api_mark(), self._rows()

    def untouched(self, mark: tuple[int, int, list[tuple[Any, ...]]]) -> None:
        """Nothing was written since the mark: to AWS, the cluster, the database."""
        calls, api, rows = mark
        assert self.live.writes(calls) == []
        assert self.live.api_writes(api) == []
        assert self._rows() == rows

    def _rows(self) -> list[tuple[Any, ...]]:
        """What is in the schema, and which transaction wrote each row of golang-migrate's table and ours."""
        found = self.live.ask(
            "SELECT relname, relfilenode::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        )
        for table in {"schema_migrations", "longshore_migrations"} & self.live.tables:
            found += self.live.ask(f"SELECT '{table}', xmin::text FROM {table}")
        return sorted(found)

    def clone(self, folder: Path) -> Checkout:
        """The same commit, elsewhere."""
        clone = self.live.clone(folder)
        for name in ("k8s", ".git"):
            shutil.copytree(self.live.project / name, clone.project / name)
        for name in ("Dockerfile", ".dockerignore", ".gitignore"):
            shutil.copy(self.live.project / name, clone.project)
        return clone


def head(project: Path) -> str:
    said = subprocess.run(["git", "-C", project, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return said.stdout.strip()


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Buildah's variables: a store of the tests' own, and no container."""
    store = tmp_path_factory.mktemp("store")
    (store / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{store}/graph"\nrunroot = "{store}/run"\n'
    )
    (store / "auth.json").write_text("{}")
    return {
        "BUILDAH_ISOLATION": "chroot",
        "CONTAINERS_STORAGE_CONF": str(store / "storage.conf"),
        "REGISTRY_AUTH_FILE": str(store / "auth.json"),
    }


@pytest.fixture
def shipyard(live_cluster: LiveCluster, builder: Mapping[str, str]) -> Iterator[Shipyard]:
    live = live_cluster
    live.clear_faults()
    live.reset_access()
    live.put_secret(live.secret)
    yard = Shipyard(live, Bank(live, "", ""), builder)
    start = head(live.project)
    try:
        yard.empty()
        yard.bank.clean()
        shutil.rmtree(live.migrations)
        shutil.copytree(BANK, live.migrations)
        live.clean_database()
        yard.commit(
            **{
                "Dockerfile": "FROM scratch\nCOPY migrations /migrations\n",
                ".dockerignore": ".git\n.longshore\nenv\nplain\n**/app.env\n",
            }
        )
        yield yard
    finally:
        live.clear_faults()
        yard.empty()
        yard.bank.clean()
        git(live.project, "reset", "-q", "--hard", start)
        git(live.project, "clean", "-q", "-f", "-d")
        for name, text in WITH_CLUSTER.items():
            live.env_file(name, text)


def summary_of(result: Result) -> dict[str, str]:
    found: dict[str, str] = json.loads(result.stdout)["summary"]
    return found


def rows(said: str, names: Sequence[str] = ("image", "database", "application")) -> dict[str, str]:
    """The summary of a failure, from what was said on stderr."""
    return {
        name: line.partition(": ")[2] for line in said.splitlines() for name in names if line.startswith(f"{name}: ")
    }
