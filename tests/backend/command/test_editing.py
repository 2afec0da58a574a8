"""A draft is changed by hand: looked at first, done, taken back; two people at once; what must not be cut is not."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from django.contrib.gis.geos import Point

from backend.places.models import Building, Grid, GridPlan, PlanEdit
from tests.backend.builders import make_operator, make_unit
from tests.backend.command.desk import Desk
from tests.backend.places.ground import SOUTH, STEP, WEST, make_ground

pytestmark = pytest.mark.django_db


def administrator(name: str = "县管理") -> Desk:
    return Desk(make_operator(make_unit("360829000000"), name=name, role="county_admin"))


def drafted(desk: Desk, k: int = 2) -> tuple[int, dict[str, Any]]:
    unit = make_ground()
    plan = desk.change("plans/draft", {"unit": unit.code, "k": k})["id"]
    return plan, desk.read(f"plans/{plan}/edits")


def around_a_row(border: dict[str, Any]) -> list[list[float]]:
    """The border with a bulge of one row of houses to its east or north, between houses."""
    (x0, y0), (x1, y1) = border["line"][0], border["line"][-1]
    bulge = STEP
    if abs(x1 - x0) < abs(y1 - y0):
        low, high = SOUTH + STEP * 3.5, SOUTH + STEP * 6.5
        corners = [[x0, low], [x0 + bulge, low], [x0 + bulge, high], [x0, high]]
    else:
        low, high = WEST + STEP * 3.5, WEST + STEP * 6.5
        corners = [[low, y0], [low, y0 + bulge], [high, y0 + bulge], [high, y0]]
    if (x1 - x0 if abs(x1 - x0) > abs(y1 - y0) else y1 - y0) < 0:
        corners.reverse()
    return [[x0, y0], *corners, [x1, y1]]


def test_a_border_is_looked_at_moved_and_taken_back() -> None:
    desk = administrator()
    plan, known = drafted(desk)
    before = list(Grid.objects.filter(plan=plan).values("code", "polygon", "households", "workload", "area_m2"))
    [border] = known["borders"]
    body = {"kind": "move_border", "border": border["id"], "line": around_a_row(border)}
    seen = desk.change(f"plans/{plan}/edits/preview", body)
    assert sorted(b - a for a, b in (row["households"] for row in seen["changes"])) == [-30, 30]
    assert (seen["gap_m2"], seen["overlap_m2"], seen["cut_buildings"]) == (0, 0, 0)
    assert not PlanEdit.objects.exists() and before == list(Grid.objects.filter(plan=plan).values(*before[0]))
    after = desk.change(f"plans/{plan}/edits", body | {"head": 0})
    assert after["head"] == 1 and after["edits"][0]["kind_name"] == "移边界"
    rows = {row.code: row.households for row in Grid.objects.filter(plan=plan)}
    assert rows == {row["code"]: row["households"][1] for row in seen["changes"]}
    metrics = GridPlan.objects.get(pk=plan).metrics
    assert metrics["max_mean"] == seen["max_mean"] > 1 and metrics["k"] == 2
    desk.change(f"plans/{plan}/edits/undo", {"head": 1})
    assert before == list(Grid.objects.filter(plan=plan).values(*before[0]))
    first, undo = PlanEdit.objects.order_by("seq")
    assert (undo.kind, undo.undoes, undo.after, undo.before) == ("undo", first, first.before, first.after)
    assert desk.post(f"plans/{plan}/edits/undo", {"head": 2}).json()["type"] == "/problems/nothing_to_undo"


def test_a_house_goes_to_the_grid_beside_it() -> None:
    desk = administrator()
    plan, known = drafted(desk)
    [border] = known["borders"]
    (x0, y0), (x1, y1) = border["line"][0], border["line"][-1]
    upright = abs(x1 - x0) < abs(y1 - y0)
    house = [x0 + STEP / 2, SOUTH + STEP * 3] if upright else [WEST + STEP * 3, y0 + STEP / 2]
    holding = next(row for row in Grid.objects.filter(plan=plan) if row.polygon.contains(point(*house)))
    to = next(row.code for row in Grid.objects.filter(plan=plan) if row.code != holding.code)
    body = {"kind": "move_building", "house": house, "to": to, "head": 0}
    desk.change(f"plans/{plan}/edits", body)
    assert Grid.objects.get(plan=plan, code=to).households == 730
    assert desk.post(f"plans/{plan}/edits", body | {"head": 1}).json()["reason"] == "gone"


def point(x: float, y: float) -> Any:
    return Point(x, y, srid=4326)


def test_a_line_through_a_house_is_refused_in_plain_words_with_its_place() -> None:
    desk = administrator()
    plan, known = drafted(desk)
    [border] = known["borders"]
    line = around_a_row(border)
    shifted = [[x + STEP / 2 * (i in (2, 3)), y + STEP / 2 * (i in (2, 3))] for i, (x, y) in enumerate(line)]
    said = desk.post(f"plans/{plan}/edits/preview", {"kind": "move_border", "border": border["id"], "line": shifted})
    assert said.status_code == 422
    body = said.json()
    assert body["type"] == "/problems/edit_refused" and body["reason"] == "cuts"
    assert "栋房屋切成两半，所以没移。可以绕到屋后" in body["detail"]
    assert Building.objects.filter(outline__contains=point(*body["place"])).exists()


def test_two_people_at_once_and_the_second_hears_who_was_first() -> None:
    desk, other = administrator("罗建平"), administrator("欧阳敏")
    plan, known = drafted(desk)
    [border] = known["borders"]
    body = {"kind": "move_border", "border": border["id"], "line": around_a_row(border), "head": 0}
    desk.change(f"plans/{plan}/edits", body)
    said = other.post(f"plans/{plan}/edits", body)
    assert said.status_code == 409 and said.json()["type"] == "/problems/edited_meanwhile"
    assert said.json()["detail"] == "罗建平 刚刚改过这里。先看看他改了什么，你的还留着"
    assert PlanEdit.objects.count() == 1


def test_many_steps_leave_the_stored_shapes_a_tiling() -> None:
    desk = administrator()
    plan, known = drafted(desk, k=4)
    done = 0
    for _ in range(6):
        known = desk.read(f"plans/{plan}/edits")
        for border in known["borders"]:
            line = border["line"]
            middle = [(line[0][0] + line[-1][0]) / 2 + STEP / 9, (line[0][1] + line[-1][1]) / 2 + STEP / 9]
            body = {"kind": "move_border", "border": border["id"], "line": [line[0], middle, line[-1]], "head": known["head"]}
            done += desk.post(f"plans/{plan}/edits", body).status_code == 200
            known = desk.read(f"plans/{plan}/edits")
    shapes = [shapely.from_wkb(bytes(grid.polygon.wkb)) for grid in Grid.objects.filter(plan=plan)]
    assert done >= 4 and shapely.coverage_is_valid(shapes)
    while known["head"] < 2 * done:
        known = desk.change(f"plans/{plan}/edits/undo", {"head": known["head"]})
    first = PlanEdit.objects.get(plan=plan, seq=1)
    assert PlanEdit.objects.get(plan=plan, seq=2 * done).after == first.before


def test_what_is_in_force_is_not_edited() -> None:
    desk = administrator()
    plan, known = drafted(desk)
    desk.change(f"plans/{plan}/publish")
    body = {"kind": "move_border", "border": known["borders"][0]["id"], "line": known["borders"][0]["line"]}
    assert desk.post(f"plans/{plan}/edits", body | {"head": 0}).json()["type"] == "/problems/plan_not_draft"
    assert desk.read(f"plans/{plan}/edits")["may_edit"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"line": []},
        {"line": [[0, 0], [0, 0]]},
        {"line": [[1e308, 0], [-1e308, 0]]},
        {"border": "no-such-1"},
        {"kind": "move_building"},
    ],
)
def test_nonsense_is_refused_and_changes_nothing(wrong: dict[str, Any]) -> None:
    desk = administrator()
    plan, known = drafted(desk)
    border = known["borders"][0]
    body = {"kind": "move_border", "border": border["id"], "line": border["line"], "head": 0} | wrong
    assert desk.post(f"plans/{plan}/edits", body).status_code == 422
    assert not PlanEdit.objects.exists()


def test_a_grid_is_split_and_two_are_merged_and_both_are_taken_back() -> None:
    desk = administrator()
    plan, known = drafted(desk)
    before = list(Grid.objects.filter(plan=plan).values("code", "name", "polygon", "households", "workload", "area_m2"))
    west, south, east, north = Grid.objects.get(plan=plan, code__endswith="001").polygon.extent
    flat = east - west > north - south
    middle = (
        WEST + STEP * (round(((west + east) / 2 - WEST) / STEP) + 0.5),
        SOUTH + STEP * (round(((south + north) / 2 - SOUTH) / STEP) + 0.5),
    )
    line = (
        [[middle[0], south - STEP], [middle[0], north + STEP]] if flat else [[west - STEP, middle[1]], [east + STEP, middle[1]]]
    )
    body = {"kind": "split_grid", "grid": before[0]["code"], "line": line}
    seen = desk.change(f"plans/{plan}/edits/preview", body)
    assert (seen["gap_m2"], seen["overlap_m2"], seen["cut_buildings"]) == (0, 0, 0)
    assert {row["code"][12:] for row in seen["changes"]} >= {"001", "003"}
    after = desk.change(f"plans/{plan}/edits", body | {"head": 0})
    grids = Grid.objects.filter(plan=plan)
    assert [grid.code[12:] for grid in grids] == ["001", "002", "003"] and grids[2].name == "王屯村第3网格"
    assert sum(grid.households for grid in grids) == 1440 and GridPlan.objects.get(pk=plan).metrics["k"] == 3
    assert shapely.coverage_is_valid([shapely.from_wkb(bytes(grid.polygon.wkb)) for grid in grids])
    border = next(one for one in after["borders"] if {one["first"][12:], one["second"][12:]} == {"001", "003"})
    merge = {"kind": "merge_grids", "border": border["id"]}
    gone = [row for row in desk.change(f"plans/{plan}/edits/preview", merge)["changes"] if row["households"][1] == 0]
    desk.change(f"plans/{plan}/edits", merge | {"head": 1})
    assert grids.all().count() == 2 and not grids.filter(code=gone[0]["code"]).exists()
    desk.change(f"plans/{plan}/edits/undo", {"head": 2})
    assert [grid.code[12:] for grid in grids.all()] == ["001", "002", "003"]
    desk.change(f"plans/{plan}/edits/undo", {"head": 3})
    assert before == list(Grid.objects.filter(plan=plan).values(*before[0]))
    assert PlanEdit.objects.filter(kind="undo").count() == 2 and GridPlan.objects.get(pk=plan).metrics["k"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "split_grid", "grid": "360829102231009", "line": [[114.5, 27.3], [114.6, 27.4]]},
        {"kind": "split_grid", "grid": "360829102231001", "line": [[114.1, 27.3], [114.2, 27.4]]},
        {"kind": "split_grid", "grid": "360829102231001", "line": []},
        {"kind": "merge_grids", "border": "360829102231001-360829102231009-1"},
    ],
)
def test_a_split_or_merge_that_cannot_be_is_refused_in_words(wrong: dict[str, Any]) -> None:
    desk = administrator()
    plan, _ = drafted(desk)
    answer = desk.post(f"plans/{plan}/edits", wrong | {"head": 0})
    assert answer.status_code == 422 and "所以没" in answer.json()["detail"] or "请重新选" in answer.json()["detail"]
    assert not PlanEdit.objects.exists()
