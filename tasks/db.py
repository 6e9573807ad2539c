"""db.*: PostgreSQL and golang-migrate."""

from __future__ import annotations

from typing import Annotated

from longshore.cli import Invocation, changes, destroys, namespace, reads


@changes("database")
def migrate(
    run: Invocation,
    *,
    to: Annotated[int | None, "the version to stop at (default: the newest file)"] = None,
    no_snapshot: Annotated[bool, "take no RDS snapshot before (asks)"] = False,
) -> None:
    """Apply the pending migrations, after a snapshot where the environment is protected and its database is on RDS.

    inv db.migrate --env sandbox --plan
    """
    from longshore.database import migrations

    steps = migrations.migrate(run.environment, to, snapshot=not no_snapshot)
    run(steps, ask="no snapshot will be taken" if no_snapshot else "")


@reads()
def status(run: Invocation) -> None:
    """Show version, pending files, who holds the lock, long transactions, tables, and who applied what.

    inv db.status --env sandbox
    """
    from longshore.database.status import status

    run.show(status(run.environment, run.report))


@destroys("database")
def rollback(run: Invocation, *, steps: Annotated[int, "how many migrations to undo (default: 1)"] = 1) -> None:
    """Undo the last migrations, by their down files.

    inv db.rollback --env sandbox --steps 1
    """
    from longshore.database import migrations

    run(migrations.rollback(run.environment, steps))


@destroys("database")
def goto(run: Invocation, *, to: Annotated[int, "the version to go to, up or down; 0: before the first"]) -> None:
    """Go to a version, up or down.

    inv db.goto --env sandbox --to 3
    """
    from longshore.database import migrations

    run(migrations.goto(run.environment, to))


@destroys("database", "it sets what golang-migrate believes, and runs nothing")
def force(run: Invocation, *, to: Annotated[int, "the version to write down as clean; 0: before the first"]) -> None:
    """Set golang-migrate's version without running anything. inv db.repair tells whether it is right to.

    inv db.force --env sandbox --to 5 --plan
    """
    from longshore.database import migrations

    run(migrations.force(run.environment, to))


@destroys("database", "it sets what golang-migrate believes")
def repair(run: Invocation) -> None:
    """Explain a dirty version (which file, which statement, what PostgreSQL kept of it), propose, and act once confirmed.

    inv db.repair --env sandbox --plan
    """
    from longshore.database.repair import repair

    run(repair(run.environment))


@changes("migrations")
def new(run: Invocation, *, name: Annotated[str, "what it does, in a few words"]) -> None:
    """Write the next numbered pair of migration files.

    inv db.new --name "add interest"
    """
    from longshore.database.files.new import new

    run(new(run.environment, name), protect=False)


@changes("database")
def create(run: Invocation) -> None:
    """Make the database that the secret names, where it isn't there.

    inv db.create --env sandbox
    """
    from longshore.database import admin

    run(admin.create(run.environment))


@destroys("database")
def drop(run: Invocation) -> None:
    """Drop the database with all its data.

    inv db.drop --env sandbox --plan
    """
    from longshore.database import admin

    run(admin.drop(run.environment))


@reads(answers=False)
def shell(run: Invocation) -> None:
    """Open psql on the environment's database; the password is in no command line.

    inv db.shell --env sandbox
    """
    from longshore.database import copies

    run.finish(copies.shell(run.environment, run.report))


@changes("dump")
def dump(run: Invocation, *, out: Annotated[str, "the file to write"]) -> None:
    """Write the whole database into a file, in PostgreSQL's custom format.

    inv db.dump --env sandbox --out bank.dump
    """
    from pathlib import Path

    from longshore.database import copies

    run(copies.dump(run.environment, Path(out)), protect=False)


@destroys("database")
def restore(run: Invocation, *, file: Annotated[str, "a file of db.dump"]) -> None:
    """Fill an empty database from a dump, all or nothing.

    inv db.restore --env sandbox --file bank.dump --plan
    """
    from pathlib import Path

    from longshore.database import copies

    run(copies.restore(run.environment, Path(file)))


@reads()
def lint(run: Invocation) -> None:
    """Check the migration files: dangerous SQL, numbers, missing downs, files changed after they were applied.

    inv db.lint --env sandbox
    """
    from longshore.database.files.linting import lint

    run.show(lint(run.environment, run.report))


@changes("database")
def provision(
    run: Invocation,
    *,
    instance_class: Annotated[str, "the RDS instance class (default: db.t4g.micro)"] = "db.t4g.micro",
    storage: Annotated[int, "gigabytes of storage (default: 20)"] = 20,
    engine_version: Annotated[str, "PostgreSQL's version (default: the one that RDS takes)"] = "",
) -> None:
    """Make an RDS PostgreSQL instance (billed by the hour), the application's database and role, and put its URL into the secret.

    inv db.provision --env sandbox --plan
    """
    from longshore.database.rds.provision import provision

    run(provision(run.environment, instance_class=instance_class, storage=storage, engine_version=engine_version))


@destroys("database")
def deprovision(run: Invocation) -> None:
    """Delete the RDS instance that db.provision made, after a final snapshot.

    inv db.deprovision --env sandbox --plan
    """
    from longshore.database.rds.deprovision import deprovision

    run(deprovision(run.environment))


ns = namespace(
    "db",
    create,
    deprovision,
    drop,
    dump,
    force,
    goto,
    lint,
    migrate,
    new,
    provision,
    repair,
    restore,
    rollback,
    shell,
    status,
)
