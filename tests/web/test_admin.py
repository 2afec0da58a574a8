"""Dividing a village and looking after its people, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from backend.accounts.models import Device
from backend.places.models import GridDuty, GridPlan
from tests.backend.builders import make_village, make_worker
from tests.backend.places.ground import make_ground
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any) -> None:
    """On one's own machine the demonstration asks for no one-time code."""
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


def test_a_village_is_divided_looked_at_and_published(chromium: Browser, live_server: Any) -> None:
    unit = make_ground()
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/")
        expect(page.locator("#draft-map[data-ready=true]")).to_be_visible(timeout=30_000)
        expect(page.locator("#changes")).to_contain_text("还没有草案")
        page.fill("#k", "4")
        page.get_by_role("button", name="算一份草案").click()
        expect(page.locator("#draft-map .plate")).to_have_count(4)
        expect(page.locator("#metrics")).to_contain_text("0 / 0 平方米")
        expect(page.locator("#changes")).to_contain_text("4 个")
        assert GridPlan.objects.get().state == "draft"
        page.get_by_role("button", name="看清楚了，发布").click()
        expect(page.locator("#changes")).to_contain_text("已发布")
        expect(page.locator("#changes")).to_contain_text("4 个网格还没有责任人")
        expect(page.locator("#current-map .plate")).to_have_count(4)
        assert GridPlan.objects.published().filter(unit=unit).count() == 1
        assert desk.complaints == []


def test_a_publication_is_looked_at_beforehand_and_taken_back(chromium: Browser, live_server: Any) -> None:
    unit = make_ground()
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/")
        expect(page.locator("#draft-map[data-ready=true]")).to_be_visible(timeout=30_000)
        for count in ("2", "8"):
            page.fill("#k", count)
            page.get_by_role("button", name="算一份草案").click()
            expect(page.locator("#draft-map .plate")).to_have_count(int(count))
            page.get_by_role("button", name="看清楚了，发布").click()
            expect(page.locator("#changes")).to_contain_text("已发布")
        first = GridPlan.objects.get(unit=unit, state="retired")
        page.select_option("#right-plan", str(first.pk))
        expect(page.locator("#draft-map .plate")).to_have_count(2)
        expect(page.locator("#changes")).to_contain_text("1440 户")
        page.get_by_role("button", name="恢复王屯村的这个旧方案").click()
        expect(page.locator("#changes")).to_contain_text("已发布")
        expect(page.locator("#current-map .plate")).to_have_count(2)
        page.fill("#k", "")
        page.fill("#target", "720")
        page.get_by_role("button", name="算一份草案").click()
        expect(page.locator("#changes")).to_contain_text("动了的网格")
        page.get_by_role("button", name="算一份草案").click()
        expect(page.locator("#right-plan option")).to_have_count(4)
        page.select_option("#left-plan", page.locator("#right-plan option").nth(1).get_attribute("value"))
        expect(page.locator("#metrics th").nth(1)).to_have_text("左边")
        assert desk.complaints == []
    assert [grid.code for grid in GridPlan.objects.published().get(unit=unit).grids.all()] == [
        grid.code for grid in first.grids.all()
    ]


def test_a_person_gets_a_grid_and_a_code_for_a_phone(chromium: Browser, live_server: Any) -> None:
    village = make_village(grids=2)
    worker = make_worker(village.grids[0], name="彭水生")
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/people/")
        page.fill("#search", "彭水")
        page.locator("tbody tr").filter(has_text="彭水生").click()
        page.get_by_role("button", name="给一个登记码").click()
        expect(page.locator(".enrolment img.qr")).to_be_visible()
        assert len(page.locator(".enrolment .code").inner_text().replace("-", "").replace(" ", "")) >= 8
        expect(page.locator(".enrolment")).to_contain_text("还能用 9:")
        page.get_by_text("指定网格").click()
        page.select_option("[name=grid]", village.grids[1].code)
        page.get_by_role("button", name="指定", exact=True).click()
        expect(page.locator("#sheet .lines").first).to_contain_text("洲湖村第2网格")
        assert GridDuty.objects.accountable(timezone.now()).filter(user=worker).count() == 2
        assert desk.complaints == []


def test_a_lost_phone_is_stopped_in_two_steps(chromium: Browser, live_server: Any) -> None:
    worker = make_worker(make_village(grids=1).grids[0], name="彭水生")
    device = Device.objects.create(user=worker, token_hash="0" * 64, name="荣耀 Play", enrolled_at=timezone.now())
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/people/")
        page.locator("tbody tr").filter(has_text="彭水生").click()
        page.get_by_role("button", name="停用手机").click()
        device.refresh_from_db()
        assert device.revoked_at is None
        page.locator(".confirm .btn.danger").click()
        expect(page.locator("#sheet")).to_contain_text("停用", timeout=5_000)
        expect(page.locator("#sheet .tag")).to_contain_text("停用")
        device.refresh_from_db()
        assert device.revoked_at is not None
