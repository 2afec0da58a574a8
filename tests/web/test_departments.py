"""多网合一 at a desk: an empty page says what to do, table and map choose the same pair, and it can be taken out again."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from backend.places.departments import cross_layer
from backend.places.models import DepartmentLayer
from tests.backend.command.test_departments import make_layer
from tests.web.desk_page import DeskPage, make_staff
from tests.web.test_imports import look

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
SIZES = [(1440, 900), (360, 740)]


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


def test_an_empty_page_says_what_to_do(chromium: Browser, live_server: Any) -> None:
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True), "/admin/")
        page.get_by_role("link", name="多网合一").click()
        expect(page.get_by_text("还没有部门网格")).to_be_visible()
        look(page, "departments-empty")
        page.get_by_role("link", name="导入部门网格").click()
        expect(page.get_by_role("button", name="部门网格")).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_label("哪个部门的")).to_be_visible()
        assert not desk.complaints


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_table_and_map_show_which_cell_belongs_to_which_grid(
    chromium: Browser, live_server: Any, size: tuple[int, int]
) -> None:
    make_layer()
    with DeskPage(chromium, live_server.url, size=size) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True), "/admin/departments/")
        desk.wait_for_map()
        expect(page.locator("#fit")).to_contain_text("2 个部门网格")
        expect(page.locator("#fit")).to_contain_text("户不在任何部门网格里")
        expect(page.locator("#fit")).to_contain_text("合成示意")
        page.locator("#list tr[data-key]", has_text="东片").first.click()
        look(page, f"departments-{size[0]}")
        page.keyboard.press("j")
        expect(page.locator("#list tr[aria-selected=true]")).to_have_count(1)
        page.select_option("#role", "rest")
        expect(page.locator("#list tbody")).not_to_contain_text("主要在")
        box = page.locator("#map canvas").bounding_box()
        assert box is not None
        page.locator("#map canvas").click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        expect(page.locator("#list tr[aria-selected=true]")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not desk.complaints


def test_a_layer_appears_when_it_is_computed_and_can_be_taken_out(chromium: Browser, live_server: Any) -> None:
    layer = make_layer(computed=False)
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True), "/admin/departments/")
        expect(page.locator("#fit")).to_contain_text("正在算对照")
        cross_layer(layer, at=timezone.now())
        expect(page.locator("#fit")).to_contain_text("2 个部门网格")
        desk.wait_for_map()
        page.get_by_role("button", name="删掉").click()
        page.get_by_role("button", name="确定删掉消防的网格").click()
        expect(page.get_by_text("还没有部门网格")).to_be_visible()
        assert not DepartmentLayer.objects.exists()
        assert not desk.complaints
