"""Docker, Podman and buildah: exact argv, what goes by standard input, and which of them is chosen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longshore.errors import Failed, UsageError
from longshore.process.run import ProgramFailed
from longshore.programs import builder
from longshore.programs.buildah import Buildah
from longshore.programs.builder import Builder, Recipe
from longshore.programs.docker import Docker
from longshore.programs.podman import Podman

DIGEST = "sha256:" + "ab" * 32
REMOTE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
HERE = "127.0.0.1:5000"


class StandIn:
    """A program that writes down how it was called, and does what the script says."""

    def __init__(self, folder: Path, name: str, script: str = "") -> None:
        self.folder = folder
        path = folder / name
        path.write_text(f'#!/bin/sh\necho "$*" >>{folder}/told\n{script}\n')
        path.chmod(0o755)

    @property
    def told(self) -> list[str]:
        return (self.folder / "told").read_text().splitlines()


@pytest.fixture
def bin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


def recipe() -> Recipe:
    labels = {"org.opencontainers.image.revision": "c0ffee", "a": "b c"}
    return Recipe(Path("/src"), Path("/src/Dockerfile"), "localhost/bank:c0ffee", labels, {"BASE": "scratch"})


WORDS = (
    "--file /src/Dockerfile --tag localhost/bank:c0ffee --label=a=b c --label=org.opencontainers.image.revision=c0ffee "
    "--build-arg=BASE=scratch /src"
)


@pytest.mark.parametrize(
    ("made", "name", "argv"),
    [
        (lambda: Docker("28"), "docker", f"build {WORDS}"),
        (lambda: Podman("5"), "podman", f"build {WORDS}"),
        (lambda: Buildah("1"), "buildah", f"build --layers {WORDS}"),
    ],
)
def test_build(bin: Path, made: object, name: str, argv: str) -> None:
    stand_in = StandIn(bin, name, "echo STEP 1; echo of 2 >&2")
    lines: list[str] = []
    made().build(recipe(), lines.append)  # type: ignore[operator]
    assert stand_in.told == [argv]
    assert sorted(lines) == ["STEP 1", "of 2"]


def test_docker_pushes_no_document_about_the_build(bin: Path) -> None:
    StandIn(bin, "docker", f'echo "$BUILDX_NO_DEFAULT_ATTESTATIONS" >{bin}/env')
    Docker("28").build(recipe(), lambda line: None)
    assert (bin / "env").read_text() == "1\n"


@pytest.mark.parametrize(
    ("name", "registry", "argv"),
    [
        ("docker", REMOTE, "--config {private} login --username AWS --password-stdin " + REMOTE),
        ("podman", REMOTE, "login --authfile {private}/auth.json --username AWS --password-stdin " + REMOTE),
        (
            "podman",
            HERE,
            "login --authfile {private}/auth.json --tls-verify=false --username AWS --password-stdin " + HERE,
        ),
        (
            "buildah",
            HERE,
            "login --authfile {private}/auth.json --tls-verify=false --username AWS --password-stdin " + HERE,
        ),
    ],
)
def test_the_password_goes_by_standard_input(bin: Path, tmp_path: Path, name: str, registry: str, argv: str) -> None:
    stand_in = StandIn(bin, name, f"cat >{bin}/password")
    private = tmp_path / "private"
    private.mkdir()
    builders: dict[str, Builder] = {"docker": Docker("28"), "podman": Podman("5"), "buildah": Buildah("1")}
    builders[name].login(registry, "AWS", "s3cret-password", private)
    assert stand_in.told == [argv.format(private=private)]
    assert (bin / "password").read_text() == "s3cret-password"


def test_ones_own_login_is_in_ones_own_file(bin: Path) -> None:
    stand_in = StandIn(bin, "docker")
    Docker("28").login(REMOTE, "AWS", "x")
    assert stand_in.told == [f"login --username AWS --password-stdin {REMOTE}"]


def test_docker_push_names_tags_and_tells_the_digest(bin: Path, tmp_path: Path) -> None:
    stand_in = StandIn(bin, "docker", f'case "$*" in *push*) echo "c0ffee: digest: {DIGEST} size: 528";; esac')
    reference = f"{REMOTE}/bank:c0ffee"
    assert Docker("28").push("localhost/bank:c0ffee", reference, tmp_path, lambda line: None) == DIGEST
    assert stand_in.told == [
        f"image tag localhost/bank:c0ffee {reference}",
        f"--config {tmp_path} push {reference}",
        f"image rm {reference}",
    ]


@pytest.mark.parametrize("name", ["podman", "buildah"])
def test_push_reads_the_digest_from_its_file(bin: Path, tmp_path: Path, name: str) -> None:
    stand_in = StandIn(bin, name, f"printf {DIGEST} >{tmp_path}/digest")
    pushes: dict[str, Builder] = {"podman": Podman("5"), "buildah": Buildah("1")}
    reference = f"{HERE}/bank:c0ffee"
    assert pushes[name].push("localhost/bank:c0ffee", reference, tmp_path, lambda line: None) == DIGEST
    flags = f"--authfile {tmp_path}/auth.json --tls-verify=false --digestfile {tmp_path}/digest"
    assert stand_in.told == [f"push {flags} localhost/bank:c0ffee docker://{reference}"]


def test_a_push_without_a_digest_is_a_failure(bin: Path, tmp_path: Path) -> None:
    StandIn(bin, "docker", "echo pushed")
    with pytest.raises(Failed, match="docker push told no digest"):
        Docker("28").push("a", f"{REMOTE}/bank:a", tmp_path, lambda line: None)


def test_docker_is_given_the_users_daemon_and_nobodys_password(
    bin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / ".docker"
    (own / "contexts").mkdir(parents=True)
    (own / "config.json").write_text(json.dumps({"currentContext": "colima", "auths": {"x": {"auth": "c2VjcmV0"}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(own))
    StandIn(bin, "docker")
    private = tmp_path / "private"
    private.mkdir()
    Docker("28").login(REMOTE, "AWS", "x", private)
    assert json.loads((private / "config.json").read_text()) == {"currentContext": "colima"}
    assert (private / "contexts").resolve() == own / "contexts"


@pytest.mark.parametrize(
    ("name", "script", "argv"),
    [
        (
            "docker",
            """echo '[{"Id": "sha256:1", "Config": {"Labels": {"a": "b"}, "Env": ["A=1"]}}]'""",
            "image inspect x",
        ),
        (
            "podman",
            """echo '[{"Id": "sha256:1", "Config": {"Labels": {"a": "b"}, "Env": ["A=1"]}}]'""",
            "image inspect x",
        ),
        (
            "buildah",
            """echo '{"FromImageID": "sha256:1", "OCIv1": {"config": {"Labels": {"a": "b"}, "Env": ["A=1"]}}}'""",
            "inspect --type image x",
        ),
    ],
)
def test_find(bin: Path, name: str, script: str, argv: str) -> None:
    builders: dict[str, Builder] = {"docker": Docker("28"), "podman": Podman("5"), "buildah": Buildah("1")}
    stand_in = StandIn(bin, name, script)
    found = builders[name].find("x")
    assert found is not None
    assert (found.id, found.labels, found.environment) == ("sha256:1", {"a": "b"}, ["A=1"])
    assert stand_in.told == [argv]
    StandIn(bin, name, f"echo no such image >&2; exit {1 if name == 'docker' else 125}")
    assert builders[name].find("x") is None


def test_save(bin: Path) -> None:
    file = Path("/t/image.tar")
    for name, one, argv in (
        ("docker", Docker("28"), "image save --output /t/image.tar x"),
        ("podman", Podman("5"), "save --format oci-archive --output /t/image.tar x"),
        ("buildah", Buildah("1"), "push x oci-archive:/t/image.tar"),
    ):
        stand_in = StandIn(bin, name)
        one.save("x", file)
        assert stand_in.told[-1] == argv


def test_the_first_that_works_is_chosen_and_the_others_faults_are_told(bin: Path) -> None:
    # Whatever this machine has: our stand-ins come first on PATH.
    StandIn(
        bin, "docker", 'case "$*" in version*) echo "Cannot connect to the Docker daemon" >&2; exit 1;; esac; echo 28'
    )
    StandIn(bin, "podman", "echo 'cannot connect to Podman: no machine' >&2; exit 125")
    StandIn(bin, "buildah", "echo 'buildah version 1.28.2 (image-spec 1.1.0, runtime-spec 1.0.2)'")
    assert builder.choose().name == "buildah 1.28.2"
    with pytest.raises(UsageError, match="docker") as error:
        builder.choose("docker")
    assert "its daemon does not answer (Cannot connect to the Docker daemon)" in error.value.why
    StandIn(bin, "buildah", "echo broken >&2; exit 1")
    with pytest.raises(UsageError) as none:
        builder.choose()
    assert all(name in none.value.why for name in ("docker: its daemon", "podman: cannot connect", "buildah: broken"))
    StandIn(bin, "docker", "echo 28.2.2")
    assert builder.choose().name == "docker 28.2.2"


def test_podmans_imitation_of_docker_is_left_to_podman(bin: Path) -> None:
    StandIn(bin, "docker", "echo podman version 5.0.0")
    StandIn(bin, "podman", "echo 5.0.0")
    assert builder.choose().name == "podman 5.0.0"


def test_a_complaint_is_the_line_that_has_the_reason(bin: Path) -> None:
    StandIn(
        bin,
        "buildah",
        "echo 'error building at STEP \"COPY x\": no such file'  >&2; echo 'ERRO[0000] exit status 125' >&2; exit 125",
    )
    with pytest.raises(ProgramFailed) as error:
        Buildah("1").build(recipe(), lambda line: None)
    why = builder.explained(error.value, "it could not build", "Dockerfile").why
    assert why == 'error building at STEP "COPY x": no such file'
