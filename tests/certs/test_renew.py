"""certs.renew and certs.check with cert-manager's real controllers; a renewal that is killed isn't done twice."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from longshore.sandbox import processes
from tests.certs.bench import HOST, PLACES, SECRET, Certs, pair
from tests.command import lives, until
from tests.faults.test_kill import TRIGGER
from tests.live import told
from tests.live_cluster import CLUSTER

pytestmark = pytest.mark.integration

RECORDS = 8
"""Of an uninterrupted renewal."""
KILLED_AFTER_IT_ASKED = """
import os, signal, sys
from invoke.main import program
from longshore.certs import issued

issued.wait = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
program.run(["inv", *sys.argv[1:]])
"""
DEPLOYMENT = "/apis/apps/v1/namespaces/cert-manager/deployments/cert-manager"
WORDS = ("certs.renew", "--host", HOST)


def test_another_certificate_is_there_and_ends_later(certs: Certs) -> None:
    told(certs.inv(*WORDS), 2, f"no certificate is for {HOST}", "inv certs.request")
    certs.request().check()
    before = certs.leaf()
    plan = certs.inv(*WORDS, "--plan").check().stdout
    assert f"serial {before.serial}" in plan
    assert certs.leaf() == before
    said = certs.inv(*WORDS).check().stderr
    after = certs.leaf()
    assert f"serial {before.serial} → {after.serial}, until " in said
    assert after.not_after > before.not_after
    assert len(certs.live.records()) == RECORDS


def test_killed_after_it_asked_and_given_again(certs: Certs) -> None:
    certs.request().check()
    before = certs.revision()
    killed = certs.begin(*WORDS, script=KILLED_AFTER_IT_ASKED).end()
    assert killed.code == -signal.SIGKILL, killed.stderr
    until(lambda: certs.revision() > before)
    mark = certs.live.api_mark()
    said = certs.inv(*WORDS).check().stderr
    assert "goes on with run" in said
    assert f"→ {certs.leaf().serial}" in said
    # Nothing is asked for a second time. (What cert-manager does by itself is its own.)
    writes = [one for one in certs.live.api_writes(mark) if not one.user.startswith("system:serviceaccount:")]
    assert writes == []


@pytest.mark.exhaustive
def test_killed_while_nobody_issues_and_given_again(certs: Certs) -> None:
    certs.request().check()
    mark = certs.live.api_mark()
    with cert_manager_away(certs):
        killed = certs.begin(*WORDS, script=KILLED_AFTER_IT_ASKED).end()
        assert killed.code == -signal.SIGKILL, killed.stderr
        again = certs.begin(*WORDS)
        again.says("(being issued): Renewed by hand")
    again.end().check()
    assert certs.revision() == 2
    assert [(one.verb, one.resource) for one in certs.writes(mark) if one.user.endswith("user/admin")] == [
        ("update", "certificates")
    ]


@pytest.mark.exhaustive
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, RECORDS + 1))
@pytest.mark.parametrize("way", ["again", "resume"])
def test_killed_at_a_record(certs: Certs, moment: str, number: int, way: str) -> None:
    certs.request().check()
    for old in (certs.live.state / "runs").glob("*.jsonl"):
        old.unlink()
    killed = certs.begin(moment, str(number), *WORDS, script=TRIGGER).end()
    assert killed.code == -signal.SIGKILL, killed.stderr
    (journal,) = (certs.live.state / "runs").glob("*.jsonl")
    if way == "resume" and (moment, number) != ("before", 1):
        certs.inv("runs.resume", "--id", journal.stem).check()
    elif (moment, number) != ("after", RECORDS):
        # With its last record the run is over, and the same command a wish of its own.
        certs.inv(*WORDS).check()
    assert certs.revision() == 2


def test_the_rights_of_an_editor_of_the_namespace_are_enough(certs: Certs) -> None:
    certs.let_in("github-ci", "cert-manager-view", "cert-manager-edit")
    told(certs.request(HOST, "--profile", "github"), 2, "which issuer?", "--issuer NAME")
    certs.request(HOST, "--issuer", "sandbox-ca", "--profile", "github").check()
    certs.inv(*WORDS, "--profile", "github").check()
    assert certs.revision() > 1


def test_a_secret_that_was_deleted_comes_again_by_itself(certs: Certs) -> None:
    certs.request().check()
    before = certs.leaf()
    certs.remove("Secret", SECRET)
    certs.request().check()
    assert certs.leaf().serial != before.serial
    assert certs.revision() > 1


@pytest.mark.exhaustive
def test_an_issuer_that_has_gone(certs: Certs) -> None:
    certs.make("Secret", "own", type="kubernetes.io/tls", data=pair(authority=True))
    certs.issuer("own", kind="Issuer", ca={"secretName": "own"})
    certs.request(HOST, "--issuer", "own").check()
    certs.remove("Issuer", "own")
    mark = certs.live.api_mark()
    told(certs.inv(*WORDS), 2, "there is no Issuer own", "inv certs.issuer")
    assert certs.writes(mark) == []
    # cert-manager itself tries when the Secret goes, and says what it lacks.
    certs.remove("Secret", SECRET)
    until(lambda: len(certs.all("CertificateRequest")) == 2)
    until(lambda: 'Referenced "Issuer" not found' in str(certs.status(1)[0]["waits_for"]))
    lines = told(certs.request(), 1, "the certificate was not issued")
    assert 'Referenced "Issuer" not found' in lines[1]


@pytest.mark.exhaustive
def test_two_at_once_both_prove_it(certs: Certs, tmp_path: Path) -> None:
    clone = certs.live.clone(tmp_path / "clone")
    certs.request().check()
    before = certs.leaf()
    both = [each.begin(*WORDS) for each in (certs.live.inv, clone.inv)]
    assert [one.end().code for one in both] == [0, 0], [one.said for one in both]
    assert certs.leaf().serial != before.serial
    assert certs.revision() <= 3


def test_check_names_what_ends_soon(certs: Certs) -> None:
    assert "has no certificate: nothing was checked" in certs.inv("certs.check").check().stderr
    certs.request().check()
    certs.inv("certs.check").check()
    certs.make("Secret", "soon", type="kubernetes.io/tls", data=pair(["soon.example.com"], days=9))
    certs.make("Secret", "unused", type="kubernetes.io/tls", data=pair(["old.example.com"], days=-1))
    certs.make("Secret", "no-certificate", data={"tls.crt": "bm9uZQ=="})
    certs.ingress("soon", "soon.example.com", "soon")
    certs.inv("certs.check", "--days", "8").check()
    for name in ("nowhere", "no-certificate"):
        certs.ingress(name, f"{name}.example.com", name)
    found = json.loads(certs.inv("certs.check", "--json").check(1).stdout)["certificates"]
    assert {one["secret"]: one["fault"] for one in found} == {
        SECRET: None,
        "no-certificate": "it holds no certificate that can be read",
        "nowhere": "there is none",
        "soon": "it ends within 21 days",
    }
    (soon,) = [one for one in found if one["secret"] == "soon"]
    assert (soon["of"], soon["hosts"], soon["days"]) == (["Ingress soon"], ["soon.example.com"], 8)
    told(certs.inv("certs.check", "--days", "-1"), 2, "--days must be 0 or more")


@pytest.mark.exhaustive
def test_the_api_server_goes_away_while_it_waits(certs: Certs) -> None:
    with cert_manager_away(certs):
        waiting = certs.begin("certs.request", "--host", HOST, "--issuer", "sandbox-ca")
        waiting.says("does it run?")

        def has_noticed() -> bool:
            # It is brought back at once: until it was missed, it goes again.
            for server in lives_of(certs, "apiserver"):
                with suppress(ProcessLookupError):
                    os.kill(server, signal.SIGKILL)
            return "the API server doesn't answer" in waiting.said

        until(has_noticed)
        until(lambda: answers(certs))
    waiting.end().check()
    assert certs.leaf().hosts == (HOST,)


@contextmanager
def cert_manager_away(certs: Certs) -> Iterator[None]:
    """Inside, nobody works on Certificates."""
    certs.live.ask_api("PATCH", DEPLOYMENT, {"spec": {"replicas": 0}})
    try:
        until(lambda: not lives_of(certs, "cert-manager"))
        yield
    finally:
        certs.live.ask_api("PATCH", DEPLOYMENT, {"spec": {"replicas": 1}})


def answers(certs: Certs) -> bool:
    """Whether the API server is back, and knows cert-manager's kinds."""
    try:
        return certs.live.ask_api("GET", PLACES["Certificate"])[0] == 200
    except OSError:
        return False


def lives_of(certs: Certs, part: str) -> list[int]:
    """The process ids of a part of the cluster."""
    return [
        one.pid
        for one in processes.recorded(certs.live.layout)
        if one.name == f"eks-{CLUSTER}.{part}" and lives(one.pid)
    ]
