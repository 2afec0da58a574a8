from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from backend.accounts.models import AccessEntry, User
from backend.audits.visits import county_day
from backend.field.models import Flag, Visit
from backend.places.models import Grid
from tests.backend.builders import make_operator, make_township, make_village, make_worker
from tests.backend.command.desk import Desk
from tests.backend.command.world import make_world

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 5)


def stay(grid: Grid, person: User, start: datetime, minutes: int) -> Visit:
    return Visit.objects.create(
        grid=grid,
        person=person,
        item=uuid.uuid4(),
        patrol_uuid=uuid.uuid4(),
        t0=start,
        t1=start + timedelta(minutes=minutes),
        n=9,
    )


def supervisor() -> Desk:
    return Desk(make_operator(make_township(), name="周明", role="supervisor"))


def test_a_visited_grid_says_when_and_how_long_and_two_at_once_count_once() -> None:
    village = make_village()
    lan, wei = make_worker(village.grids[0]), make_worker(village.grids[1], name="魏强")
    nine = datetime(2026, 3, 5, 9, tzinfo=SHANGHAI)
    stay(village.grids[0], lan, nine, 30)
    stay(village.grids[0], wei, nine + timedelta(minutes=20), 20)
    answer = supervisor().read("visits", day="2026-03-05")
    first, second = answer["grids"]
    assert answer["rule"] and answer["computed_at"]
    assert (first["visited"], first["visits"], first["duration_s"]) == (True, 2, 2400)
    assert first["first_at"].startswith("2026-03-05T01:00") and first["last_at"].startswith("2026-03-05T01:40")
    assert (second["visited"], second["first_at"], second["has_person"]) == (False, None, True)


def test_the_day_is_the_countys_and_a_stay_over_midnight_counts_on_both_days() -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    stay(grid, lan, datetime(2026, 3, 5, 23, 50, tzinfo=SHANGHAI), 30)
    desk = supervisor()
    seconds = {
        day: desk.read("visits", day=day)["grids"][0]["duration_s"] for day in ("2026-03-04", "2026-03-05", "2026-03-06")
    }
    assert seconds == {"2026-03-04": 0, "2026-03-05": 600, "2026-03-06": 1200}


def test_no_persons_name_stands_beside_the_figures() -> None:
    world = make_world()
    desk = supervisor()
    for path in ("visits", f"visits/{world.grid.code}"):
        said = desk.get(path).content.decode()
        assert world.worker.name not in said and world.worker.number not in said and str(world.worker.uuid) not in said


def test_the_evidence_of_a_grid_holds_stays_answers_and_reports() -> None:
    world = make_world()
    Flag.objects.create(uuid=uuid.uuid4(), person=world.worker, about="patrol", about_id=world.visit.patrol_uuid, rule="late", unit_code=world.grid.code,
                        raised_at=timezone.now())  # fmt: skip
    answer = supervisor().read(f"visits/{world.grid.code}")
    [one] = answer["visits"]
    assert one["item"] == str(world.visit.item) and one["fixes"] == 60 and one["duration_s"] == 295 and one["is_late"]
    assert [row["result"] for row in answer["answers"]] == ["problem"]
    assert [row["id"] for row in answer["reports"]] == [str(world.report.uuid)]


def test_a_persons_track_opens_with_a_reason_only_and_is_written_down_for_that_person() -> None:
    world = make_world()
    desk = supervisor()
    before = AccessEntry.objects.count()
    assert desk.post("tracks/look", {"visit": str(world.visit.item), "reason": "看"}).status_code == 422
    assert AccessEntry.objects.count() == before
    track = desk.change("tracks/look", {"visit": str(world.visit.item), "reason": "核对一段路线"})
    assert track["person"]["name"] == world.worker.name
    assert sum(len(leg["coordinates"]) for leg in track["segments"]) == 60
    lon, lat, at = track["segments"][0]["coordinates"][0]
    assert 114 < lon < 115 and 27 < lat < 28 and at > 1_700_000_000_000
    entry = AccessEntry.objects.latest("pk")
    assert entry.about == world.worker and entry.reason == "核对一段路线" and entry.what == "track"
    looks = Desk(world.worker).read("looks")
    assert "核对一段路线" in [row["reason"] for row in looks] and not looks[0]["is_mine"]


def test_an_operator_of_the_centre_may_not_look_at_a_track() -> None:
    world = make_world()
    before = AccessEntry.objects.count()
    answer = Desk(make_operator()).post("tracks/look", {"visit": str(world.visit.item), "reason": "好奇看一看"})
    assert answer.status_code == 403 and AccessEntry.objects.count() == before


def test_only_the_part_of_a_track_inside_ones_own_ground_is_shown() -> None:
    world = make_world()
    Visit.objects.filter(pk=world.visit.pk).update(t1=world.visit.t0 + timedelta(seconds=100))
    track = supervisor().change("tracks/look", {"visit": str(world.visit.item), "reason": "核对一段路线"})
    assert sum(len(leg["coordinates"]) for leg in track["segments"]) == 21


def test_a_day_before_a_new_plan_still_shows_the_grids_of_that_day() -> None:
    from backend.places.drafting import draft_plan
    from backend.places.publishing import publish_plan
    from tests.backend.places.ground import make_ground

    unit = make_ground()
    long_ago = timezone.now() - timedelta(days=3)
    old = publish_plan(draft_plan(unit, by=None, at=long_ago, k=2), by=None, at=long_ago, on_moved=len).plan
    codes = [grid.code for grid in old.grids.all()]
    publish_plan(draft_plan(unit, by=None, at=timezone.now(), k=8), by=None, at=timezone.now(), on_moved=len)
    desk = supervisor()
    day_before = county_day(timezone.now() - timedelta(days=2)).isoformat()
    assert [row["code"] for row in desk.read("visits", day=day_before)["grids"]] == codes
    assert len(desk.read("visits", day=county_day(timezone.now() + timedelta(days=1)).isoformat())["grids"]) == 8
