"""The mapping of a node group's role, put into whatever is there."""

from __future__ import annotations

import pytest

from longshore.sandbox.cloud.eks.aws_auth import Mapped, parse
from longshore.sandbox.cloud.eks.config_map import add_nodes, read, remove_nodes


class Server:
    """An API server that has one ConfigMap."""

    def __init__(self, data: dict[str, str] | None) -> None:
        self.data, self.conflicts, self.calls = data, 0, list[str]()

    def __call__(self, method: str, path: str, body: dict[str, object] | None = None) -> tuple[int, dict[str, object]]:
        self.calls.append(method)
        if method == "GET":
            return (404, {}) if self.data is None else (200, {"data": self.data, "metadata": {"resourceVersion": "1"}})
        if self.conflicts:
            self.conflicts -= 1
            return 409, {}
        assert body is not None
        self.data = body["data"]  # type: ignore[assignment]
        return 200, {}


ROLE = "arn:aws:iam::111122223333:role/a/b/node"


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "- rolearn: x\n", "- rolearn: x", "  - rolearn: x\n    groups: [a]\n", "[{rolearn: x}]", '[{"rolearn": "x"}]\n']
)  # fmt: skip
def test_nodes_are_added_once_to_whatever_is_there(text: str) -> None:
    server = Server({"mapRoles": text})
    add_nodes(server, ROLE)
    add_nodes(server, ROLE)
    assert server.calls == ["GET", "PUT", "GET"]
    assert server.data is not None
    roles = dict(parse(server.data).roles)
    assert roles.pop("arn:aws:iam::111122223333:role/node") == Mapped(
        "system:node:{{EC2PrivateDNSName}}", ("system:bootstrappers", "system:nodes")
    )
    assert roles == dict(parse({"mapRoles": text}).roles)


def test_a_conflict_is_read_again_and_the_end_of_patience_is_an_error() -> None:
    server = Server(None)
    server.conflicts = 2
    add_nodes(server, ROLE)
    assert server.calls == ["GET", "POST"] * 3
    server = Server(None)
    server.conflicts = 100
    with pytest.raises(OSError, match="being changed all the time"):
        add_nodes(server, ROLE)


def test_it_is_read_as_it_is_now_and_an_error_of_the_server_is_one() -> None:
    assert read(Server(None)) == parse({})
    assert read(Server({"mapAccounts": "- 1"})).accounts == {"1"}
    with pytest.raises(OSError, match="answered 500"):
        read(lambda *_: (500, {}))


NODE = "arn:aws:iam::111122223333:role/node"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"- rolearn: {NODE}\n  groups: [a]\n", "[]\n"),
        (f"# ours\n- rolearn: x\n- rolearn: {NODE}\n  groups: [a]\n# end\n", "# ours\n- rolearn: x\n"),
        (f"  - rolearn: {NODE.upper()}\n  # why\n  - rolearn: x", "  - rolearn: x"),
        (f"- rolearn: {NODE}\n- rolearn: x  # y\n- groups: []\n  rolearn: {NODE}\n- rolearn: z\n", "- rolearn: x  # y\n- rolearn: z\n"),
        (f"[{{rolearn: x}}, {{rolearn: '{NODE}'}}]", "- rolearn: x\n"),
        ("- rolearn: x\n", "- rolearn: x\n"),
        ("oops: [", "oops: ["),
    ],
)  # fmt: skip
def test_nodes_are_taken_out_again(before: str, after: str) -> None:
    server = Server({"mapRoles": before, "other": "1"})
    remove_nodes(server, ROLE)
    assert server.data == {"mapRoles": after, "other": "1"}
