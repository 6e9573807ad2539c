"""Writes recorded.json: what the authenticator's own parser reads. `python -m tests.cluster.aws_auth.record PROGRAM`; see authenticator/main.go."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from longshore.cluster.aws_auth.document import Document
from longshore.cluster.aws_auth.mapping import Mapping
from tests.cluster.aws_auth.generate import document
from tests.cluster.aws_auth.texts import TEXTS

RECORDED = Path(__file__).with_name("recorded.json")
SEEDS = 2000
VERSION = "sigs.k8s.io/aws-iam-authenticator v0.6.13"


def answer(users: list[Any], roles: list[Any], accounts: list[str]) -> dict[str, Any]:
    return {"users": users, "roles": roles, "accounts": accounts}


def digest(found: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()[:12]


def ours(found: Document) -> dict[str, Any]:
    """What longshore reads, in the same form."""

    def listed(mappings: tuple[Mapping, ...]) -> list[Any]:
        return [[mapping.arn, mapping.username, list(mapping.groups)] for mapping in mappings]

    return answer(listed(found.users.mappings), listed(found.roles.mappings), list(found.accounts))


def _theirs(program: str, data: list[dict[str, str]]) -> list[dict[str, Any]]:
    lines = "\n".join(map(json.dumps, data))
    done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
    return [_answer(json.loads(line)) for line in done.stdout.split("\n") if line]


def _answer(found: dict[str, Any]) -> dict[str, Any]:
    def listed(mappings: list[dict[str, Any]] | None, arn: str) -> list[Any]:
        return [[one.get(arn, ""), one["username"], one["groups"] or []] for one in mappings or []]

    return answer(listed(found["users"], "userarn"), listed(found["roles"], "rolearn"), found["accounts"] or [])


def main() -> None:
    program = sys.argv[1]
    texts = _theirs(program, [{"mapUsers": text} for text in TEXTS.values()])
    seeds = _theirs(program, [document(seed) for seed in range(SEEDS)])
    recorded = {
        "program": VERSION,
        "texts": {name: found["users"] for name, found in zip(TEXTS, texts, strict=True)},
        "seeds": list(map(digest, seeds)),
    }
    RECORDED.write_text(json.dumps(recorded, indent=0, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
