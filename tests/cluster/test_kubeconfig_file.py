"""Exact texts: what is put in, and that all the rest stays."""

from __future__ import annotations

import json
import random

import pytest
import yaml

from longshore.cluster.kubeconfig_file import KubeconfigFile
from longshore.errors import UsageError

SERVER = {"certificate-authority-data": "LS0tLQ==", "server": "https://127.0.0.1:6443"}
CONTEXT = {"cluster": "longshore-prod", "user": "longshore-prod", "namespace": "bank"}
USER = {
    "exec": {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--profile", "default", "--region", "eu-central-1", "eks", "get-token"],
        "env": [{"name": "AWS_CONFIG_FILE", "value": "/a b/config"}],
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": False,
    }
}
KUBECTL = """apiVersion: v1
clusters:
- cluster:
    server: https://example.org
  name: minikube
contexts:
- context:
    cluster: minikube
    user: minikube
  name: minikube
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user:
    token: abc
"""


def with_all(text: str) -> str:
    file = KubeconfigFile.parse(text, "config")
    file = file.with_part("clusters", "longshore-prod", SERVER)
    file = file.with_part("users", "longshore-prod", USER)
    return file.with_part("contexts", "prod", CONTEXT).text


def test_into_what_kubectl_wrote() -> None:
    assert with_all(KUBECTL) == (
        """apiVersion: v1
clusters:
- cluster:
    server: https://example.org
  name: minikube
- cluster:
    certificate-authority-data: LS0tLQ==
    server: https://127.0.0.1:6443
  name: longshore-prod
contexts:
- context:
    cluster: minikube
    user: minikube
  name: minikube
- context:
    cluster: longshore-prod
    user: longshore-prod
    namespace: bank
  name: prod
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user:
    token: abc
- user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: aws
      args:
      - --profile
      - default
      - --region
      - eu-central-1
      - eks
      - get-token
      env:
      - name: AWS_CONFIG_FILE
        value: "/a b/config"
      interactiveMode: IfAvailable
      provideClusterInfo: false
  name: longshore-prod
"""
    )


def test_the_current_context() -> None:
    file = KubeconfigFile.parse(KUBECTL, "config")
    assert file.with_current("prod").text == KUBECTL.replace("current-context: minikube", "current-context: prod")
    assert file.with_current("minikube") is file
    assert file.with_current("yes").text == KUBECTL.replace("current-context: minikube", 'current-context: "yes"')


