"""Frequencies in a real browser: the figures, and the obligations behind one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from backend.patrols.models import Obligation
from tests.backend.builders import make_checklist, make_task, make_township, make_village, make_worker
from tests.backend.cases.scene import make_handler, make_office
from tests.web.desk_page import PASSWORD, DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


@pytest.mark.parametrize("size", [(1920, 1080), (360, 740)], ids=["desk", "phone"])
def test_a_figure_opens_what_it_is_made_of(chromium: Browser, live_server: Any, size: tuple[int, int]) -> None:
    now = timezone.now()
    grid = make_village().grids[0]
    window = (now - timedelta(days=2), now - timedelta(days=1))
    task = make_task(grid, make_worker(grid), make_checklist(make_township()), source="rule", window=window)
    Obligation.objects.filter(task=task, position=0).update(settled_at=now - timedelta(days=1, hours=3))
    with DeskPage(chromium, live_server.url, size=size) as desk:
        page = desk.sign_in(make_staff("supervisor"), "/audit/compliance/")
        expect(page.locator("#words")).to_contain_text("按时 1，应办 2，完成率 50%")
        page.get_by_role("button", name="按事项").click()
        rows = page.locator("#list tbody tr")
        expect(rows).to_have_count(2)
        rows.nth(0).click()
        expect(page.locator("#side")).to_contain_text("没有回答")
        page.locator("#side").get_by_role("button", name="按时 0").click()
        expect(page.locator("#side")).to_contain_text("没有这样的事项")
        assert "兰小英" not in page.content()
        assert desk.complaints == []


def test_an_office_opens_its_own_line(chromium: Browser, live_server: Any) -> None:
    now = timezone.now()
    grid = make_village().grids[0]
    admissions = make_checklist(make_township())
    window = (now - timedelta(days=2), now - timedelta(days=1))
    make_task(grid, make_worker(grid), admissions, source="rule", window=window)
    user = make_handler(make_office("YJ", "应急办"), "易文")
    user.set_password(PASSWORD)
    user.save()
    with DeskPage(chromium, live_server.url, size=(1920, 1080)) as desk:
        page = desk.sign_in(user, "/lines/")
        expect(page.locator("#words")).to_contain_text("应急办 · 2 个事项，报了问题 0 件")
        page.locator("#list tbody tr").first.click()
        expect(page.locator("#side")).to_contain_text("洲湖村")
        expect(page.locator("#side")).to_contain_text("0 / 1")
        assert desk.complaints == []
