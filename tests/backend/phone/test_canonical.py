"""The server hashes the bytes the phone hashes: the vectors are shared with tests/web/canonical.test.mjs."""

from __future__ import annotations

import hashlib
import json

import pytest

from backend.demo.handset import canonical as simulated
from backend.phone.wire import canonical
from tests.house.tree import ROOT

VECTORS = json.loads((ROOT / "tests" / "web" / "canonical_vectors.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_server_and_the_phone_hash_the_same_bytes(vector: dict) -> None:
    assert canonical(vector["body"]) == simulated(vector["body"]) == vector["text"].encode()
    assert hashlib.sha256(canonical(vector["body"])).hexdigest() == vector["sha256"]