@pytest.mark.parametrize("text", ["", "\n", "# mine\n", "# mine", "---\n", "# mine\r\n"])
def test_a_file_that_says_nothing(text: str) -> None:
    after = KubeconfigFile.parse(text, "config").with_part("contexts", "prod", CONTEXT).text
    end = "\r\n" if "\r\n" in text else "\n"
    begun = text if not text or text.endswith("\n") else text + "\n"
    assert after == begun + end.join(
        [
            "apiVersion: v1",
            "kind: Config",
            "contexts:",
            "- context:",
            "    cluster: longshore-prod",
            "    user: longshore-prod",
            "    namespace: bank",
            "  name: prod",
            "",
        ]
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("clusters: []  # none\nkind: Config\n", "clusters:  # none\n- cluster:\n    server: s\n  name: me\nkind: Config\n"),
        ("clusters: null\n", "clusters:\n- cluster:\n    server: s\n  name: me\n"),
        ("clusters:\nkind: Config\n", "clusters:\n- cluster:\n    server: s\n  name: me\nkind: Config\n"),
        ("clusters:\n", "clusters:\n- cluster:\n    server: s\n  name: me\n"),
        ("clusters:", "clusters:\n- cluster:\n    server: s\n  name: me"),
        ("clusters: # none\n", "clusters: # none\n- cluster:\n    server: s\n  name: me\n"),
        ("kind: Config", "kind: Config\nclusters:\n- cluster:\n    server: s\n  name: me"),
        ("kind: Config # c\n\n# end\n", "kind: Config # c\nclusters:\n- cluster:\n    server: s\n  name: me\n\n# end\n"),
        ("kind: Config\n...\n", "kind: Config\nclusters:\n- cluster:\n    server: s\n  name: me\n...\n"),
        (
            "clusters:\n  - name: a\n    cluster: {server: x} # a\n  # last\nkind: Config\n",
            "clusters:\n  - name: a\n    cluster: {server: x} # a\n  - cluster:\n      server: s\n    name: me\n  # last\nkind: Config\n",
        ),
        (
            "clusters:\r\n- name: a\r\n  cluster:\r\n    server: x\r\n",
            "clusters:\r\n- name: a\r\n  cluster:\r\n    server: x\r\n- cluster:\r\n    server: s\r\n  name: me\r\n",
        ),
        (
            "clusters:\n- name: a\n  cluster:\n    server: x\n    data: |\n      one\n      two\n\nkind: Config\n",
            "clusters:\n- name: a\n  cluster:\n    server: x\n    data: |\n      one\n      two\n- cluster:\n    server: s\n  name: me\n\nkind: Config\n",
        ),
        ("clusters: [{name: a, cluster: {}}]\n", 'clusters: [{name: a, cluster: {}}, {"cluster": {"server": "s"}, "name": "me"}]\n'),
        ("{}", '{"clusters": [{"cluster": {"server": "s"}, "name": "me"}]}'),
        ('{"clusters": []}', '{"clusters": [{"cluster": {"server": "s"}, "name": "me"}]}'),
        ('{"clusters": null, "a": 1}', '{"clusters": [{"cluster": {"server": "s"}, "name": "me"}], "a": 1}'),
        (
            '{\n  "kind": "Config",\n  "clusters": [\n    {"name": "a"}\n  ]\n}\n',
            '{\n  "kind": "Config",\n  "clusters": [\n    {"name": "a"}, {"cluster": {"server": "s"}, "name": "me"}\n  ]\n}\n',
        ),
        # In its place, and what stands around it stays.
        (
            "clusters:\n# ours\n- name: me\n  cluster:\n    server: old # was\n# theirs\n- name: b\n",
            "clusters:\n# ours\n- cluster:\n    server: s\n  name: me # was\n# theirs\n- name: b\n",
        ),
        ("clusters:\n-   name: me\n", "clusters:\n-   cluster:\n      server: s\n    name: me\n"),
        ("clusters: [{name: me}, {name: b}]", 'clusters: [{"cluster": {"server": "s"}, "name": "me"}, {name: b}]'),
        # The alias goes, and what it stood for stays.
        ("x: &none []\nclusters: *none\n", "x: &none []\nclusters:\n- cluster:\n    server: s\n  name: me\n"),
        ("clusters:\n- {name: me} # c\n", "clusters:\n- cluster:\n    server: s\n  name: me # c\n"),
    ],
)  # fmt: skip
def test_styles(before: str, after: str) -> None:
    file = KubeconfigFile.parse(before, "config")
    assert file.with_part("clusters", "me", {"server": "s"}).text == after
    again = KubeconfigFile.parse(after, "config")
    assert again.with_part("clusters", "me", {"server": "s"}) is again


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("kind: Config\n", "kind: Config\ncurrent-context: prod\n"),
        ("current-context:\nkind: Config\n", "current-context: prod\nkind: Config\n"),
        ('current-context: "" # none\n', "current-context: prod # none\n"),
        ("current-context: 'a'\n", "current-context: prod\n"),
        ('{"current-context":"a"}', '{"current-context":"prod"}'),
        ("", "apiVersion: v1\nkind: Config\ncurrent-context: prod\n"),
    ],
)
def test_styles_of_the_current_context(before: str, after: str) -> None:
    assert KubeconfigFile.parse(before, "config").with_current("prod").text == after


