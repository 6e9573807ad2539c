"""aws-auth is read as EKS's authenticator reads it: compared with what its own parser said, once, for the same texts."""

from __future__ import annotations

import json

import pytest

from longshore.cluster.aws_auth.document import Document
from tests.cluster.aws_auth.generate import document
from tests.cluster.aws_auth.record import RECORDED, SEEDS, digest, ours
from tests.cluster.aws_auth.texts import TEXTS

STRICTER = ("found unexpected ':'", "while scanning a tag")
"""Where libyaml stops and go-yaml goes on: what is refused is not damaged."""

recorded = json.loads(RECORDED.read_text())


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_read_as_the_authenticator_reads_it(name: str) -> None:
    found = Document.parse({"mapUsers": TEXTS[name]})
    assert ours(found)["users"] == recorded["texts"][name]


def test_generated_documents_are_read_as_the_authenticator_reads_them() -> None:
    stricter = []
    for seed in range(SEEDS):
        found = Document.parse(document(seed))
        if digest(ours(found)) != recorded["seeds"][seed]:
            why = " ".join(section.lost.what for section in found.sections if section.lost)
            assert any(words in why for words in STRICTER), (seed, document(seed))
            stricter.append(seed)
    assert len(stricter) < SEEDS / 500
