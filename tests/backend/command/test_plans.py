from __future__ import annotations

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.command.jobs import draw_tiles
from backend.command.models import TileShape
from backend.command.tile_shapes import draw_missing
from backend.places.jobs import divide
from backend.places.models import GridPlan, TownshipRun
from tests.backend.builders import give_duty, make_checklist, make_operator, make_person, make_task, make_township, make_unit
from tests.backend.command.desk import Desk
from tests.backend.places.ground import make_ground

pytestmark = pytest.mark.django_db


def administrator() -> Desk:
    return Desk(make_operator(make_unit("360829000000"), name="县管理", role="county_admin"))


def test_a_village_is_drafted_looked_at_and_published() -> None:
    unit, desk = make_ground(), administrator()
    plan = desk.change("plans/draft", {"unit": unit.code, "k": 4})
    assert plan["state"] == "draft" and len(plan["grids"]["features"]) == 4 and plan["current"]["features"] == []
    assert plan["metrics"]["cut_buildings"] == 0 and plan["metrics"]["k"] == 4 and plan["synthetic"]
    assert plan["grids"]["features"][0]["properties"]["code"] == f"{unit.code}001"
    picture = desk.get(f"plans/{plan['id']}/picture.svg")
    assert picture.headers["Content-Type"].startswith("image/svg+xml") and "合成示意" in picture.content.decode()
    done = desk.change(f"plans/{plan['id']}/publish")
    assert done["published"] and len(done["open_grids"]) == 4
    assert [row["state"] for row in desk.read("plans", unit=unit.code)] == ["published"]
    assert len(desk.read(f"plans/{plan['id']}")["current"]["features"]) == 4


def test_open_tasks_follow_their_ground_and_the_person_hears_of_it() -> None:
    unit, desk = make_ground(), administrator()
    desk.change(f"plans/{desk.change('plans/draft', {'unit': unit.code, 'k': 2})['id']}/publish")
    grid = GridPlan.objects.published().get(unit=unit).grids.all()[0]
    lan = make_person()
    task = make_task(grid, lan, make_checklist(make_township()))
    done = desk.change(f"plans/{desk.change('plans/draft', {'unit': unit.code, 'k': 8})['id']}/publish")
    task.refresh_from_db()
    grid.refresh_from_db()
    assert done["moved_tasks"] == 1
    assert task.grid.plan.state == "published" and task.grid.code == grid.successors[0] and task.person == lan


def test_somebody_else_published_meanwhile() -> None:
    unit, desk = make_ground(), administrator()
    first, second = (desk.change("plans/draft", {"unit": unit.code, "k": k})["id"] for k in (2, 4))
    desk.change(f"plans/{second}/publish")
    assert desk.post(f"plans/{first}/publish").json()["type"] == "/problems/plan_outdated"
    assert desk.post(f"plans/{second}/publish").json()["type"] == "/problems/plan_not_draft"


def test_a_centre_neither_drafts_nor_publishes() -> None:
    unit, desk = make_ground(), administrator()
    plan = desk.change("plans/draft", {"unit": unit.code, "k": 2})["id"]
    centre = Desk(make_operator(role="centre_leader"))
    assert centre.post("plans/draft", {"unit": unit.code}).status_code == 403
    assert centre.post(f"plans/{plan}/publish").status_code == 404


@pytest.mark.parametrize("wrong", [{"k": 0}, {"k": 201}, {"target_households": 0}, {"unit": ""}])
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    unit = make_ground()
    answer = administrator().post("plans/draft", {"unit": unit.code} | wrong)
    assert answer.status_code in (404, 422) and not GridPlan.objects.exists()


def test_a_township_is_no_village() -> None:
    make_ground()
    assert administrator().post("plans/draft", {"unit": "360829102000"}).status_code == 404


def test_before_publishing_the_page_is_told_who_and_what_would_move() -> None:
    unit, desk = make_ground(), administrator()
    desk.change(f"plans/{desk.change('plans/draft', {'unit': unit.code, 'k': 2})['id']}/publish")
    grid, lan = GridPlan.objects.published().get(unit=unit).grids.all()[0], make_person()
    give_duty(lan, grid)
    make_task(grid, lan, make_checklist(make_township()), title="看山塘")
    told = desk.read(f"plans/{desk.change('plans/draft', {'unit': unit.code, 'k': 8})['id']}/preview")
    assert (told["moved_households"], told["reassigned_households"]) == (1440, 720)
    assert [row["person"] for row in told["ended_duties"]] == [lan.name] and len(told["open_grids"]) == 8
    assert [(row["title"], row["grid"]) for row in told["tasks"]] == [("看山塘", grid.code)]
    same = desk.read(f"plans/{desk.change('plans/draft', {'unit': unit.code, 'k': 2})['id']}/preview")
    assert same["tasks"] == [] and [(row["name"], row["households"]) for row in same["persons"]] == [(lan.name, 720)]


