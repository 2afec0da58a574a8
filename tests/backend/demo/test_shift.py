"""The shift of simulated phones against a real server, and the week that came before it."""

from __future__ import annotations

import json
import stat
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import LineString
from django.utils import timezone

from backend.accounts.models import Device
from backend.demo.history import load_history
from backend.demo.keeping import Keeping
from backend.demo.shift import NotADemo, Shift, choose, must_be_demo
from backend.demo.world import World
from backend.field.models import LastPosition, Report, TrackSegment, Visit
from backend.patrols.models import Patrol
from backend.phone.models import InboxItem, Outcome
from backend.places.models import Barrier
from tests.backend.builders import (
    Village,
    give_post,
    make_key_place,
    make_person,
    make_report_kind,
    make_township,
    make_unit,
    make_village,
    make_worker,
)

PASSWORD = "长一点的口令-9417"


@pytest.fixture
def village(db: None) -> Village:
    """Three grids with roads and a place each."""
    return lay_out()


def lay_out() -> Village:
    village = make_village(grids=3)
    west, south, east, north = village.unit.boundary.extent
    roads = [LineString((west, (south + north) / 2), (east, (south + north) / 2), srid=4326)]
    for grid, name in zip(village.grids, ("兰小英", "彭水生", "魏强"), strict=True):
        x = (grid.polygon.extent[0] + grid.polygon.extent[2]) / 2
        roads.append(LineString((x, south), (x, north), srid=4326))
        make_key_place(grid)
        make_worker(grid, name=name, consent=False)
    Barrier.objects.bulk_create(Barrier(unit=village.unit, line=line, kind="lane", name="", strength=0.3) for line in roads)
    return village


def world_at(url: str, folder: Path) -> World:
    """Staff as the demo has them, with a file of sign-ins."""
    rows = []
    for role, unit in (("county_admin", make_unit("360829000000")), ("centre_dispatcher", make_township())):
        user = make_person(role, password=PASSWORD)
        give_post(user, role, unit)
        rows.append({"username": user.number, "password": PASSWORD, "role": role, "name": user.name})
    (folder / "sign-ins.json").write_text(json.dumps(rows))
    return World.at(url, folder / "sign-ins.json")


@pytest.mark.django_db(transaction=True)
def test_phones_set_out_are_seen_and_go_on_after_a_restart(live_server: Any, settings: Any, tmp_path: Path) -> None:
    settings.IS_DEMO = True
    lay_out()
    make_report_kind()
    world = world_at(live_server.url, tmp_path)
    must_be_demo(world)
    keep = tmp_path / "shift.json"
    Shift(world, Keeping(keep), phones=3, batch_s=(0.3, 0.5)).run(until=time.monotonic() + 4)
    assert stat.S_IMODE(keep.stat().st_mode) == 0o600
    assert Device.objects.count() == 2  # the tour's grid is left alone
    assert LastPosition.objects.count() >= 1
    assert TrackSegment.objects.exists() and Visit.objects.exists()
    assert set(Outcome.objects.values_list("status", flat=True)) == {"stored"}
    running = set(Patrol.objects.filter(ended_at=None).values_list("uuid", flat=True))
    assert running
    Shift(world, Keeping(keep), phones=3, batch_s=(0.3, 0.5)).run(until=time.monotonic() + 3)
    assert Device.objects.count() == 2
    assert not Patrol.objects.filter(uuid__in=running, ended_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_phone_that_was_signed_out_stays_out(live_server: Any, settings: Any, tmp_path: Path) -> None:
    settings.IS_DEMO = True
    lay_out()
    world = world_at(live_server.url, tmp_path)
    keep = tmp_path / "shift.json"
    Shift(world, Keeping(keep), phones=3, batch_s=(0.3, 0.5)).run(until=time.monotonic() + 2)
    Device.objects.update(revoked_at=timezone.now())
    before = InboxItem.objects.count()
    Shift(world, Keeping(keep), phones=3, batch_s=(0.3, 0.5)).run(until=time.monotonic() + 2)
    assert Device.objects.count() == 2 and InboxItem.objects.count() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("why", ["not started as a demo", "real boundaries"])
def test_nothing_is_simulated_where_the_township_is_not_made_up(
    live_server: Any, settings: Any, tmp_path: Path, why: str
) -> None:
    settings.IS_DEMO = why == "real boundaries"
    village = lay_out()
    if why == "real boundaries":
        village.unit.is_synthetic = False
        village.unit.save()
    with pytest.raises((NotADemo, AssertionError)):
        must_be_demo(world_at(live_server.url, tmp_path))


def test_nobody_walks_nor_seems_to_walk_where_the_tour_does() -> None:
    grids = [
        {"code": f"{i:03d}", "bbox": [114.5 + 0.01 * (i % 9), 27.1 + 0.01 * (i // 9), 114.51 + 0.01 * (i % 9), 27.11 + 0.01 * (i // 9)],
         "persons": [{"role": "worker"}] if i != 40 else []}
        for i in range(72)
    ]  # fmt: skip
    chosen = [int(grid["code"]) for grid in choose(grids, 26)]
    assert len(set(chosen)) == 26
    assert not {0, 7, 14, 21, 28, 40} & set(chosen)


def test_a_week_is_taken_in_as_it_would_have_come(village: Village) -> None:
    make_report_kind()
    at = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    count = load_history(at)
    assert InboxItem.objects.count() == count > 10
    assert Counter(Outcome.objects.values_list("status", flat=True)) == {"stored": count}
    assert not InboxItem.objects.filter(received_at__gt=at).exists()
    assert InboxItem.objects.filter(received_at__lt=at - timedelta(days=3)).exists()
    assert not Patrol.objects.filter(ended_at=None).exists() and not LastPosition.objects.exists()
    assert {visit.person_id for visit in Visit.objects.all()} == {
        duty.user_id for grid in village.grids for duty in grid.duties.all() if duty.grid.visits.exists()
    }
    for visit in Visit.objects.select_related("grid"):
        assert visit.grid.duties.filter(user=visit.person_id).exists()
    assert not Report.objects.filter(occurred_at__lt=at - timedelta(hours=31)).exists()
    assert not Device.objects.live().exists()