@pytest.mark.parametrize(
    ("text", "line", "column", "why"),
    [
        ("a: [1\nb: 2\n", 2, 2, "did not find expected ',' or ']', while parsing a flow sequence"),
        ("a: b: c\n", 1, 5, "mapping values are not allowed in this context"),
        ("\ta: 1\n", 1, 1, "found character that cannot start any token, while scanning for the next token"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document follows (---)"),
        ("a: \x01\n", 1, 4, "the character U+0001 is not allowed in YAML"),
        ("ok: 1\nkind: a\nkind: b\n", 3, 1, "the key kind is there twice"),
        ("- a\n", 1, 1, "a kubeconfig is a mapping: apiVersion, kind, clusters ..."),
        ("clusters: {}\n", 1, 11, "clusters is a list"),
        ("clusters:\n- cluster: {}\n", 2, 3, "an item of clusters has a name and a cluster"),
        ("users:\n- name: a\n- name: a\n", 3, 3, "the name a is there twice in users"),
        ("users:\n- name: a\n  user: b\n", 2, 3, "user of a is a mapping"),
        ("current-context: [a]\n", 1, 18, "current-context is a name"),
    ],
)
def test_what_can_not_be_read(text: str, line: int, column: int, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        KubeconfigFile.parse(text, "~/.kube/config")
    assert refused.value.what == "~/.kube/config can't be read, nothing was touched"
    assert (refused.value.on, refused.value.why) == (f"line {line}, column {column}", why)


@pytest.mark.parametrize(
    "text",
    [
        # The part that would change is also another's.
        "clusters:\n- &one\n  name: me\n  cluster: {}\nx: *one\n",
    ],
)
def test_what_can_not_be_changed_safely(text: str) -> None:
    file = KubeconfigFile.parse(text, "config")
    with pytest.raises(UsageError, match="can't be changed without a risk"):
        file.with_part("clusters", "me", {"server": "s"}).with_current("prod")


def test_many_documents() -> None:
    """Whatever the style: what was there is there, what was wished is there, and a second time changes nothing."""
    chance = random.Random(5)
    for number in range(300):
        text, data = generated(chance)
        file = KubeconfigFile.parse(text, "config")
        name = f"n{chance.randrange(4)}"
        after = file.with_part("users", name, USER).with_part("contexts", "prod", CONTEXT).with_current("prod")
        read = yaml.safe_load(after.text)
        users = {user["name"]: user.get("user") for user in (data.get("users") or [])}
        assert {user["name"]: user.get("user") for user in read["users"]} == users | {name: USER}, (number, text)
        assert read["current-context"] == "prod"
        rest = set(data) - {"users", "contexts", "current-context"}
        assert {key: read[key] for key in rest} == {key: data[key] for key in rest}, (number, text)
        assert after.with_part("users", name, USER) is after
        kept = [line for line in text.splitlines() if line.lstrip().startswith("#")]
        assert [line for line in after.text.splitlines() if line.lstrip().startswith("#")] == kept, (number, text)


def generated(chance: random.Random) -> tuple[str, dict[str, object]]:
    """A kubeconfig in one of the ways in which people and programs write them."""
    users = [{"name": f"n{i}", "user": {"token": f"t{i}", "more": [1, "x"]}} for i in range(chance.randrange(4))]
    data: dict[str, object] = {"kind": "Config", "users": users or chance.choice([None, []]), "extra": {"a": [1, 2]}}
    if chance.random() < 0.5:
        data["current-context"] = "old"
    keys = list(data)
    chance.shuffle(keys)
    data = {key: data[key] for key in keys}
    style = chance.randrange(3)
    if style == 0:
        return json.dumps(data, indent=chance.choice([None, 2, 4])), data
    text = yaml.safe_dump(
        data, default_flow_style=None if style == 1 else False, indent=chance.choice([2, 4]), sort_keys=False
    )
    lines = []
    for line in text.splitlines():
        # Above a key at the top only: a comment inside the part that is replaced goes with it.
        if not line.startswith((" ", "-")) and chance.random() < 0.3:
            lines.append("# mine")
        lines.append(line)
    end = chance.choice(["\n", "\r\n"])
    return end.join(lines) + chance.choice(["", end, end + "# end" + end]), data
