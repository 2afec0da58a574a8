"""The board of tasks in a real browser: by grid, nobody's and late ones on top, and tasks handed over with what could not go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from backend.patrols.models import Task
from tests.backend.builders import give_duty, make_checklist, make_person, make_task, make_township, make_village, make_worker
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


@pytest.fixture
def wei() -> Any:
    """Two grids of one worker; the first has a stand-in, a late task and one of nobody."""
    now = timezone.now()
    first, second = make_village().grids
    admissions = make_checklist(make_township())
    lan = make_worker(first, second)
    stand_in = make_person("魏强")
    give_duty(stand_in, first, role="stand_in")
    make_task(first, lan, admissions, title="看山塘", window=(now - timedelta(days=3), now - timedelta(days=1)))
    nobodys = make_task(second, lan, admissions, title="看水渠", source="rule")
    Task.objects.filter(pk=nobodys.pk).update(person=None)
    make_task(second, lan, admissions, title="走山边")
    return stand_in


def test_open_tasks_are_handed_over_and_what_stays_is_named(chromium: Browser, live_server: Any, wei: Any) -> None:
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/tasks/")
        rows = page.locator("#board tbody tr")
        expect(rows).to_have_count(2)
        expect(rows.nth(0)).to_contain_text("1 件")  # the grid with a task of nobody stands first
        expect(page.locator("#tools")).to_contain_text("没办的 3 件，没有责任人 1 件，过了时间 1 件")
        page.get_by_role("button", name="待办", exact=True).click()
        expect(page.locator("#list tbody tr").nth(0)).to_contain_text("没有责任人")
        for title in ("看山塘", "走山边"):
            page.get_by_label(f"勾上{title}").check()
        page.get_by_role("button", name="转交", exact=True).first.click()
        page.select_option("#side [name=to]", str(wei.uuid))
        page.fill("#side [name=ground]", "兰小英请假")
        page.locator("#side").get_by_role("button", name="转交", exact=True).click()
        expect(page.locator("#side")).to_contain_text("转好了 1 件")
        expect(page.locator("#side")).to_contain_text("这个人那时候不负责这个网格")
        assert Task.objects.get(title="看山塘").person == wei
        assert desk.complaints == []


def test_a_grid_on_the_board_opens_its_tasks(chromium: Browser, live_server: Any, wei: Any) -> None:
    with DeskPage(chromium, live_server.url, size=(360, 740)) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/tasks/")
        page.locator("#board tbody tr").nth(1).click()
        expect(page.locator("#list tbody tr")).to_have_count(1)
        expect(page.locator("#list")).to_contain_text("看山塘")
        page.get_by_role("button", name="不再只看").click()
        expect(page.locator("#list tbody tr")).to_have_count(3)
        page.get_by_role("button", name="没有责任人").click()
        expect(page.locator("#list tbody tr")).to_have_count(1)
        assert desk.complaints == []
