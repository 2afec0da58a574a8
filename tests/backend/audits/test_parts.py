"""What was not seen says why: could not get in, the phone was silent, or nothing is known. The parts tile the ground."""

from __future__ import annotations

import math
import uuid
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from backend.field.models import TrackSegment
from backend.patrols.models import Answer
from tests.backend.audits.ground import computed, lane_ends, lay_lane, metres, store_walk
from tests.backend.builders import (
    Village,
    make_checklist,
    make_key_place,
    make_operator,
    make_task,
    make_township,
    make_worker,
)
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def test_a_place_that_could_not_be_entered_takes_its_ground_out_of_what_nobody_saw_and_adds_nothing_to_the_share(
    village: Village,
) -> None:
    grid, now = village.grids[0], timezone.now()
    lay_lane(grid)
    west, east, lat = lane_ends(grid)
    place = make_key_place(grid, name="林边")
    place.point = Point(west + 0.9 * (east - west), lat, srid=4326)
    place.save()
    person = make_worker(grid)
    task = make_task(grid, person, make_checklist(make_township()), key_place=place)
    item = task.items.all()[0].admission.item
    Answer.objects.create(
        uuid=uuid.uuid4(),
        person=person,
        task=task,
        item=item,
        result="no_entry",
        reason="路断",
        answered_at=now,
        received_at=now,
    )
    store_walk(grid, along=(0.0, 0.5), person=person)
    row = computed(grid)
    assert row is not None
    assert 3_000 < row.no_entry_m2 <= round(3.1416 * 60**2)
    said = Desk(make_operator(make_township(), role="supervisor")).read(f"coverage/{grid.code}")
    parts = {part["kind"]: part for part in said["parts"]}
    assert parts["no_entry"]["m2"] == row.no_entry_m2
    assert "林边：路断" in parts["no_entry"]["note"]
    assert said["share"] == pytest.approx(row.seen_m2 / row.ground_m2)
    assert sum(part["m2"] for part in said["parts"]) == said["ground_m2"]


def test_a_silence_is_never_bridged_and_is_shown_as_not_recorded(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    person, patrol, start = make_worker(grid), uuid.uuid4(), timezone.now() - timedelta(hours=1)
    store_walk(grid, along=(0.1, 0.3), person=person, patrol=patrol, start=start)
    store_walk(grid, along=(0.6, 0.8), person=person, patrol=patrol, start=start + timedelta(minutes=20))
    row = computed(grid)
    assert row is not None
    wide = metres(grid)
    assert row.roads_seen_m == pytest.approx(0.4 * wide + 4 * 40, abs=4)
    assert row.not_recorded_m2 == pytest.approx(0.3 * wide * 80 - math.pi * 40**2, rel=0.01)
    assert [silence["cause"] for silence in row.silences] == ["unknown"]
    said = Desk(make_operator(make_township(), role="supervisor")).read(f"coverage/{grid.code}")
    note = next(part["note"] for part in said["parts"] if part["kind"] == "not_recorded")
    assert note.startswith("15 分钟空白")


def test_two_ends_nobody_could_have_walked_or_ridden_between_are_no_silence_but_a_jump(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    person, patrol, start = make_worker(grid), uuid.uuid4(), timezone.now() - timedelta(hours=1)
    store_walk(grid, along=(0.0, 0.02), person=person, patrol=patrol, start=start, n=10)
    store_walk(grid, along=(0.96, 1.0), person=person, patrol=patrol, start=start + timedelta(seconds=50), n=10)
    row = computed(grid)
    assert row is not None
    assert row.not_recorded_m2 == 0
    assert row.uncounted == {"jump": 1}


def test_fixes_too_coarse_are_counted_as_left_out_and_see_nothing(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    store_walk(grid, acc=160)
    row = computed(grid)
    assert row is None  # nobody can be said to have been there
    assert TrackSegment.objects.count() == 1


def test_two_phones_of_one_person_are_two_walks(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    person, start = make_worker(grid), timezone.now() - timedelta(hours=1)
    for along in ((0.0, 0.2), (0.8, 1.0)):
        store_walk(grid, along=along, person=person, start=start)
    row = computed(grid)
    assert row is not None
    assert row.roads_seen_m == pytest.approx(0.4 * metres(grid) + 2 * 40, abs=4)
    assert len(row.legs) == 2
