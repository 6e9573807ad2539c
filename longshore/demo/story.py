"""What the demo shows, in order."""

from __future__ import annotations

import secrets
from pathlib import Path

from longshore.demo.stage import FOLDER, Stage

MISTAKE = """-- Interest per account, in basis points.
ALTER TABLE accounts ADD COLUMN interest integer NOT NULL DEFAULT 0;
CREATE INDEX accounts_rate_idx ON accounts (rate);
"""
MENDED = MISTAKE.replace("accounts_rate_idx ON accounts (rate)", "accounts_interest_idx ON accounts (interest)")
UNDONE = "ALTER TABLE accounts DROP COLUMN interest;\n"


def play(root: Path) -> None:
    """Play it in the folder `.longshore/demo` of `root`.

    Raises what a command that should have succeeded raised.
    """
    stage = Stage(root)
    stage.tell(
        "This is longshore on its sandbox: AWS's API on this machine (with signatures and IAM policies enforced), a real",
        "PostgreSQL, a real Kubernetes API server, the real kubectl and golang-migrate. No AWS account is needed and none is",
        f"touched; everything below is really run, in {FOLDER}, a copy of the sample service examples/bank.",
    )
    stage.set_up()
    _sandbox(stage)
    _profiles(stage)
    _secrets(stage)
    _migration(stage)
    _failure(stage)
    _access(stage)
    _ship(stage)
    _end(stage)


def _sandbox(stage: Stage) -> None:
    stage.chapter("The sandbox plays production")
    stage.inv("sandbox.reset", "--confirm", "sandbox")
    stage.inv("sandbox.up")
    stage.inv("env.list")


def _profiles(stage: Stage) -> None:
    stage.chapter("Profiles: who is who")
    stage.inv("aws.profiles", "--env", "sandbox")
    stage.inv("aws.whoami", "--profile", "github")


def _secrets(stage: Stage) -> None:
    stage.chapter("Secrets: to the store and back, without a value on the screen")
    values = stage.folder / "new-values.env"
    values.write_text(
        f"TOKEN_SYMMETRIC_KEY={secrets.token_hex(16)}\nACCESS_TOKEN_DURATION=15m\nREFRESH_TOKEN_DURATION=24h\n"
        "DB_DRIVER=postgres\nSERVER_ADDRESS=0.0.0.0:8080\n"
    )
    values.chmod(0o600)
    stage.inv("secrets.push", "--file", values.name, "--plan")
    stage.tell("prod is protected, and the sandbox plays it: its name has to be typed, or given.")
    stage.inv("secrets.push", "--file", values.name, "--confirm", "sandbox")
    values.unlink()
    stage.inv("secrets.show")
    stage.inv("secrets.pull")


def _migration(stage: Stage) -> None:
    stage.chapter("Migrations: look first, then act")
    stage.inv("db.migrate", "--plan")
    stage.inv("db.migrate", "--confirm", "sandbox")
    stage.tell("Twice is safe:")
    stage.inv("db.migrate", "--confirm", "sandbox")


def _failure(stage: Stage) -> None:
    stage.chapter("A migration that fails half-way")
    stage.inv("db.new", "--name", "add interest")
    pair = sorted((stage.folder / "migrations").glob("*_add_interest.*.sql"))
    stage.write(pair[1], MISTAKE)
    pair[0].write_text(UNDONE)
    stage.inv("db.migrate", "--confirm", "sandbox", fails=True)
    stage.tell("What happened, and what is there now?")
    stage.inv("db.repair", "--plan")
    stage.inv("db.repair", "--confirm", "sandbox")
    stage.tell("The index is on a column that does not exist. The file is mended, and the same command goes on:")
    stage.write(pair[1], MENDED)
    stage.inv("db.migrate", "--confirm", "sandbox")
    stage.inv("runs.list")


def _access(stage: Stage) -> None:
    stage.chapter("Who gets into the cluster")
    pods = "AWS_PROFILE=github kubectl get pods --namespace kube-system"
    stage.tell("CI's user has a key of AWS, and no access to the cluster:")
    stage.shell(pods, fails=True)
    stage.inv("cluster.grant", "--user", "github-ci", "--access", "view", "--plan")
    stage.inv("cluster.grant", "--user", "github-ci", "--access", "view", "--confirm", "sandbox")
    stage.shell(pods)
    stage.tell("Do both profiles have the same access? They need not, but nobody should have to guess:")
    stage.inv("cluster.verify", "--profiles", "default,github", "--expect", "default=admin,github=view")
    stage.inv("cluster.revoke", "--user", "github-ci", "--confirm", "sandbox")
    stage.shell(pods, fails=True)


def _ship(stage: Stage) -> None:
    stage.chapter("From commit to pods: the whole pipeline")
    if why := stage.cannot_build():
        stage.tell(f"inv ship builds the image of a commit, and here it can't: {why}. What it does is in docs/ship.md.")
        return
    stage.tell("What would be built, migrated and deployed? Nothing is done: the image's base would be fetched first.")
    stage.inv("ship", "--plan")


def _end(stage: Stage) -> None:
    stage.chapter("What is there now")
    stage.inv("db.status")
    stage.shell("psql -c '\\dt+' -c '\\d accounts'")
    stage.tell(
        f"The sandbox goes on running. To go on yourself: cd {FOLDER}, then for example",
        "  inv db.rollback --steps 1        inv secrets.set --key TOKEN_SYMMETRIC_KEY        inv aws.profiles",
        "  inv cluster.access               inv cluster.components               inv iam.status",
        "  inv ship --confirm sandbox       inv ingress.install --confirm sandbox        inv certs.install --confirm sandbox",
        "  inv sandbox.down                 ends it; inv --list shows all tasks; README.md tells how to use them in your own repository",
    )
