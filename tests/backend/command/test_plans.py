from __future__ import annotations

import pytest

from backend.places.models import GridPlan
from tests.backend.builders import make_checklist, make_operator, make_person, make_task, make_township, make_unit
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


@pytest.mark.parametrize("wrong", [{"k": 0}, {"k": 201}, {"target_households": 5}, {"unit": ""}])
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    unit = make_ground()
    answer = administrator().post("plans/draft", {"unit": unit.code} | wrong)
    assert answer.status_code in (404, 422) and not GridPlan.objects.exists()


def test_a_township_is_no_village() -> None:
    make_ground()
    assert administrator().post("plans/draft", {"unit": "360829102000"}).status_code == 404
