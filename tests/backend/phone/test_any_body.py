"""Whatever stands in a body, the answer is an outcome: never an error of ours, never something left half read."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.models import User
from tests.backend.builders import Village, make_checklist, make_key_place, make_task, middle
from tests.backend.phone_client import Item, Phone, make_item, make_track
from tests.proof import proof

pytestmark = pytest.mark.django_db

NUMBERS = st.integers() | st.integers(-(2**70), 2**70) | st.floats()
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.uuids().map(str)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8
)


def one_of_each(worker: User, village: Village) -> list[Item]:
    patrol = str(uuid.uuid4())
    lon, lat = middle(village.grids[0])
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 20, "source": "gps"}
    task = make_task(village.grids[0], worker, make_checklist(village.unit, "FH-01"))
    pond = make_key_place(village.grids[0])
    report = {"kind": "0101", "text": "x", "urgent": 0, "place": place, "photos": [], "task": str(task.uuid)}
    return [
        make_item("patrol", {"patrol": patrol, "event": "start", "boot": "b"}),
        make_track(patrol, lon, lat, n=4, course=[0] * 4, mock=[0] * 4, gaps=[{"from": 0, "to": 1, "cause": "x"}]),
        make_item("report", report),
        make_item("answer", {"task": str(task.uuid), "item": "FH-01@1", "result": "ok", "reason": "", "note": ""}),
        make_item("place_check", {"key_place": str(pond.uuid), "how": "qr", "code": "x", "reason": ""}),
        make_item("seen", {"alert": str(uuid.uuid4())}),
    ]


def put_anywhere(data: st.DataObject, thing: Any, value: Any) -> Any:
    """The same body with something else in one place, however deep."""
    if isinstance(thing, dict) and thing and data.draw(st.integers(0, 5)):
        key = data.draw(st.sampled_from(sorted(thing)))
        return thing | {key: put_anywhere(data, thing[key], value)}
    if isinstance(thing, list) and thing and data.draw(st.integers(0, 5)):
        at = data.draw(st.integers(0, len(thing) - 1))
        return [*thing[:at], put_anywhere(data, thing[at], value), *thing[at + 1 :]]
    return value


@proof(25, 1000)
@given(data=st.data())
def test_anything_anywhere_in_a_body_gets_an_outcome(data: st.DataObject, phone: Phone, worker: User, village: Village) -> None:
    with transaction.atomic():
        items = one_of_each(worker, village)
        spoiled = [{**item, "body": put_anywhere(data, item["body"], data.draw(ANYTHING))} for item in items]
        for row in phone.sync(*spoiled).values():
            assert row["status"] in ("stored", "quarantined")
            assert row["code"] != "pending"
            assert row["text"]
            assert row["receipt"]["signature"]
        transaction.set_rollback(True)


@proof(25, 1000)
@given(body=st.dictionaries(st.sampled_from(["items", "sent_at", "boot", "mono", "x"]), ANYTHING) | ANYTHING)
def test_any_json_as_a_request_gets_an_answer(body: Any, phone: Phone) -> None:
    answer = phone.send(json.dumps(body).encode("utf-8", "surrogatepass"))
    assert answer.status_code in (200, 400)
