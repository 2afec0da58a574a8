"""Whatever order things arrive in, and however often, the derived state is the same; thrown away and rebuilt, it is the same again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.field.models import Flag, LastPosition, PlaceCheck, PlaceVisit, Report, TrackSegment, Visit
from backend.patrols.models import Answer, Patrol, Task
from backend.phone.rebuild import rebuild
from tests.backend.builders import Village, make_checklist, make_key_place, make_report_kind, make_task, middle
from tests.backend.phone_client import Item, Phone, make_item, make_track, now_ms
from tests.proof import proof

pytestmark = pytest.mark.django_db

STATE = {
    Patrol: ("uuid", "person", "started_at", "ended_at", "end_reason"),
    TrackSegment: ("item", "seq", "person", "patrol_uuid", "t0", "t1", "n", "bbox", "twkb", "acc", "speed", "reasons", "day"),
    Visit: ("grid", "person", "item", "patrol_uuid", "t0", "t1", "n"),
    LastPosition: ("person", "patrol_uuid", "t", "point", "grid_code"),
    PlaceCheck: ("uuid", "person", "key_place", "task", "how", "is_genuine", "at"),
    Report: ("uuid", "person", "kind", "kind_code", "text", "point", "grid_code", "home_code", "photos", "occurred_at"),
    Answer: ("uuid", "person", "task", "item", "result", "answered_at"),
    Task: ("uuid", "state"),
    PlaceVisit: ("key_place", "person", "patrol_uuid", "item", "task", "grade", "t0", "t1", "dwell_s", "evidence", "grid_code"),
    Flag: ("uuid", "person", "about", "about_id", "rule", "rule_version", "evidence", "unit_code", "answer"),
}


def derived_state() -> dict[str, list[Any]]:
    state = {}
    for model, fields in STATE.items():
        rows = [
            tuple(bytes(v) if isinstance(v, memoryview) else str(v) for v in row) for row in model.objects.values_list(*fields)
        ]
        state[model.__name__] = sorted(rows)
    return state


def a_shift(worker: User, village: Village) -> list[Item]:
    """Two patrols, one of them ended, with tracks over midnight, answers, reports, place checks and a broken item."""
    make_report_kind()
    task = make_task(village.grids[0], worker, make_checklist(village.unit, "FH-01", "FH-02"))
    withdrawn = make_task(village.grids[0], worker, task_items(task), state="withdrawn", title="撤了的")
    Task.objects.filter(pk=withdrawn.pk).update(moved_at=withdrawn.moved_at - timedelta(days=1))
    pond = make_key_place(village.grids[0])
    lon, lat = middle(village.grids[0])
    now = now_ms()
    ended, running = str(uuid.uuid4()), str(uuid.uuid4())
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 20, "source": "gps"}
    report = {"kind": "0101", "text": "垃圾", "urgent": 0, "place": place, "photos": []}
    answer = {"task": str(task.uuid), "result": "ok"}
    return [
        make_item("patrol", {"patrol": ended, "event": "start"}, at=now - 90_000_000),
        make_track(ended, lon, lat, n=600, step_ms=60_000, start=now - 90_000_000),
        make_item("patrol", {"patrol": ended, "event": "end", "reason": "shift_over"}, at=now - 40_000_000),
        make_item("patrol", {"patrol": ended, "event": "end", "reason": "person"}, at=now - 39_000_000),
        make_item("patrol", {"patrol": running, "event": "start"}, at=now - 3_000_000),
        make_track(running, lon, lat, n=30, start=now - 2_900_000),
        make_track(running, lon + 0.004, lat, n=400, start=now - 2_700_000),
        make_item("report", report, at=now - 2_000_000),
        make_item("report", report | {"place": None, "kind": "9999"}, at=now - 5 * 86_400_000),
        make_item("answer", answer | {"item": "FH-01@1"}, at=now - 1_900_000),
        make_item("answer", answer | {"item": "FH-02@1", "result": "problem"}, at=now - 1_800_000),
        make_item("answer", answer | {"item": "FH-01@1", "task": str(withdrawn.uuid)}, at=now - 1_700_000),
        make_item("place_check", {"key_place": str(pond.uuid), "how": "qr", "code": "x"}, at=now - 1_600_000),
        make_item("place_check", {"key_place": str(pond.uuid), "how": "declared", "reason": "没信号"}, at=now - 1_500_000),
        make_item("report", report | {"photos": ["ab" * 32]}, at=now - 1_400_000),
        make_track(running, lon, lat, n=5, crs=None, start=now - 1_000_000),
    ]


def task_items(task: Task) -> list[Any]:
    return [row.admission for row in task.items.all()]


@proof(12, 300)
@given(data=st.data())
def test_any_order_and_any_repetition_end_in_the_same_state(data: st.DataObject, worker: User, village: Village) -> None:
    with transaction.atomic():
        phone = Phone(worker)
        items = a_shift(worker, village)
        with transaction.atomic():
            phone.sync(*items)
            expected = derived_state()
            transaction.set_rollback(True)
        shuffled = data.draw(st.permutations(items)) + data.draw(st.lists(st.sampled_from(items), max_size=6))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3)))
        for begin, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True):
            phone.sync(*shuffled[begin:end])
        assert derived_state() == expected
        rebuild(worker)
        assert derived_state() == expected
        transaction.set_rollback(True)


def test_a_shift_leaves_what_it_should(phone: Phone, worker: User, village: Village) -> None:
    items = a_shift(worker, village)
    phone.sync(*items)
    state = derived_state()
    sizes = {name: len(rows) for name, rows in state.items()}
    assert sizes["Patrol"] == 2
    assert sizes["TrackSegment"] in (3, 4)  # the long walk crosses midnight, or not, by the time of the test
    assert sizes["LastPosition"] == 1
    assert (sizes["Report"], sizes["Answer"], sizes["PlaceCheck"]) == (3, 3, 2)
    assert sorted(row[1] for row in state["Task"]) == ["done", "withdrawn"]
    rules = sorted(row[4] for row in state["Flag"])
    assert rules == ["crs_missing", "gap", "late", "tag_mismatch", "task_withdrawn", "unknown_kind"]
