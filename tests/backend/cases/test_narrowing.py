"""Cases narrowed by kind and office, offered only where something has them."""

from __future__ import annotations

import pytest

from tests.backend.builders import make_operator, make_report_kind, make_unit
from tests.backend.cases.scene import case_at, make_office, make_report, make_scene
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def test_cases_are_narrowed_by_kind_and_office_of_those_that_are_there() -> None:
    scene = make_scene()
    given, waste = case_at(scene, "assigned"), make_report_kind()
    make_report(scene.worker, scene.grid, text="没人管的")
    make_office("ZF", "综合执法队")  # has nothing, so it is no choice
    desk = Desk(scene.operator)
    board = desk.read("cases/board")
    assert board["kinds"] == [{"code": waste.code, "name": waste.name}]
    assert board["offices"] == [{"id": scene.office.pk, "name": "司法所"}]
    for asked in ({"kind": "no-such"}, {"office": scene.office.pk + 1000}):
        found = desk.read("cases/board", **asked)
        assert sum(lane["count"] for lane in found["lanes"]) == 0
        assert (found["kinds"], found["offices"]) == (board["kinds"], board["offices"])
        assert desk.read("cases", **asked)["items"] == []
    mine = desk.read("cases/board", office=scene.office.pk)
    assert [lane["count"] for lane in mine["lanes"]] == [0, 0, 1, 0, 0, 0]
    assert [row["id"] for row in desk.read("cases", kind=waste.code)["items"]] == [str(given.uuid)]
    elsewhere = Desk(make_operator(make_unit("360829101000", "平都镇"), name="邻镇"))
    assert (elsewhere.read("cases/board")["kinds"], elsewhere.read("cases/board")["offices"]) == ([], [])