def test_a_publication_is_undone_by_putting_the_older_plan_in_force_again() -> None:
    unit, desk = make_ground(), administrator()
    first = desk.change("plans/draft", {"unit": unit.code, "k": 2})
    desk.change(f"plans/{first['id']}/publish")
    desk.change(f"plans/{desk.change('plans/draft', {'unit': unit.code, 'k': 8})['id']}/publish")
    assert len(desk.read(f"plans/{first['id']}/preview")["grids"]) == 2
    back = desk.change(f"plans/{first['id']}/republish")
    codes = [one["properties"]["code"] for one in desk.read(f"plans/{back['plan']}")["current"]["features"]]
    assert codes == [one["properties"]["code"] for one in first["grids"]["features"]]
    assert desk.post(f"plans/{back['plan']}/republish").json()["type"] == "/problems/plan_not_retired"


def test_a_township_is_divided_and_published_in_one_go() -> None:
    first, second = make_ground(), make_ground(code="360829102232", name="塘边村")
    desk = administrator()
    run = desk.change("division-runs", {"unit": "360829102000", "target_households": 360})
    assert (run["state"], run["villages"], run["done"]) == ("running", 2, 0)
    divide(TownshipRun.objects.get().pk)
    run = desk.read(f"division-runs/{run['id']}")
    assert (run["state"], run["done"], run["drafts"]) == ("done", 2, 2)
    assert {row["unit"] for row in desk.read("plans", run=run["id"])} == {first.code, second.code}
    told = desk.read(f"division-runs/{run['id']}/preview", township="360829102000")
    assert (told["villages"], told["grids"], told["before"], told["open_grids"]) == (2, 8, 0, 8)
    done = desk.change(f"division-runs/{run['id']}/publish", {"township": "360829102000"})
    assert (done["published"], len(done["open_grids"]), done["refused"]) == (2, 8, [])
    assert [row["drafts"] for row in desk.read("division-runs")] == [0]


def test_the_shapes_of_a_published_plan_are_drawn_in_the_background() -> None:
    unit, desk = make_ground(), administrator()
    desk.change(f"plans/{desk.change('plans/draft', {'unit': unit.code, 'k': 4})['id']}/publish")
    assert ProcrastinateJob.objects.filter(task_name="backend.command.jobs.draw_tiles", status="todo").count() == 1
    draw_tiles()
    assert set(TileShape.objects.filter(layer="grid").values_list("code", flat=True)) == {
        f"{unit.code}00{n}" for n in range(1, 5)
    }
    assert draw_missing() == 0


def test_shapes_drawn_a_few_plans_at_a_time_are_those_drawn_at_once() -> None:
    desk = administrator()
    for code in ("360829102231", "360829102232", "360829102233"):
        unit = make_ground(code=code, rows=4)
        desk.change(f"plans/{desk.change('plans/draft', {'unit': unit.code, 'k': 2})['id']}/publish")
    while draw_missing(at_most=1):
        pass
    rows = TileShape.objects.order_by("layer", "band", "code", "village")
    little_by_little = [(row.layer, row.band, row.code, row.shape.wkt) for row in rows]
    TileShape.objects.all().delete()
    draw_missing()
    assert little_by_little == [(row.layer, row.band, row.code, row.shape.wkt) for row in rows.all()]


@pytest.mark.parametrize(("kind", "magic"), [("gpkg", b"SQLite format 3"), ("geojson", b"{")])
def test_plans_are_taken_out_as_files(kind: str, magic: bytes) -> None:
    unit, desk = make_ground(), administrator()
    plan = desk.change("plans/draft", {"unit": unit.code, "k": 2})
    draft = desk.get(f"plans/{plan['id']}/export", kind=kind, crs="4547")
    assert draft.content.startswith(magic) and f"{unit.code}-draft" in draft.headers["Content-Disposition"]
    desk.change(f"plans/{plan['id']}/publish")
    town = desk.get("units/360829102000/grids.file", kind=kind, crs="4490")
    assert town.content.startswith(magic) and unit.code.encode() in town.content
