"""A county administrator divides the whole county from the page: progress, what failed by name, once more, then a township."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.contrib.gis.geos import Polygon
from playwright.sync_api import Browser, expect

from backend.places.models import Building, DivisionRun, GridPlan
from backend.units.models import AdminUnit
from tests.backend.places.ground import make_ground
from tests.backend.places.test_division_runs import make_county
from tests.web.desk_page import DeskPage, make_staff
from tests.web.test_division_journey import a_worker, demo  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
SLOW_MS = 60_000


def test_a_county_is_divided_named_where_it_fails_and_taken_up_again(
    chromium: Browser,
    live_server: Any,
    demo: None,  # noqa: F811
    a_worker: None,  # noqa: F811
) -> None:
    staff = make_staff("county_admin", county=True, name="欧阳敏")
    make_county(townships=2, villages=2)
    make_ground(rows=4)
    for town in AdminUnit.objects.filter(name__in=["第0镇", "第1镇"]):
        AdminUnit.objects.filter(code__startswith=town.code[:9], level="village").update(parent=town)
    house = Building.objects.filter(village__code="360829110200").latest("pk")
    good, far = house.outline, Polygon.from_bbox((115.0, 27.0, 115.0001, 27.0001))
    far.srid = 4326
    Building.objects.filter(pk=house.pk).update(outline=far)
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(staff, "/admin/")
        county = AdminUnit.objects.get(code="360829000000")
        page.get_by_label("哪个村").select_option(label=f"{county.name}（全县 5 个村）")
        expect(page.locator("#town-changes")).to_contain_text("还没有草案")
        expect(page.locator("#facts")).to_have_text("360829000000 · 3 个乡镇，5 个村有边界")
        page.get_by_role("button", name="算全县草案").click()
        expect(page.locator("#town-changes")).to_contain_text("4 / 5 个", timeout=SLOW_MS)
        expect(page.locator("#town-villages")).to_contain_text("第0镇0村：")
        expect(page.locator("#town-villages tbody tr")).to_have_count(3)
        assert DivisionRun.objects.get().townships.count() == 3
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/county.png")
        Building.objects.filter(pk=house.pk).update(outline=good)
        page.get_by_role("button", name="再算没算成的村").click()
        expect(page.locator("#town-changes")).to_contain_text("5 / 5 个", timeout=SLOW_MS)
        expect(page.locator("#town-villages")).not_to_contain_text("第0镇0村：")
        page.get_by_role("button", name="第0镇").click()
        expect(page.locator("#town-changes")).to_contain_text("2 / 2 个", timeout=SLOW_MS)
        page.get_by_role("button", name="看清楚了，全镇发布").click()
        expect(page.locator("#town-changes")).to_contain_text("已发布", timeout=SLOW_MS)
        assert desk.complaints == []
    assert GridPlan.objects.published().count() == 2
