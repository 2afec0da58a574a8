"""Two people on shared tasks: whatever order, repetition, delay and rebuilds in between, every derived column ends the same."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.field.actions import tag_hash
from backend.field.flags import decide_flag, mark_shown
from backend.field.models import (
    Flag,
    FlagAnswer,
    FlagDecision,
    LastPosition,
    PlaceCheck,
    PlaceVisit,
    Report,
    TrackSegment,
    Visit,
)
from backend.patrols.actions import withdraw_task
from backend.patrols.models import Answer, Patrol, Task
from backend.phone.models import InboxItem
from backend.phone.rebuild import NotRebuilt, rebuild
from tests.backend.builders import (
    Village,
    give_duty,
    make_checklist,
    make_key_place,
    make_operator,
    make_report_kind,
    make_task,
    make_worker,
    middle,
)
from tests.backend.phone_client import Item, Phone, make_item, make_track, now_ms
from tests.proof import proof

pytestmark = pytest.mark.django_db

DERIVED = (
    Patrol, TrackSegment, Visit, LastPosition, PlaceCheck, PlaceVisit, Report, Answer, Task, Flag, FlagAnswer, FlagDecision,
)  # fmt: skip
#: What names the row, and when it came: those differ between two orders of arrival, and nothing else may.
OF_ARRIVAL = {"id", "received_at", "raised_at", "device_id"}
DAY = 86_400_000
MIN = 60_000


def derived_state() -> dict[str, list[str]]:
    """Every column of every derived table, but for row numbers and times of arrival."""
    return {model.__name__: sorted(_row(row, model) for row in model.objects.values()) for model in DERIVED}


def _row(row: dict[str, Any], model: type[models.Model]) -> str:
    kept = {key: bytes(value).hex() if isinstance(value, memoryview | bytes) else str(value) for key, value in row.items()}
    return json.dumps({key: value for key, value in kept.items() if key not in OF_ARRIVAL}, sort_keys=True)


def stand(track: Item) -> Item:
    """The same track by somebody who does not move."""
    body = track["body"]
    return {**track, "body": {**body, "lon": [body["lon"][0]] + [0] * (len(body["lon"]) - 1)}}


class Shift:
    """Two people, each with a phone, in a village with two grids, a shared task, two key places; what both will send."""

    def __init__(self, village: Village) -> None:
        make_report_kind()
        self.people = [make_worker(grid, name=name) for grid, name in zip(village.grids, ("兰小英", "莫远"), strict=True)]
        self.phones = [Phone(person) for person in self.people]
        self.items: list[tuple[int, Item]] = []
        grid = village.grids[0]
        admissions = make_checklist(village.unit, "FH-01", "FH-02", "FH-03")
        self.pond = make_key_place(grid, name="门前塘", tag_hash=tag_hash("塘的码"))
        self.ford = make_key_place(village.grids[1], name="渡口")
        self.shared = make_task(grid, self.people[0], admissions, key_place=self.pond)
        give_duty(self.people[1], grid, role="stand_in")
        self.withdrawn = make_task(grid, self.people[0], admissions[:2], title="要撤的")
        for who in (0, 1):
            self._walk(who, village)

    def _walk(self, who: int, village: Village) -> None:
        now, lon, lat = now_ms(), *middle(village.grids[who])
        ended, running = str(uuid.uuid4()), str(uuid.uuid4())
        photos = [f"{who + 10:02x}" * 32]
        fix = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 20, "source": "gps"}
        said = {"kind": "0101", "text": f"垃圾{who}", "urgent": 0, "place": fix, "photos": [], "patrol": ended}
        answer = {"task": str(self.shared.uuid), "patrol": ended}
        body = {"patrol": ended, "event": "end", "reason": "person"}
        mine = [
            make_item("patrol", {"patrol": ended, "event": "start"}, at=now - 2 * DAY),
            # Past midnight; stands still at the pond; a gap that is asked about; two pieces that overlap.
            make_track(ended, lon - 0.002, lat, n=120, step_ms=15_000, start=now - 2 * DAY),
            stand(make_track(ended, lon, lat, n=60, start=now - 2 * DAY + 45 * MIN)),
            make_track(ended, lon, lat, n=300, step_ms=60_000, start=now - 2 * DAY + 3 * 60 * MIN),
            make_track(ended, lon, lat, n=30, start=now - 2 * DAY + 3 * 60 * MIN, mock=[1] * 30),
            make_item("patrol", body | {"reason": "shift_over"}, at=now - 2 * DAY + 9 * 60 * MIN),
            make_item("patrol", body, at=now - 2 * DAY + 8 * 60 * MIN),
            make_item("report", said, at=now - 2 * DAY + 50 * MIN),
            make_item("report", said | {"photos": photos, "task": str(self.shared.uuid)}, at=now - 2 * DAY + 55 * MIN),
            make_item("report", said | {"place": None, "kind": "9999", "patrol": None}, at=now - 5 * DAY),
            make_item("answer", answer | {"item": "FH-01@1", "result": "ok"}, at=now - DAY - who * MIN),
            make_item("answer", answer | {"item": "FH-02@1", "result": "no_entry", "reason": "没人"}, at=now - DAY),
            make_item("answer", answer | {"item": "FH-03@1", "result": "problem"}, at=now - DAY + who * MIN),
            make_item("answer", {"task": str(self.withdrawn.uuid), "item": "FH-01@1", "result": "ok"}, at=now - DAY),
            make_item("place_check", {"key_place": str(self.pond.uuid), "how": "qr", "code": "塘的码"}, at=now - DAY),
            make_item("place_check", {"key_place": str(self.pond.uuid), "how": "tag", "code": "别的"}, at=now - DAY),
            make_item("place_check", {"key_place": str(self.ford.uuid), "how": "declared", "reason": "水大"}, at=now - DAY),
            make_item("patrol", {"patrol": running, "event": "start"}, at=now - 40 * MIN),
            make_track(running, lon, lat, n=50, start=now - 30 * MIN),
            make_track(running, lon, lat, n=50, start=now - 20 * MIN),
            make_track(running, lon, lat, n=5, crs=None, start=now - 10 * MIN),
            make_item("nonsense", {"x": 1}),
        ]
        self.items += [(who, item) for item in mine]

    def send(self, chosen: list[tuple[int, Item]]) -> None:
        """In batches of neighbours of one phone, as they stand."""
        batch: list[Item] = []
        for position, (who, item) in enumerate(chosen):
            batch.append(item)
            if position + 1 == len(chosen) or chosen[position + 1][0] != who:
                self.phones[who].sync(*batch)
                batch = []


@proof(3, 100)
@given(data=st.data())
def test_shuffled_doubled_delayed_and_rebuilt_in_between_it_ends_in_the_same_state(
    data: st.DataObject, village: Village
) -> None:
    with transaction.atomic():
        shift = Shift(village)
        with transaction.atomic():
            shift.send(shift.items)
            expected = derived_state()
            transaction.set_rollback(True)
        again = data.draw(st.lists(st.sampled_from(shift.items), max_size=8))
        order = data.draw(st.permutations([*shift.items, *again]))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), min_size=1, max_size=4)))
        for begin, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
            shift.send(order[begin:end])
            if data.draw(st.booleans()):
                rebuild(shift.people[data.draw(st.integers(0, 1))])
        assert derived_state() == expected
        for person in data.draw(st.permutations(shift.people)):
            rebuild(person)
        assert derived_state() == expected
        transaction.set_rollback(True)


def test_a_shift_of_two_leaves_every_kind_of_trace(village: Village) -> None:
    shift = Shift(village)
    shift.send(shift.items)
    state = derived_state()
    empty = [name for name, rows in state.items() if not rows]
    assert empty == ["FlagAnswer", "FlagDecision"]
    assert {visit.grade for visit in PlaceVisit.objects.all()} >= {"A", "C", "D"}
    assert Task.objects.get(uuid=shift.shared.uuid).state == "done"


def test_a_task_withdrawn_after_it_was_answered_is_no_question_in_a_rebuild(village: Village) -> None:
    shift = Shift(village)
    shift.send(shift.items)
    before = derived_state()
    withdraw_task(shift.withdrawn, ground="不用了", by=make_operator(), at=timezone.now() + timedelta(seconds=1))
    rebuild(shift.people[0])
    after = derived_state()
    assert after["Flag"] == before["Flag"]
    assert after["Answer"] == before["Answer"]


def test_what_was_shown_answered_and_decided_outlives_a_rebuild(village: Village) -> None:
    shift = Shift(village)
    shift.send(shift.items)
    first, second = Flag.objects.filter(person=shift.people[0]).order_by("uuid")[:2]
    mark_shown([first.uuid, second.uuid], to=shift.people[0], at=timezone.now())
    decide_flag(second, decision="counts", note="", by=make_operator(role="supervisor"), at=timezone.now())
    before = derived_state()
    rebuild(shift.people[0])
    after = derived_state()
    assert after["Flag"] == before["Flag"]
    assert after["FlagDecision"] == before["FlagDecision"]
    assert Flag.objects.exclude(shown_at=None).count() == 2


def test_what_the_phone_was_told_stays_what_it_was_told(village: Village) -> None:
    shift = Shift(village)
    shift.send(shift.items)
    told = list(InboxItem.objects.order_by("pk").values_list("outcome__status", "outcome__code", "outcome__at", "state"))
    for person in shift.people:
        rebuild(person)
    assert (
        list(InboxItem.objects.order_by("pk").values_list("outcome__status", "outcome__code", "outcome__at", "state")) == told
    )


def test_a_rebuild_that_cannot_read_what_was_read_once_changes_nothing(village: Village, phone: Phone, worker: User) -> None:
    phone.sync(make_item("report", {"kind": "0101", "text": "有积水", "urgent": 0, "photos": []}))
    before = derived_state()
    with connection.cursor() as cursor:  # a fault nobody foresaw
        cursor.execute("create function nothing_goes_in() returns trigger language plpgsql as $$ begin raise 'full'; end $$")
        cursor.execute(
            "create trigger nothing_goes_in before insert on field_report for each row execute function nothing_goes_in()"
        )
    with pytest.raises(NotRebuilt):
        rebuild(worker)
    assert derived_state() == before
