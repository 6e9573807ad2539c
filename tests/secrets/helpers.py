"""What the tests of this room share."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from longshore.steps.report import Silent

REGION = "eu-central-1"
CANARY = "canary-7Qx!2z$ a"


class Told(Silent):
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.notes: list[str] = []
        self.ends: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def end(self, step: Any, outcome: str, detail: str, seconds: float) -> None:
        self.ends.append(f"{step.name} {outcome}: {detail}")


class Readers:
    """dotenv-readers: what the real parsers read. Its environment holds HOME=/h and nothing else."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def read(self, texts: Iterable[str], *parsers: str) -> Iterator[tuple[str, str, dict[str, str] | None]]:
        """For each text and parser: the text, the parser, and the values (None: it fails)."""
        kept = list(texts)
        paths = [self._folder / str(number) for number in range(len(kept))]
        for path, text in zip(paths, kept, strict=True):
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        done = subprocess.run(
            [self._program, ",".join(parsers)],
            input="\n".join(map(str, paths)),
            capture_output=True,
            encoding="utf-8",
            check=True,
            env={"HOME": "/h"},
        )
        for line in done.stdout.rstrip("\n").split("\n"):
            answer = json.loads(line)
            text = kept[int(Path(answer["file"]).name)]
            yield text, answer["parser"], None if answer.get("error") else answer["values"]


def secrets_client() -> Any:
    import boto3

    return boto3.client("secretsmanager", region_name=REGION)


def labels(name: str = "bank/prod") -> dict[str, list[str]]:
    """The staging labels of the secret, by version; versions without one are left out."""
    stages: Mapping[str, list[str]] = secrets_client().describe_secret(SecretId=name)["VersionIdsToStages"]
    return {version: sorted(found) for version, found in stages.items() if found}


def all_labels() -> list[str]:
    return sorted(label for found in labels().values() for label in found)


def stored(name: str = "bank/prod") -> str:
    return str(secrets_client().get_secret_value(SecretId=name, VersionStage="AWSCURRENT")["SecretString"])


def answer_with(session: Any, operation: str, status: int, code: str, message: str) -> None:
    """From now on AWS answers this operation with an error, on the wire: for refusals that moto never gives."""
    from botocore.awsrequest import AWSResponse

    class Raw:
        def stream(self, **_: object) -> Iterator[bytes]:
            yield json.dumps({"__type": code, "message": message}).encode()

    def answer(request: Any, **_: object) -> AWSResponse:
        return AWSResponse(request.url, status, {"Content-Type": "application/x-amz-json-1.1"}, Raw())

    session.core.register(f"before-send.secretsmanager.{operation}", answer)


def in_child(act: Callable[[], None], *, user: int | None = None) -> int:
    """Run `act` in a process of its own (as `user`, where we are root) and return how that ended: 0, 1 for an exception, -signal."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if user is not None and os.getuid() == 0:
                os.setuid(user)
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
