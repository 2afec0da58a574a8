"""What anybody can call without signing in stands on this list, and nothing else does."""

from __future__ import annotations

import json

from tests.house.tree import ROOT

#: A phone has no token before it enrols.
OPEN = {"enrol_device"}


def test_only_what_is_listed_is_open() -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"]
    operations = [one for path in paths.values() for one in path.values()]
    assert len(operations) > 30
    assert {one["operationId"] for one in operations if not one.get("security")} == OPEN
