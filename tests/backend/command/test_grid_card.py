"""The public card of a grid says its name, extent, people and phones, and nothing else of anybody."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from backend.command.people import qr
from backend.places.drafting import draft_plan
from backend.places.models import Grid, PlaceGroup
from backend.places.publishing import publish_plan
from backend.units.models import AdminUnit
from tests.backend.builders import give_duty, make_operator, make_person, make_unit
from tests.backend.command.desk import Desk
from tests.backend.places.ground import make_ground

pytestmark = pytest.mark.django_db


def published() -> Grid:
    unit = make_ground()
    plan = draft_plan(unit, by=None, at=timezone.now(), k=4)
    publish_plan(plan, by=None, at=timezone.now(), on_moved=len)
    grid = plan.grids.all()[0]
    PlaceGroup.objects.create(village=unit, name="山背", point=grid.polygon.point_on_surface)
    return Grid.objects.get(pk=grid.pk)


def test_the_card_names_the_grid_its_extent_and_its_people() -> None:
    grid = published()
    give_duty(make_person("刘桂花", number="13800000102"), grid)
    give_duty(make_person("欧阳秀兰", number="XZ-17"), grid, role="chief")
    said = Desk(make_operator()).http.get(f"/grids/{grid.code}/card").content.decode()
    for word in (
        "第 1 网格",
        grid.code,
        "刘桂花",
        "138 0000 0102",
        "欧阳秀兰",
        "网格长",
        "山背",
        "到村界",
        "合成",
        f"{grid.households} 户",
    ):
        assert word in said, word
    assert "XZ-17" not in said and "style=" not in said and "还没有定人" not in said


def test_a_grid_without_a_person_says_so() -> None:
    assert "还没有定人" in Desk(make_operator()).http.get(f"/grids/{published().code}/card").content.decode()


def test_the_card_names_the_phone_for_complaints_and_its_code_dials_the_person_in_charge() -> None:
    grid = published()
    give_duty(make_person("刘桂花", number="13800000102"), grid)
    desk = Desk(make_operator())
    assert "监督电话" not in desk.http.get(f"/grids/{grid.code}/card").content.decode()
    call_command("office_phone", "360829102000", "0796-7611234（24 小时）", stdout=StringIO())
    said = desk.http.get(f"/grids/{grid.code}/card").content.decode()
    assert "监督电话" in said and "0796-7611234（24 小时）" in said and "综治中心" in said
    assert "扫码拨号" in said and qr("tel:13800000102", sized=False) in said
    with pytest.raises(CommandError):
        call_command("office_phone", "990829102000", "1", stdout=StringIO())


def test_a_border_that_is_a_draft_says_so_on_the_card() -> None:
    grid = published()
    AdminUnit.objects.filter(pk=grid.village_id).update(is_synthetic=False, is_unofficial=True)
    said = Desk(make_operator()).http.get(f"/grids/{grid.code}/card").content.decode()
    assert "村界是草案，非官方，不作为权属依据" in said and "合成" not in said


def test_the_card_is_for_those_who_may_see_the_grid() -> None:
    grid = published()
    assert Client().get(f"/grids/{grid.code}/card").status_code == 302
    stranger = Desk(make_operator(make_unit("360829101000", "平都镇"), name="邻镇人"))
    assert stranger.http.get(f"/grids/{grid.code}/card").status_code == 404
