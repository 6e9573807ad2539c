"""Many at once on one aws-auth, each from a state folder of its own as on a machine of its own; and an aws-auth with very many lines."""

from __future__ import annotations

import dataclasses
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from longshore.cluster.access.level import Grant
from longshore.cluster.aws_auth.document import Document
from tests.cluster.access.world import GITHUB, HEAD, World

pytestmark = pytest.mark.integration


def at_once(deeds: Sequence[Callable[[], object]]) -> list[int]:
    """Each in a process of its own, begun together; their exit codes. They use no connection of ours."""
    wait, go = os.pipe()
    children = []
    for do in deeds:
        child = os.fork()
        if child == 0:
            os.close(go)
            os.read(wait, 1)  # until the parent closes its end
            try:
                do()
                os._exit(0)
            except BaseException:
                traceback.print_exc(file=sys.stderr)
                os._exit(1)
        children.append(child)
    os.close(wait)
    os.close(go)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def text(arn: str, *groups: str) -> str:
    return f"- userarn: {arn}\n  username: {arn.rpartition('/')[2]}\n  groups: [{', '.join(groups)}]\n"


@pytest.mark.parametrize("many", [6, pytest.param(20, marks=pytest.mark.exhaustive)])
def test_grants_and_revocations(world: World, tmp_path: Path, many: int) -> None:
    names = [f"together-{number:02}" for number in range(many)]
    arns = {name: world.user(name) for name in names}
    try:
        # Every second one is in, and has more than ours.
        there = names[1::2]
        more = "".join(text(arns[name], "ops") for name in there)
        world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": f"# ours\n{more}{text(GITHUB, 'kept')}"})
        world.grant("github-ci", Grant("edit"), via="aws-auth")  # the binding is there
        nodes = world.live.aws_auth["mapRoles"]
        machines = [machine(world, tmp_path / name) for name in names]

        def deed(index: int) -> Callable[[], object]:
            name, here = names[index], machines[index]
            if index % 2:
                return lambda: here.revoke(name)
            # Each is the last writer of its principal: twice, with another level.
            return lambda: (here.grant(name, Grant("edit"), via="aws-auth"), here.grant(name, Grant("edit", "bank")))

        assert at_once([deed(index) for index in range(many)]) == [0] * many
        after = Document.parse(world.live.aws_auth)
        found = {one.arn: one.groups for one in after.mappings if one.kind == "user"}
        assert found == {
            GITHUB: ("kept", "longshore:edit"),
            **{arns[name]: ("longshore:edit", "longshore:bank:edit") for name in names[::2]},
        }
        assert world.live.aws_auth["mapRoles"] == nodes
        assert world.live.aws_auth["mapUsers"].startswith("# ours\n")
    finally:
        for name in names:
            world.forget(name)


def machine(world: World, folder: Path) -> World:
    """The same sandbox from another checkout, with locks and journals of its own."""
    checkout = world.live.clone(folder)
    return dataclasses.replace(world, environment=dataclasses.replace(checkout.environment))


def test_the_same_principal_from_two_machines(world: World, tmp_path: Path) -> None:
    one, other = (machine(world, tmp_path / name) for name in ("one", "other"))
    world.grant(via="aws-auth")
    deeds = [lambda: one.grant(wanted=Grant("view", "bank")), lambda: other.grant(wanted=Grant(group="ops"))]
    assert at_once(deeds) == [0, 0]
    (mapping,) = [mapping for mapping in Document.parse(world.live.aws_auth).mappings if mapping.arn == GITHUB]
    assert sorted(mapping.groups) == ["longshore:bank:view", "longshore:view", "ops"]


def test_two_thousand_lines(world: World) -> None:
    lines = "".join(
        text(f"{HEAD}:user/team/member-{number:04}", "ops", f"team-{number % 40}") for number in range(2000)
    )
    world.live.put_aws_auth({**world.live.aws_auth, "mapUsers": lines})
    world.grant(wanted=Grant("edit"), via="aws-auth")
    after = world.live.aws_auth["mapUsers"]
    assert after.startswith(lines)
    assert after.removeprefix(lines).count("userarn") == 1
    world.revoke()
    assert world.live.aws_auth["mapUsers"] == lines
