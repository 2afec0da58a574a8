"""Village borders drawn and cut in a real browser; every map says afterwards that they are drafts."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from playwright.sync_api import Browser, Page, expect

from backend.places.models import BoundaryEdit
from backend.units.models import AdminUnit
from tests.backend.builders import make_township, make_unit
from tests.backend.places.ground import SOUTH, STEP, WEST, make_ground
from tests.web.desk_page import DeskPage, make_staff
from tests.web.test_plan_edit import picture

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
EAST, NORTH = WEST + STEP * 13, SOUTH + STEP * 13


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


def villages(*names: str) -> list[AdminUnit]:
    return [make_unit(f"36082910224{i}", name, parent=make_township(), boundary=None) for i, name in enumerate(names)]


def opened(desk: DeskPage) -> Page:
    page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/borders/")
    expect(page.locator("#map[data-ready=true]")).to_be_visible(timeout=30_000)
    return page


def click_at(page: Page, x: float, y: float) -> None:
    """At a share of the map's width and height."""
    box = page.locator("#map canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)


def test_a_village_is_cut_and_taken_back_and_the_map_says_draft(chromium: Browser, live_server: Any) -> None:
    old, [new] = make_ground(), villages("新村")
    with DeskPage(chromium, live_server.url) as desk:
        page = opened(desk)
        expect(page.locator("#list")).to_contain_text("1 个还没有村界")
        page.get_by_role("button", name="切开").click()
        click_at(page, 0.5, 0.01)
        click_at(page, 0.5, 0.99)
        expect(page.locator("#step")).to_contain_text("2 个顶点")
        page.get_by_role("button", name="就这样").click()
        expect(page.locator("#list .tag").filter(has_text="草案，非官方")).to_have_count(2)
        picture(page, "borders-split")
        new.refresh_from_db()
        assert new.is_unofficial and new.boundary is not None
        page.reload()
        expect(page.locator("#map .synthetic")).to_contain_text("部分村界是草案，非官方", timeout=30_000)
        page.get_by_role("button", name="撤销").click()
        expect(page.locator("#list")).to_contain_text("1 个还没有村界")
        old.refresh_from_db()
        assert not old.is_unofficial and BoundaryEdit.objects.count() == 2
        assert desk.complaints == []


def test_borders_begin_from_places_and_one_is_drawn_anew(chromium: Browser, live_server: Any) -> None:
    township = make_township()
    AdminUnit.objects.filter(pk=township.pk).update(
        boundary=MultiPolygon(Polygon.from_bbox((WEST, SOUTH, EAST, NORTH)), srid=4326)
    )
    east, west = villages("东村", "西村")
    with DeskPage(chromium, live_server.url) as desk:
        page = opened(desk)
        page.get_by_role("button", name="按地点画草案").click()
        click_at(page, 0.6, 0.5)
        click_at(page, 0.4, 0.5)
        picture(page, "borders-places")
        page.get_by_role("button", name="就这样").click()
        expect(page.locator("#list .tag").filter(has_text="草案，非官方")).to_have_count(2)
        east.refresh_from_db()
        west.refresh_from_db()
        assert east.boundary.centroid.x > west.boundary.centroid.x
        page.get_by_role("button", name="画一个村").click()
        page.locator("#step select").select_option(label="西村")
        for x, y in ((0.1, 0.3), (0.9, 0.3), (0.9, 0.7), (0.1, 0.7)):
            click_at(page, x, y)
        page.get_by_role("button", name="就这样").click()
        expect(page.get_by_role("button", name="画一个村")).to_have_attribute("aria-pressed", "false")
        before = west.boundary.area
        west.refresh_from_db()
        assert west.boundary.area < before and not west.boundary.overlaps(east.boundary)
        assert desk.complaints == []
