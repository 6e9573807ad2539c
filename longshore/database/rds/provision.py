"""db.provision: an RDS PostgreSQL instance, the application's database and role on it, and its URL in the environment's secret."""

from __future__ import annotations

from longshore.aws.identity import IdentityGuard
from longshore.aws.session import open_session
from longshore.database.rds.api import Rds
from longshore.database.rds.network import RdsNetwork
from longshore.database.rds.provision_credential import Credential, Proof
from longshore.database.rds.provision_database import Access, ApplicationDatabase
from longshore.database.rds.provision_instance import InstanceStep
from longshore.database.rds.provision_network import SecurityGroupStep, SubnetGroupStep
from longshore.environments.environment import Environment
from longshore.errors import UsageError
from longshore.secrets.store import open_store
from longshore.steps.step import Step

SMALLEST, LARGEST = 20, 65_536
"""Gigabytes of gp3 storage (RDS User Guide, DB instance storage)."""
BUNDLE = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
RESERVED = ("postgres", "template0", "template1")
"""Names that a PostgreSQL server has already."""


def provision(
    environment: Environment, *, instance_class: str = "db.t4g.micro", storage: int = SMALLEST, engine_version: str = ""
) -> list[Step]:
    """The steps. `storage` is in gigabytes; without a version the instance gets the one that RDS takes by itself.

    What is there already is used as it is: the class and the storage are for an instance that has yet to be made.
    Raises UsageError for settings with which the last step could not succeed: nothing is made, nothing is billed.
    """
    _check(environment, storage)
    session = open_session(environment)
    rds, network = Rds(session), RdsNetwork(environment, session)
    access = Access(environment, rds)
    group = SecurityGroupStep(network, rds)
    credential = Credential(access, open_store(environment, session))
    return [
        IdentityGuard(environment, session),
        SubnetGroupStep(network, rds),
        group,
        InstanceStep(network, rds, group, instance_class=instance_class, storage=storage, version=engine_version),
        ApplicationDatabase(access),
        credential,
        Proof(access, credential),
    ]


def _check(environment: Environment, storage: int) -> None:
    file = f"env/{environment.name}.env"
    for key, value, example in (
        ("DB_INSTANCE", environment.db_instance, "bank-prod"),
        ("APP", environment.app, "bank"),
        ("SECRETS", environment.secrets, "aws:bank/prod"),
    ):
        if not value:
            raise UsageError(
                f"{key} is not set", on=file, why="db.provision needs it", do=f"put {key}={example} into {file}"
            )
    name = environment.app.replace("-", "_")
    if name in RESERVED or name.startswith(("pg_", "rds")):
        raise UsageError(
            "the application's database can't have this name",
            on=f"APP={environment.app}",
            why="PostgreSQL or RDS uses it itself",
            do="set another APP in env/base.env",
        )
    if not SMALLEST <= storage <= LARGEST:
        raise UsageError(
            "RDS has no such storage", on=f"--storage {storage}", why=f"it is {SMALLEST} to {LARGEST} gigabytes"
        )
    if environment.db_ca_file is None and not environment.is_sandbox:
        raise UsageError(
            "DB_CA_FILE is not set, nothing was made",
            on=file,
            why="the database is connected to with sslmode=verify-full, and no system knows the CA of RDS",
            do=(f"curl -o env/rds.pem {BUNDLE}", f"put DB_CA_FILE=env/rds.pem into {file}"),
        )
