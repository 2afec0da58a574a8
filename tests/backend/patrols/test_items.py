"""Items get versions, are applied for, admitted and withdrawn; what was asked ahead follows, what was done stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from backend.patrols.actions import ItemNotAdmitted, admitted
from backend.patrols.admissions import (
    AlreadyAdmitted,
    Load,
    NotApplied,
    NotInForce,
    OverCap,
    apply_item,
    decide_application,
    withdraw_admission,
)
from backend.patrols.items import ItemExists, ItemOutdated, create_item, end_item, revise_item
from backend.patrols.models import ChecklistItem, ItemAdmission, Obligation, Task
from backend.places.models import Grid
from backend.problems import Unreadable
from tests.backend.builders import make_checklist, make_person, make_task, make_township, make_unit, make_village, make_worker

pytestmark = pytest.mark.django_db

FIELDS: dict[str, Any] = {"line": "防溺水", "text": "救生圈在不在", "object_kind": "key_place", "place_kinds": ["pond"]}


def today() -> date:
    return timezone.localdate()


def day(days: int) -> date:
    return today() + timedelta(days=days)


def at_day(days: int) -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)


def make_item(code: str = "FN-01", **more: Any) -> ChecklistItem:
    county = make_unit("360829000000")
    return create_item(county, code, {**FIELDS, **more}, since=day(-10), by=None, at=timezone.now())


def make_ahead(admission: ItemAdmission, *, days: int, state: str = "open") -> Task:
    """A task that begins some days from now, with one obligation under the admission."""
    grid = Grid.objects.first() or make_village().grids[0]
    task = make_task(grid, make_worker(), [], window=(at_day(days), at_day(days + 1)))
    Obligation.objects.create(task=task, admission=admission, item=admission.item, position=0, state=state)
    return task


def test_a_new_version_takes_over_on_its_day_with_the_admissions_of_the_one_before() -> None:
    township, by, now = make_township(), make_person(), timezone.now()
    first = make_item()
    admission = ItemAdmission.objects.create(item=first, unit=township, ground="县里同意", valid=DateRange(day(-5), day(30)))
    waiting = apply_item(first, make_unit("360829000000"), ground="全县都看", days=(today(), None), by=by, at=now)
    second = revise_item(first, {**FIELDS, "text": "救生圈、绳、杆、牌齐不齐"}, since=day(3), by=by, at=now)
    first.refresh_from_db()
    assert (second.version, second.valid, first.valid) == (2, DateRange(day(3), None), DateRange(day(-10), day(3)))
    admission.refresh_from_db()
    waiting.refresh_from_db()
    carried = ItemAdmission.objects.get(item=second, state="admitted")
    assert (admission.valid, carried.valid) == (DateRange(day(-5), day(3)), DateRange(day(3), day(30)))
    assert (carried.ground, carried.unit) == ("县里同意", township) and waiting.item == second
    assert [row.item for row in admitted("360829102201001", ["FN-01@1"], at=now)] == [first]
    assert [row.item for row in admitted("360829102201001", ["FN-01@2"], at=now + timedelta(days=4))] == [second]
    with pytest.raises(ItemNotAdmitted):
        admitted("360829102201001", ["FN-01@1"], at=now + timedelta(days=4))


def test_an_old_version_is_not_revised_and_none_begins_in_the_past() -> None:
    item, now = make_item(), timezone.now()
    with pytest.raises(Unreadable, match="不能早于今天"):
        revise_item(item, FIELDS, since=day(-1), by=None, at=now)
    revise_item(item, FIELDS, since=today(), by=None, at=now)
    with pytest.raises(ItemOutdated):
        revise_item(item, FIELDS, since=day(5), by=None, at=now)
    with pytest.raises(ItemExists):
        make_item()
    newest = ChecklistItem.objects.get(code="FN-01", version=2)
    with pytest.raises(Unreadable, match="之后"):
        revise_item(newest, FIELDS, since=today(), by=None, at=now)


def test_what_was_asked_ahead_in_old_words_is_taken_back_and_what_is_done_stays() -> None:
    now, township = timezone.now(), make_township()
    item = make_item()
    admission = ItemAdmission.objects.create(item=item, unit=township, ground="县里同意", valid=DateRange(day(-5), None))
    before, after, done = (
        make_ahead(admission, days=2),
        make_ahead(admission, days=3),
        make_ahead(admission, days=4, state="done"),
    )
    revise_item(item, FIELDS, since=day(3), by=None, at=now)
    for task in (before, after, done):
        task.refresh_from_db()
    assert (before.state, after.state, done.state) == ("open", "withdrawn", "open")
    assert "新的一版" in after.withdrawal_ground and after.moved_at == now
    assert [row.state for row in Obligation.objects.order_by("task__window")] == ["open", "withdrawn", "done"]


def test_a_task_loses_what_is_withdrawn_and_keeps_the_rest() -> None:
    now, by = timezone.now(), make_person()
    village = make_village()
    gone, stays, done = make_checklist(village.unit.parent or make_township(), "A-01", "A-02", "A-03")
    both = make_task(village.grids[0], make_worker(), [gone, stays], window=(at_day(2), at_day(3)))
    rest = make_task(village.grids[1], make_worker(), [gone, done], window=(at_day(2), at_day(3)))
    rest.items.filter(admission=done).update(state="done", settled_at=now)
    withdraw_admission(gone, since=day(1), ground="别的部门自己查", by=by, at=now)
    both.refresh_from_db()
    rest.refresh_from_db()
    assert (both.state, rest.state) == ("open", "done")
    assert sorted(both.items.values_list("state", flat=True)) == ["open", "withdrawn"]
    gone.refresh_from_db()
    assert gone.valid.upper == day(1) and gone.withdrawal_ground == "别的部门自己查" and gone.withdrawn_by == by
    with pytest.raises(NotInForce):
        withdraw_admission(gone, since=day(2), ground="再来一次", by=by, at=now)


def test_an_application_is_decided_once_and_a_refusal_says_why() -> None:
    now, by, township = timezone.now(), make_person(), make_township()
    item = make_item()
    admission = apply_item(item, township, ground="汛期到了", days=(today(), day(60)), by=by, at=now, is_temporary=True)
    assert admission.state == "applied" and admission.applied_by == by
    with pytest.raises(ItemNotAdmitted):
        admitted("360829102201001", ["FN-01@1"], at=now)
    with pytest.raises(AlreadyAdmitted):
        apply_item(item, township, ground="再申请", days=(today(), None), by=by, at=now)
    with pytest.raises(Unreadable, match="为什么"):
        decide_application(admission, is_admitted=False, by=by, at=now)
    decide_application(admission, is_admitted=True, note="汛期同意", by=by, at=now)
    assert admitted("360829102201001", ["FN-01@1"], at=now)[0].decision_note == "汛期同意"
    with pytest.raises(NotApplied):
        decide_application(admission, is_admitted=False, note="晚了", by=by, at=now)
    with pytest.raises(AlreadyAdmitted):
        apply_item(item, township, ground="再申请", days=(day(10), None), by=by, at=now)


def test_a_temporary_item_has_to_end() -> None:
    with pytest.raises(Unreadable, match="哪天为止"):
        apply_item(
            make_item(),
            make_township(),
            ground="急",
            days=(today(), None),
            by=make_person(),
            at=timezone.now(),
            is_temporary=True,
        )


def test_above_the_cap_an_admission_needs_a_reason_and_keeps_what_was_shown() -> None:
    now, by = timezone.now(), make_person()
    admission = apply_item(make_item(), make_township(), ground="汛期到了", days=(today(), None), by=by, at=now)
    load = Load(before=230, after=262, cap=240, over=3)
    with pytest.raises(OverCap):
        decide_application(admission, is_admitted=True, note="同意", load=load, by=by, at=now)
    found = decide_application(admission, is_admitted=True, note="同意", reason="只两个月", load=load, by=by, at=now)
    assert found.load_note == {"before": 230, "after": 262, "cap": 240, "over": 3}
    assert found.decision_note == "同意；只两个月"


def test_an_item_that_ends_takes_its_admissions_and_applications_with_it() -> None:
    now, by, township = timezone.now(), make_person(), make_township()
    item = make_item()
    admission = ItemAdmission.objects.create(item=item, unit=township, ground="县里同意", valid=DateRange(day(-5), None))
    waiting = apply_item(item, make_unit("360829000000"), ground="全县", days=(today(), None), by=by, at=now)
    ahead = make_ahead(admission, days=5)
    end_item(item, since=day(1), ground="有监控了", by=by, at=now)
    for row in (item, admission, waiting, ahead):
        row.refresh_from_db()
    assert item.valid.upper == admission.valid.upper == day(1)
    assert (waiting.state, waiting.decision_note, ahead.state) == ("rejected", "有监控了", "withdrawn")


def test_every_fault_of_an_item_is_said_at_its_field() -> None:
    wrong = {
        "line": "",
        "text": "看" * 130,
        "object_kind": "household",
        "place_kinds": ["pond"],
        "risks": ["high"],
        "evidence_policy": "photo",
        "minutes": 0,
        "frequency": [{"per": "day", "times": 30}],
        "answer_type": {"type": "choice", "label": "闸门", "options": ["开"]},
    }
    with pytest.raises(Unreadable) as caught:
        make_item(**wrong)
    where = [row["where"] for row in caught.value.extra["fields"]]
    assert where == [
        *("line", "text", "minutes", "place_kinds", "risks", "necessity_ground", "evidence_policy", "frequency", "answer_type")
    ]
