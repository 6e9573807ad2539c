from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from longshore.aws.session import open_session
from longshore.database.rds.api import Rds
from longshore.database.rds.provision import provision
from longshore.database.rds.provision_credential import Credential
from longshore.database.rds.provision_database import Access
from longshore.environments.environment import Environment
from longshore.secrets.secret import Secret
from longshore.secrets.store import Overtaken, Store, open_store
from tests.database.rds import rds_sandbox
from tests.database.rds.rds_sandbox import (
    Told,
    client,
    described,
    master,
    own,
    perform,
    prove,
    put,
    secret_values,
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    with rds_sandbox.running(tmp_path_factory.mktemp("rds") / "project") as environment:
        yield environment


@pytest.fixture(scope="module")
def changing(sandbox: Environment) -> Environment:
    """One that is there, for the tests that change it and put it right again."""
    environment = own(sandbox, "bank-changing")
    perform(environment, provision(environment))
    return environment


class Contested:
    """A store into which somebody else writes between our reading and our writing, once."""

    def __init__(self, store: Store, other: Store, key: str) -> None:
        self.where = store.where
        self._store, self._other, self._key = store, other, key
        self.refuse_unfit = store.refuse_unfit
        self.read = store.read
        self._calm = False

    def write(self, values: Mapping[str, str], base: Secret | None) -> Secret:
        if not self._calm:
            self._calm = True
            now = self._other.read()
            self._other.write({**now.values, self._key: "somebody-else's"}, now)
        return self._store.write(values, base)


def contest(environment: Environment, key: str) -> None:
    session = open_session(environment)
    store, other = (open_store(environment, session) for _ in range(2))
    present = store.read()
    store.write({**present.values, "DB_SOURCE": "postgresql://bank:x@localhost/bank"}, present)
    credential = Credential(Access(environment, Rds(session)), Contested(store, other, key))
    perform(environment, [credential], task=f"contest.{key}")


@pytest.mark.integration
def test_a_key_that_is_written_meanwhile_is_kept(changing: Environment) -> None:
    contest(changing, "OTHER")
    assert secret_values(changing)["OTHER"] == "somebody-else's"
    prove(changing)


@pytest.mark.integration
def test_our_own_key_written_meanwhile_is_not_overwritten(changing: Environment) -> None:
    with pytest.raises(Overtaken, match="keys that changed meanwhile: DB_SOURCE"):
        contest(changing, "DB_SOURCE")
    assert secret_values(changing)["DB_SOURCE"] == "somebody-else's"
    perform(changing, provision(changing))
    prove(changing)


@pytest.mark.integration
def test_a_role_whose_password_was_changed_gets_another(changing: Environment) -> None:
    client(changing, "rds").modify_db_instance(
        DBInstanceIdentifier=changing.db_instance, RotateMasterUserPassword=True, ApplyImmediately=True
    )
    rds_sandbox.until(lambda: described(changing)["DBInstanceStatus"] == "available")
    with master(changing) as connection:
        connection.execute("ALTER ROLE bank PASSWORD 'by hand'")
    assert perform(changing, provision(changing)).acted == ("credential",)
    prove(changing)


@pytest.mark.integration
def test_what_works_already_is_left_as_it_is(changing: Environment) -> None:
    with master(changing) as connection:
        connection.execute("CREATE ROLE service LOGIN PASSWORD 'made by hand'")
    before = secret_values(changing)
    _, place = before["DB_SOURCE"].split("@")
    put(changing, {**before, "DB_SOURCE": f"postgresql://service:made%20by%20hand@{place}"})
    told = Told()
    assert perform(changing, provision(changing), told).acted == ()
    assert told.details["credential"].endswith(" as service")
    put(changing, before)
