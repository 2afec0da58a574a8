"""Every obligation due stands on exactly one person's shoulders, or is an alarm; asked again, nothing changes."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.patrols.actions import withdraw_task
from backend.patrols.frequency import Danger, Workdays, windows_of
from backend.patrols.generate import Generated, generate_obligations
from backend.patrols.models import AlertLevel, CalendarDay, ChecklistItem, ItemAdmission, Obligation, Task
from backend.patrols.results import Given, store_answer
from backend.places.models import GridDuty, KeyPlace
from backend.units.models import AdminUnit
from tests.backend.builders import Village, give_duty, make_key_place, make_operator, make_person, make_village
from tests.proof import proof

CHINA = ZoneInfo("Asia/Shanghai")
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
START = datetime(2026, 5, 1, tzinfo=CHINA).astimezone(UTC)
LONG_AGO = date(2020, 1, 1)
Shouldered = set[tuple[str, str, datetime, int | None]]


@pytest.fixture
def village(db: None) -> Village:
    return make_village(since=START - timedelta(days=900))


def admit(
    unit: AdminUnit,
    code: str,
    frequency: list[dict[str, Any]],
    *,
    days: tuple[date, date | None] = (LONG_AGO, None),
    **more: Any,
) -> ItemAdmission:
    county = AdminUnit.objects.get(code=f"{unit.code[:6]}000000")
    values = {"line": "森林防火", "text": code, "object_kind": "grid"} | more
    item = ChecklistItem.objects.create(county=county, code=code, frequency=frequency, valid=(LONG_AGO, None), **values)
    return ItemAdmission.objects.create(item=item, unit=unit, ground="准入", valid=days, approved_at=timezone.now())


def generate(village: Village, *, first: date = MAY, last: date = JUNE, at: datetime = START) -> Generated:
    return generate_obligations(township(village), (first, last), at=at)


def township(village: Village) -> AdminUnit:
    assert village.unit.parent is not None
    return village.unit.parent


def shouldered(**chosen: Any) -> Shouldered:
    rows = Obligation.objects.filter(task__source="rule", **{"state": "open"} | chosen)
    return {
        (row.item.code, row.task.object_key, row.task.window.lower, row.task.person_id)
        for row in rows.select_related("item", "task")
    }


def test_a_month_of_duties_is_made_once(village: Village) -> None:
    worker = make_person()
    give_duty(worker, village.grids[0], since=START - timedelta(days=30))
    pond = make_key_place(village.grids[0])
    admit(township(village), "WG-01", [{"per": "week"}])
    admit(township(village), "SL-01", [{"per": "week"}, {"per": "month"}], object_kind="key_place", place_kinds=[pond.kind])
    admit(township(village), "HZ-01", [{"per": "week"}], object_kind="key_place")
    made = generate(village)
    assert (made.tasks, made.obligations) == (5 + 5 + 5 + 1, 5 + 5 + 10 + 1)  # two grids and a pond; two lines, one visit
    assert made.without_person == 5  # the other grid has nobody
    assert {row[3] for row in shouldered(task__grid=village.grids[0])} == {worker.pk}
    assert {row[3] for row in shouldered(task__grid=village.grids[1])} == {None}
    assert generate(village).is_nothing


def test_a_stand_in_has_it_while_nobody_else_does_and_not_before(village: Village) -> None:
    worker, stand_in, later = make_person("甲"), make_person("乙"), make_person("丙")
    grid = village.grids[0]
    give_duty(worker, grid, since=START, until=START + timedelta(days=10))
    give_duty(stand_in, grid, "stand_in", since=START, until=START + timedelta(days=20))
    give_duty(later, grid, "stand_in", since=START + timedelta(days=1))
    admit(township(village), "WG-01", [{"per": "day"}])
    generate(village)
    people = [person for *_, person in sorted(shouldered(task__grid=grid), key=lambda row: row[2])]
    assert people == [worker.pk] * 10 + [stand_in.pk] * 10 + [later.pk] * 11
    User.objects.filter(pk=worker.pk).update(is_active=False)
    assert generate(village).moved == 10
    assert {row[3] for row in shouldered(task__grid=grid)} == {stand_in.pk, later.pk}


def test_what_is_done_stays_and_what_is_open_follows_the_post(village: Village) -> None:
    old, new = make_person("旧"), make_person("新")
    grid, noon = village.grids[0], START + timedelta(days=9, hours=12)
    duty = give_duty(old, grid, since=START)
    admit(township(village), "WG-01", [{"per": "day"}])
    generate(village)
    first = Task.objects.filter(grid=grid).order_by("window")[0]
    store_answer(uuid.uuid4(), first, first.items.get().item, Given("ok"), by=old, at=START, received_at=START)
    GridDuty.objects.filter(pk=duty.pk).update(valid=(START, noon))
    give_duty(new, grid, since=noon)
    moved = generate(village, first=date(2026, 5, 10), at=noon)
    assert moved.moved == 22  # the tenth, already begun, and all that follow
    assert shouldered(state="done") == {("WG-01", grid.code, START, old.pk)}
    assert {row[3] for row in shouldered(task__grid=grid) if row[2] < START + timedelta(days=9)} == {old.pk}


def test_a_danger_raises_how_often_and_lifted_takes_back_what_is_open(village: Village) -> None:
    give_duty(make_person(), village.grids[0], since=START)
    storm = {"hazard": "storm", "from": "orange"}
    admit(township(village), "SL-01", [{"per": "week"}, {"per": "day", "times": 4, "alert": storm}])
    generate(village)
    level = AlertLevel.objects.create(
        unit=village.unit,
        hazard="storm",
        level="red",
        ground="气象台",
        raised_at=START,
        valid=(START, START + timedelta(days=2)),
    )
    assert generate(village).obligations == 2 * 8
    AlertLevel.objects.filter(pk=level.pk).update(valid=(START, START + timedelta(hours=6)))
    assert generate(village).withdrawn == 2 * 7
    assert Task.objects.filter(state="withdrawn").exclude(withdrawal_ground="").count() == 2 * 7
    AlertLevel.objects.filter(pk=level.pk).update(valid=(START, START + timedelta(days=1)))
    assert generate(village).obligations == 2 * 3  # the same tasks, open again
    assert generate(village).is_nothing


def test_what_a_person_took_back_stays_back(village: Village) -> None:
    give_duty(make_person(), village.grids[0], since=START)
    admit(township(village), "WG-01", [{"per": "week"}])
    generate(village)
    Task.objects.filter(grid=village.grids[0]).update(state="withdrawn", withdrawal_ground="大雪封山")
    assert generate(village).is_nothing
    assert not Task.objects.filter(grid=village.grids[0], state="open").exists()


def test_an_alarm_is_taken_back_though_it_is_nobodys(village: Village) -> None:
    admit(township(village), "WG-01", [{"per": "week"}])
    generate(village)
    alarm = Task.objects.without_person().first()
    assert alarm is not None
    assert withdraw_task(alarm, ground="大雪封山", by=make_operator(township(village)), at=START).state == "withdrawn"


def test_a_new_version_asks_from_its_day_on_and_cuts_nothing(village: Village) -> None:
    before = admit(township(village), "WG-01", [{"per": "month"}], days=(LONG_AGO, date(2026, 5, 11)))
    ChecklistItem.objects.filter(pk=before.item_id).update(valid=(LONG_AGO, date(2026, 5, 11)))
    after = ChecklistItem.objects.create(
        county=before.item.county, code="WG-01", version=2, frequency=[{"per": "week"}], valid=(date(2026, 5, 11), None),
        line="森林防火", text="新", object_kind="grid",
    )  # fmt: skip
    ItemAdmission.objects.create(
        item=after, unit=before.unit, ground="沿用", valid=(date(2026, 5, 11), None), approved_at=timezone.now()
    )
    generate(village)
    grid = village.grids[0].code
    rows = Obligation.objects.filter(task__object_key=grid).order_by("task__window", "pk")
    days = [(row.item.version, row.task.window.lower.astimezone(CHINA).day) for row in rows.select_related("item", "task")]
    assert days == [(1, 1), (2, 11), (2, 18), (2, 25)]


def test_an_answer_given_before_it_was_asked_by_rule_settles_it(village: Village) -> None:
    worker = make_person()
    give_duty(worker, village.grids[0], since=START)
    first = admit(township(village), "WG-01", [{"per": "day"}])
    generate(village)
    today = Task.objects.get(grid=village.grids[0], window__startswith=START)
    at = START + timedelta(hours=9)
    store_answer(uuid.uuid4(), today, first.item, Given("ok"), by=worker, at=at, received_at=at)
    ChecklistItem.objects.filter(pk=first.item_id).update(frequency=[{"per": "day"}, {"per": "month"}])
    generate(village, at=at)
    month = Task.objects.get(grid=village.grids[0], window__endswith=START + timedelta(days=31), window__startswith=START)
    assert month.state == "done"


def test_restricted_items_stand_in_tasks_of_their_own(village: Village) -> None:
    admit(township(village), "WG-01", [{"per": "month"}])
    admit(township(village), "TS-01", [{"per": "month"}], sight="restricted")
    generate(village)
    kinds = (
        Task.objects.filter(grid=village.grids[0]).values_list("is_restricted", "items__item__code").order_by("is_restricted")
    )
    assert list(kinds) == [(False, "WG-01"), (True, "TS-01")]


# -- against an oracle that walks over everything, one at a time ---------------------------------------------------------

PERS = st.fixed_dictionaries(
    {"per": st.sampled_from(["day", "work_day", "week", "month", "quarter"]), "times": st.integers(1, 3)},
    optional={
        "season": st.sampled_from([["04-01", "05-10"], ["10-01", "05-20"], ["05-15", "05-15"]]),
        "alert": st.sampled_from([{"hazard": "storm", "from": "orange"}, {"hazard": "fire", "from": "blue"}]),
    },
)
ITEMS = st.lists(
    st.fixed_dictionaries(
        {
            "frequency": st.lists(PERS, min_size=1, max_size=3),
            "object_kind": st.sampled_from(["grid", "key_place"]),
            "risks": st.sampled_from([[], ["high"], ["medium", "low"]]),
            "days": st.sampled_from([(LONG_AGO, None), (date(2026, 5, 7), None), (LONG_AGO, date(2026, 5, 20))]),
            "is_county": st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)
SPELLS = st.tuples(st.integers(-10, 32), st.integers(1, 25), st.integers(0, 23))
DUTIES = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["worker", "stand_in"]), st.integers(0, 3), SPELLS), max_size=7)
DANGERS = st.lists(
    st.tuples(st.sampled_from(["storm", "fire"]), st.sampled_from(["blue", "orange", "red"]), st.booleans(), SPELLS), max_size=3
)


def spell(days: tuple[int, int, int]) -> tuple[datetime, datetime]:
    begin = START + timedelta(days=days[0], hours=days[2])
    return begin, begin + timedelta(days=days[1])


def build(world: dict[str, Any]) -> Village:
    village = make_village(since=START - timedelta(days=900))
    people = [make_person(f"人{number}") for number in range(4)]
    User.objects.filter(pk=people[3].pk).update(is_active=False)
    for number, risk in enumerate(world["places"]):
        place = make_key_place(village.grids[number % 2], name=f"塘{number}")
        KeyPlace.objects.filter(pk=place.pk).update(risk=risk)
    county = township(village).parent
    assert county is not None
    for number, one in enumerate(world["items"]):
        unit = county if one["is_county"] else township(village)
        risks = one["risks"] if one["object_kind"] == "key_place" else []
        admit(unit, f"X-{number}", one["frequency"], days=one["days"], object_kind=one["object_kind"], risks=risks)
    for grid, role, person, days in world["duties"]:
        begin, end = spell(days)
        taken = GridDuty.objects.filter(grid=village.grids[grid], role="worker", valid__overlap=(begin, end))
        if role == "stand_in" or not taken.exists():
            give_duty(people[person], village.grids[grid], role, since=begin, until=end)
    for hazard, level, is_village, days in world["dangers"]:
        unit = village.unit if is_village else county
        AlertLevel.objects.create(unit=unit, hazard=hazard, level=level, ground="气象台", raised_at=START, valid=spell(days))
    for number, works in world["calendar"].items():
        CalendarDay.objects.create(
            county=county, day=MAY + timedelta(days=number), kind="work" if works else "rest", source="测试"
        )
    return village


def told(village: Village, at: datetime) -> Shouldered:
    """What should be: every item, object and window by itself."""
    calendar = Workdays({row.day: row.kind == "work" for row in CalendarDay.objects.all()})
    dangers = [Danger(row.hazard, row.level, row.valid.lower, row.valid.upper) for row in AlertLevel.objects.all()]
    found: Shouldered = set()
    for admission in ItemAdmission.objects.select_related("item"):
        days = (admission.valid.lower, admission.valid.upper)
        item = admission.item
        windows = windows_of(item.frequency, MAY, JUNE, zone=CHINA, workdays=calendar, dangers=dangers, held=days)
        for grid in village.grids:
            places = [
                place for place in KeyPlace.objects.filter(grid_code=grid.code) if not item.risks or place.risk in item.risks
            ]
            keys = [grid.code] if item.object_kind == "grid" else [str(place.uuid) for place in places]
            for window in windows:
                if window.end > at:
                    who = person_of(village, grid.pk, max(window.begin, at))
                    found |= {(item.code, key, window.begin, who) for key in keys}
    return found


def person_of(village: Village, grid: int, instant: datetime) -> int | None:
    duties = [
        duty
        for duty in GridDuty.objects.filter(grid=grid).select_related("user")
        if instant in duty.valid and duty.user.is_active
    ]
    workers = [duty.user_id for duty in duties if duty.role == "worker"]
    stand_ins = sorted((duty.valid.lower, duty.pk, duty.user_id) for duty in duties if duty.role == "stand_in")
    return workers[0] if workers else stand_ins[0][2] if stand_ins else None


WORLDS = st.fixed_dictionaries(
    {
        "places": st.lists(st.sampled_from(["high", "medium", "low"]), max_size=4),
        "items": ITEMS,
        "duties": DUTIES,
        "dangers": DANGERS,
        "calendar": st.dictionaries(st.integers(0, 30), st.booleans(), max_size=4),
        "later": DUTIES,
        "hours": st.integers(0, 500),
    }
)


@pytest.mark.django_db
@proof(short=20, long=10_000)
@given(WORLDS)
def test_the_shoulders_are_those_an_oracle_finds(world: dict[str, Any]) -> None:
    with transaction.atomic():
        village = build(world)
        generate(village)
        assert shouldered() == told(village, START)
        assert generate(village).is_nothing
        # Everything changes hands, and some time has gone by: what is still to come stands on the new shoulders.
        GridDuty.objects.all().delete()
        at = START + timedelta(hours=world["hours"])
        people = list(User.objects.order_by("-pk")[:4])
        for grid, role, person, days in world["later"]:
            begin, end = spell(days)
            if (
                role == "stand_in"
                or not GridDuty.objects.filter(grid=village.grids[grid], role="worker", valid__overlap=(begin, end)).exists()
            ):
                give_duty(people[person], village.grids[grid], role, since=begin, until=end)
        generate(village, at=at)
        assert set(shouldered(task__window__endswith__gt=at)) == told(village, at)
        assert replace(generate(village, at=at), without_person=0).is_nothing
        transaction.set_rollback(True)
