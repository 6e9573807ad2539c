"""The example of docs/ingress.md: one service becomes three by path, deployed by app.deploy and led to by ingress.add."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.app.conftest import Bank
from tests.app.conftest import bank_app as bank_app
from tests.app.conftest import images as images
from tests.ingress.conftest import HOST, WayIn
from tests.live_cluster import WITH_CLUSTER

pytestmark = pytest.mark.integration

SPLIT = "k8s/examples/split"


@pytest.fixture
def split(bank_app: Bank) -> Iterator[WayIn]:
    """The three are deployed; a controller is there."""
    way_in = WayIn(bank_app.live)
    way_in.clean()
    bank_app.live.env_file("sandbox", f"{WITH_CLUSTER['sandbox']}K8S_OVERLAY={SPLIT}\n")
    way_in.make_class("traefik")
    way_in.make_controller()
    bank_app.deploy().check()
    yield way_in
    way_in.clean()


def test_each_path_goes_to_pods_of_its_own_and_the_longest_wins(split: WayIn) -> None:
    for path, service in (("/", "bank"), ("/login", "bank-login"), ("/users", "bank-users")):
        split.add("--path", path, "--port", "http", service=service).check()
    assert "nothing to do" in split.add().check().stderr
    rules = json.loads(split.inv("ingress.rules", "--json").check().stdout)["rules"]
    assert [(one["path"], one["service"], one["ready"], one["endpoints"]) for one in rules] == [
        ("/login", "bank-login", 2, 2),
        ("/users", "bank-users", 2, 2),
        ("/", "bank", 2, 2),
    ]
    [answer] = json.loads(split.inv("ingress.check", "--json").check().stdout)["hosts"]
    assert (answer["host"], answer["broken"]) == (HOST, None)
    found = {one["link"]: one["found"] for one in answer["links"]}
    assert found["rule"] == "/login → bank-login:http, /users → bank-users:http, / → bank:http"
    assert found["endpoints"].startswith("bank-login 2 of 2 ready, bank-users 2 of 2 ready, bank 2 of 2 ready")
    # The pods of one are not the other's.
    selectors = {
        one["metadata"]["name"]: one["spec"]["selector"]
        for one in split.live.ask_api("GET", "/api/v1/namespaces/bank/services")[1]["items"]
    }
    assert selectors["bank-login"] == {"app.kubernetes.io/name": "bank-login"}
