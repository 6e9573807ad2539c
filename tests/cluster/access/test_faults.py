"""What goes wrong around a grant: another account, another cluster behind the name, no API server, storms of conflicts, throttling."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from longshore.cluster.access import config_map, proof
from longshore.cluster.access.config_map import AwsAuth
from longshore.cluster.access.level import Grant
from longshore.cluster.access.migration.migrate import migrate
from longshore.cluster.access.undoing.undo import undo
from longshore.cluster.eks import Cluster, Eks
from longshore.errors import Failed, LongshoreError, Refused, UsageError
from longshore.programs.kubernetes import Asked
from longshore.steps.report import Silent
from tests.cluster.access.world import DEVELOPER, GITHUB, World, refused

pytestmark = pytest.mark.integration


def another_ca() -> str:
    """A CA that has signed nothing here, in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "another")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def behind_the_name(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """From now on DescribeCluster answers something else."""
    real = Eks.cluster

    def change(**fields: str) -> None:
        def cluster(self: Eks, name: str) -> Cluster | None:
            found = real(self, name)
            return dataclasses.replace(found, **fields) if found else None  # type: ignore[arg-type]

        monkeypatch.setattr(Eks, "cluster", cluster)

    return change


@pytest.fixture
def untouched(world: World) -> Iterator[None]:
    """Nothing is written, in AWS or in the cluster."""
    mark, calls, was = world.live.api_mark(), len(world.live.calls()), world.live.aws_auth
    yield
    assert world.live.api_writes(mark) == []
    assert world.live.writes(calls) == []
    assert world.live.aws_auth == was


def everything(world: World) -> list[Callable[[], object]]:
    return [
        world.grant,
        lambda: world.grant(via="aws-auth"),
        world.revoke,
        lambda: world.run("undo", undo(world.environment)),
        lambda: world.run("migrate-access", migrate(world.environment, Silent()).steps),
    ]


def test_the_wrong_account(world: World, untouched: None) -> None:
    other = World(world.live, dataclasses.replace(world.environment, account_id="999988887777"))
    for do in everything(other):
        assert refused(do, Refused, "wrong account 111122223333, nothing was touched").code == 3


def test_the_wrong_region_or_name(world: World, untouched: None) -> None:
    other = World(world.live, dataclasses.replace(world.environment, eks_cluster="bank-dve"))
    for do in everything(other):
        assert refused(do, UsageError, "there is no cluster bank-dve").code == 2


def test_another_ca_behind_the_right_name(world: World, untouched: None, behind_the_name: Callable[..., None]) -> None:
    behind_the_name(certificate_authority=another_ca())
    for do in everything(world)[1:3]:
        assert refused(do, Refused, "another server answers").code == 3


def test_another_endpoint_behind_the_right_name(
    world: World, untouched: None, behind_the_name: Callable[..., None]
) -> None:
    behind_the_name(endpoint="https://bank-dev.example.com")
    for do in everything(world):
        assert refused(do, Refused, "the cluster's API server is not where it should be").code == 3
    behind_the_name(arn="arn:aws:eks:eu-west-1:111122223333:cluster/bank-dev")
    assert refused(world.grant, Refused, "wrong cluster, nothing was touched").code == 3


def test_the_api_server_is_down(world: World, untouched: None, behind_the_name: Callable[..., None]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        behind_the_name(endpoint=f"https://127.0.0.1:{taken.getsockname()[1]}")
        for do in everything(world)[:3]:
            assert refused(do, Failed, "the API server does not answer").code == 1


def test_a_session_that_has_expired(world: World, untouched: None) -> None:
    for service in ("sts", "eks"):
        world.live.fault("expired-token", service)
        assert refused(world.grant, UsageError, "has expired").code == 2
        world.live.clear_faults()


def test_throttling_passes_or_is_told(world: World) -> None:
    for operation in ("DescribeCluster", "CreateAccessEntry", "AssociateAccessPolicy", "ListAccessEntries"):
        world.live.fault("throttling", "eks", operation, times=2)
    world.grant()
    assert world.policies(GITHUB) == {"ViewPolicy": []}
    world.revoke()
    world.live.fault("throttling", "eks", "AssociateAccessPolicy", times=20)
    assert refused(world.grant, LongshoreError, "AWS throttles AssociateAccessPolicy").code == 1
    world.live.clear_faults()
    # The entry is there without its policy; the same again mends it.
    assert world.policies(GITHUB) == {}
    world.grant()
    assert world.policies(GITHUB) == {"ViewPolicy": []}


def test_an_answer_that_is_lost_after_the_call(world: World) -> None:
    world.live.fault("unreachable-after", "eks", "CreateAccessEntry")
    world.grant(wanted=Grant("edit"))
    assert world.policies(GITHUB) == {"EditPolicy": []}
    world.live.fault("unreachable-after", "eks", "DeleteAccessEntry")
    world.revoke()
    assert GITHUB not in world.live.entries


def test_who_is_locked_out_gets_in_again_by_an_entry(world: World) -> None:
    """EKS's own way back: entries need only AWS's API."""
    world.live.iam.attach_user_policy(UserName="developer", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    try:
        out = World(world.live, dataclasses.replace(world.environment, profile="developer"))
        assert out.groups("developer") is None
        proof_text = out.grant("developer", Grant("admin"))
        assert "as profile developer it is" in proof_text
        assert world.policies(DEVELOPER) == {"ClusterAdminPolicy": []}
        # What could not be read for the snapshot is left alone by the undo.
        was = world.live.aws_auth
        world.run("undo", undo(world.environment))
        assert (DEVELOPER in world.live.entries, world.live.aws_auth) == (False, was)
    finally:
        world.live.iam.detach_user_policy(UserName="developer", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


class Storm:
    """Somebody else who writes aws-auth before each of our writes, so often."""

    def __init__(self, world: World, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = times
        self.written = 0
        read = AwsAuth.read

        def first(aws_auth: AwsAuth, run: object) -> object:
            found = read(aws_auth, run)  # type: ignore[arg-type]
            if self.left and not run.planning:  # type: ignore[attr-defined]
                self.left -= 1
                self.written += 1
                line = f"# {self.written}\n"
                data = world.live.aws_auth
                world.live.put_aws_auth({**data, "mapUsers": data.get("mapUsers", "") + line})
            return found

        monkeypatch.setattr(AwsAuth, "read", first)


def test_a_storm_of_conflicts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    storm = Storm(world, 8, monkeypatch)
    world.grant(via="aws-auth")
    assert world.may("github", Asked("list", "pods")) == [True]
    text = world.live.aws_auth["mapUsers"]
    assert all(f"# {number}\n" in text for number in range(1, storm.written + 1))


def test_a_storm_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_map, "ATTEMPTS", 4)
    storm = Storm(world, 1000, monkeypatch)
    error = refused(lambda: world.grant(via="aws-auth"), Failed, "others changed it 4 times meanwhile")
    assert error.do == ("run it again",)
    assert GITHUB not in world.live.aws_auth["mapUsers"]
    assert f"# {storm.written}\n" in world.live.aws_auth["mapUsers"]


def test_a_config_map_that_comes_or_goes_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    was, read = world.live.aws_auth, AwsAuth.read
    for before, after in ((None, was), (was, None)):
        world.live.put_aws_auth(before)
        once = threading.Event()

        def first(aws_auth: AwsAuth, run: object, after: object = after, once: threading.Event = once) -> object:
            found = read(aws_auth, run)  # type: ignore[arg-type]
            if not run.planning and not once.is_set():  # type: ignore[attr-defined]
                once.set()
                world.live.put_aws_auth(after)  # type: ignore[arg-type]
            return found

        with monkeypatch.context() as patched:
            patched.setattr(AwsAuth, "read", first)
            world.grant(via="aws-auth")
        assert GITHUB in world.live.aws_auth["mapUsers"]
        assert ("mapRoles" in world.live.aws_auth) == (after is not None)
        world.live.put_aws_auth(was)


def test_a_proof_that_does_not_come(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "PATIENCE", 0)
    monkeypatch.setattr(Grant, "may", property(lambda self: (Asked("delete", "nodes"),)))
    error = refused(world.grant, Failed, "user github-ci does not get what was granted")
    assert "it may not delete nodes" in error.why
    assert error.resume.startswith("inv runs.resume --id ")
