"""Figures, reasons and files show each desk the grids of its own units and no other."""

from __future__ import annotations

import io
from pathlib import Path

import pyogrio
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from backend.accounts.models import User
from backend.audits.make_ground import make_grounds
from backend.places.models import Grid
from tests.backend.audits.ground import computed, lay_lane, store_walk
from tests.backend.builders import make_operator, make_township, make_unit, make_village, make_worker
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def walked(code: str, name: str) -> Grid:
    grid = make_village(code=code, name=name, grids=1).grids[0]
    lay_lane(grid)
    store_walk(grid, along=(0.2, 0.6), person=make_worker(grid, name=f"{name}人"))
    computed(grid)
    return grid


def everything(desk: Desk, tmp_path: Path) -> str:
    """All that the desk can take home, as text."""
    text = desk.get("coverage").content.decode()
    book = load_workbook(io.BytesIO(desk.get("coverage/export.xlsx").content))
    text += " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    path = tmp_path / "map.gpkg"
    path.write_bytes(desk.get("coverage/export.gpkg").content)
    for layer, _ in pyogrio.list_layers(path):
        text += pyogrio.read_dataframe(path, layer=layer).to_csv()
    return text


def test_a_township_takes_home_its_own_grids_and_nothing_of_its_neighbour(tmp_path: Path) -> None:
    own, other = walked("360829102201", "甲村"), walked("360829101201", "乙村")
    desk = Desk(make_operator(make_township(), role="supervisor"))
    said = everything(desk, tmp_path)
    assert own.code in said
    assert other.code not in said
    assert "乙村" not in said
    assert desk.get(f"coverage/{other.code}").status_code == 404


def test_no_file_and_no_reason_names_a_person(tmp_path: Path) -> None:
    own = walked("360829102201", "甲村")
    desk = Desk(make_operator(make_unit("360829000000"), role="county_admin"))
    said = everything(desk, tmp_path) + desk.get(f"coverage/{own.code}").content.decode()
    person = User.objects.get(name="甲村人")
    assert not [word for word in (person.name, person.number, str(person.uuid)) if word in said]


@pytest.mark.parametrize("role", ["office_handler"])
def test_other_posts_see_no_figures(role: str) -> None:
    grid = walked("360829102201", "甲村")
    desk = Desk(make_operator(make_township(), role=role))
    assert desk.read("coverage")["grids"] == []
    assert desk.get(f"coverage/{grid.code}").status_code == 404


def test_more_grids_ask_the_database_no_more_often() -> None:
    def asked(desk: Desk) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            desk.read("coverage")
        return len(queries)

    desk = Desk(make_operator(make_township(), role="supervisor"))
    make_grounds(make_village(grids=2).grids, at=timezone.now())
    few = asked(desk)
    make_grounds(make_village(code="360829102203", name="大村", grids=30).grids, at=timezone.now())
    assert asked(desk) == few


def test_nonsense_days_are_refused_in_words() -> None:
    desk = Desk(make_operator(make_township(), role="supervisor"))
    for days in ({"from": "2026-11-02", "to": "2026-11-01"}, {"from": "2026-01-01", "to": "2026-11-01"}, {"from": "x"}):
        answer = desk.get("coverage", **days)
        assert answer.status_code == 422, days
