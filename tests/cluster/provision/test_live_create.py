from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore.cluster.provision.create import create
from longshore.environments.environment import Environment
from longshore.errors import Refused, UsageError
from longshore.steps.step import Done, ToDo, Unknown
from tests.cluster.provision.own_cluster import RECIPES, a_run, described, eks, killed, own, perform, planned, remove
from tests.database.rds.rds_sandbox import Told
from tests.live_cluster import LiveCluster
from tests.running import told

pytestmark = pytest.mark.integration

KILLS = [
    "run.start",
    "step.end network",
    "step.start cluster",
    "wait 1",
    "step.end cluster",
    "step.end entrance",
]
QUICK = ("wait 1",)
"""Of which it matters most that nothing is made twice: the cluster is asked for, and the run is gone."""


@pytest.fixture
def environment(live_cluster: LiveCluster) -> Iterator[Environment]:
    """One whose cluster isn't there yet."""
    found = own(live_cluster.environment, "t-create")
    yield found
    remove(found)


def test_the_end_state(live_cluster: LiveCluster, environment: Environment) -> None:
    seen = Told()
    outcome = perform(environment, create(environment), told=seen)
    assert "cluster" in outcome.acted
    found = described(environment)
    assert found is not None
    assert (found["status"], found["accessConfig"]["authenticationMode"]) == ("ACTIVE", "API_AND_CONFIG_MAP")
    assert found["tags"] == {"managed-by": "longshore", "longshore:environment": "sandbox", "app": "bank"}
    assert found["roleArn"] == "arn:aws:iam::111122223333:role/t-create-cluster"
    assert seen.details["entrance"] == (
        "profile default is arn:aws:iam::111122223333:user/admin, and may do everything"
    )
    before = len(live_cluster.calls())
    assert perform(environment, create(environment)).acted == ()
    assert live_cluster.writes(before) == []


def test_a_plan_makes_nothing(live_cluster: LiveCluster, environment: Environment) -> None:
    before = len(live_cluster.calls())
    found = planned(environment, create(environment, "1.36"))
    assert isinstance(found["cluster"], ToDo)
    assert found["cluster"].changes[0].startswith("make it: Kubernetes 1.36, ")
    assert found["entrance"] == Unknown("known after the cluster is made")
    assert live_cluster.writes(before) == []


@pytest.mark.parametrize(
    "when", [pytest.param(when, marks=[] if when in QUICK else pytest.mark.exhaustive) for when in KILLS]
)
def test_a_killed_run_is_gone_on_with(live_cluster: LiveCluster, environment: Environment, when: str) -> None:
    before = len(live_cluster.calls())
    killed(environment, "create", when)
    perform(environment, create(environment))
    found = described(environment)
    assert found is not None
    assert found["status"] == "ACTIVE"
    assert live_cluster.writes(before).count("CreateCluster") == 1


def test_one_that_others_made_is_used_as_it_is(live_cluster: LiveCluster) -> None:
    """By somebody whom it doesn't know: that is told, and is no failure."""
    environment = live_cluster.environment
    client = eks(environment)
    arn = client.describe_cluster(name=environment.eks_cluster)["cluster"]["arn"]
    tags = client.list_tags_for_resource(resourceArn=arn)["tags"]
    client.untag_resource(resourceArn=arn, tagKeys=list(tags))
    try:
        found = planned(environment, create(environment))
    finally:
        client.tag_resource(resourceArn=arn, tags=tags)
    assert isinstance(found["cluster"], Done)
    assert found["cluster"].found.endswith(", not made by longshore: used as it is")


@pytest.mark.parametrize("task", RECIPES)
def test_another_account_is_refused(live_cluster: LiveCluster, task: str) -> None:
    """Also with the cluster there."""
    aws, api = len(live_cluster.calls()), live_cluster.api_mark()
    wrong = dataclasses.replace(live_cluster.environment, account_id="999999999999")
    with pytest.raises(Refused, match="wrong account 111122223333, nothing was touched"):
        perform(wrong, RECIPES[task](wrong), task)
    assert live_cluster.writes(aws) == []
    assert live_cluster.api_writes(api) == []


def test_subnets_in_one_zone_make_nothing(live_cluster: LiveCluster, environment: Environment) -> None:
    before = len(live_cluster.calls())
    subnet = a_subnet(environment)
    alone = dataclasses.replace(environment, subnets=(subnet,))
    with pytest.raises(UsageError, match="EKS needs subnets in two availability zones or more"):
        a_run(alone, "create").plan(create(alone))
    assert live_cluster.writes(before) == []


def a_subnet(environment: Environment) -> str:
    from longshore.aws.session import open_session

    found: str = open_session(environment).client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    return found


def test_the_command_asks_and_says_that_it_costs(live_cluster: LiveCluster, tmp_path: Path) -> None:
    """SUBNETS of the environment that is played are AWS's own: they are no hindrance to the rehearsal."""
    clone = live_cluster.clone(tmp_path / "clone")
    dev = (clone.project / "env" / "dev.env").read_text().replace("bank-dev", "t-asked")
    clone.env_file("dev", dev + "SUBNETS=subnet-0123456789abcdef0,subnet-0123456789abcdef1\n")
    before = len(live_cluster.calls())
    lines = told(clone.inv("cluster.create"), 3, "not confirmed", "--confirm sandbox")
    assert lines[1] == (
        "  why: a cluster is billed by the hour: 0.10 USD or more, and its nodes besides, and there is no terminal to ask at"
    )
    told(clone.inv("cluster.create", "--version", "36"), 2, "--version can't be '36'", "--version 1.36")
    assert live_cluster.writes(before) == []


def test_a_security_group_that_is_not_there_makes_nothing(live_cluster: LiveCluster, environment: Environment) -> None:
    before = len(live_cluster.calls())
    wrong = dataclasses.replace(environment, security_groups=("sg-0123456789abcdef0",))
    with pytest.raises(UsageError, match=r"could not look at SECURITY_GROUPS \(sg-0123456789abcdef0\)"):
        perform(wrong, create(wrong))
    assert live_cluster.writes(before) == []


def test_interrupted_it_says_how_to_go_on(live_cluster: LiveCluster, environment: Environment, tmp_path: Path) -> None:
    clone = live_cluster.clone(tmp_path / "clone")
    dev = (clone.project / "env" / "dev.env").read_text().replace("bank-dev", environment.eks_cluster)
    clone.env_file("dev", dev)
    before = len(live_cluster.calls())
    running = clone.inv.begin("cluster.create", "--confirm", "sandbox")
    running.says("CREATING")
    running.interrupt()
    lines = told(running.end(), 130, "interrupted")
    (record,) = clone.runs("cluster.create")
    assert lines[-1] == f"  go on: inv runs.resume --id {record.id}"
    clone.inv("runs.resume", "--id", record.id, "--confirm", "sandbox").check()
    found = described(environment)
    assert found is not None
    assert found["status"] == "ACTIVE"
    assert live_cluster.writes(before).count("CreateCluster") == 1
