"""Help: pressed and held on a phone, without a network too; seen and ended at the desk; the phone hears both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.field.models import HelpCall, LastPosition
from backend.patrols.models import Patrol
from backend.phone.models import InboxItem
from tests.backend.builders import Village, make_village, make_worker, middle
from tests.web.desk_page import DeskPage, make_staff
from tests.web.phone_page import PhonePage
from tests.web.wait import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
WALL = (1920, 1080)


@pytest.fixture
def village(transactional_db: None) -> Village:
    village = make_village(grids=1)
    make_worker(village.grids[0], name="兰小英")
    return village


def press(page: Page) -> None:
    """Hold until it asks once more."""
    hold(page)
    expect(page.get_by_role("button", name="现在求助")).to_be_visible()
    page.mouse.up()


def hold(page: Page) -> None:
    page.get_by_role("button", name="求助：按住两秒").hover()
    page.mouse.down()


def caller(browser: Browser, url: str, folder: Path, village: Village) -> PhonePage:
    phone = PhonePage(browser, url, folder)
    phone.stand(*middle(village.grids[0]))
    phone.enrol(village.grids[0].duties.get().user)
    return phone


def test_a_short_press_asks_for_nothing_and_a_long_one_asks_once_more(
    chromium: Browser, live_server: Any, tmp_path: Path, village: Village
) -> None:
    with caller(chromium, live_server.url, tmp_path / "phone", village) as phone:
        hold(phone.page)
        phone.page.wait_for_timeout(300)
        phone.page.mouse.up()
        expect(phone.page.locator("#said")).to_contain_text("按住两秒")
        press(phone.page)
        expect(phone.page.get_by_role("button", name="现在求助")).to_be_visible()
        for number in ("110", "119", "120"):
            expect(phone.page.locator(f'a[href="tel:{number}"]')).to_be_visible()
        phone.page.get_by_role("button", name="按错了，不求助").click()
        expect(phone.page.get_by_role("button", name="求助：按住两秒")).to_be_visible()
        assert not InboxItem.objects.filter(kind="sos").exists()
        phone.page.get_by_role("button", name="求助：按住两秒").focus()
        phone.page.keyboard.down("Enter")
        expect(phone.page.get_by_role("button", name="现在求助")).to_be_visible()
        phone.page.keyboard.up("Enter")
        assert phone.complaints == []


def test_pressed_without_a_network_it_is_kept_and_goes_first_when_there_is_one(
    chromium: Browser, live_server: Any, tmp_path: Path, village: Village
) -> None:
    with caller(chromium, live_server.url, tmp_path / "phone", village) as phone:
        phone.is_kept()
        phone.context.set_offline(True)
        phone.page.get_by_role("button", name="开始巡查").click()
        expect(phone.page.locator(".tray")).to_be_visible()
        press(phone.page)
        phone.page.get_by_role("button", name="现在求助").click()
        expect(phone.page.locator("[data-stage]")).to_contain_text("还没发出去")
        assert not HelpCall.objects.exists()
        phone.kill()
        page = phone.switch_on(offline=True, path="/phone/#/sos")
        expect(page.locator("[data-stage]")).to_contain_text("还没发出去")
        phone.stand(*middle(village.grids[0]))
        phone.context.set_offline(False)
        expect(page.locator("[data-stage=sent]")).to_contain_text("已发出")
        first = InboxItem.objects.order_by("pk").first()
        assert first is not None and first.kind == "sos", "ahead of the start of the patrol that was kept before it"
        assert HelpCall.objects.get().state == "open"
        assert phone.complaints == []


def test_the_desk_sees_it_live_follows_the_person_and_the_phone_hears_both_words(
    chromium: Browser, live_feed: str, live_server: Any, tmp_path: Path, village: Village
) -> None:
    with (
        DeskPage(chromium, live_server.url, size=WALL) as desk,
        caller(chromium, live_server.url, tmp_path / "phone", village) as phone,
    ):
        wall = desk.sign_in(make_staff("centre_operator", name="罗建平"), "/centre/")
        desk.wait_for_map()
        expect(wall.locator("#live")).to_contain_text("实时", timeout=15_000)
        expect(wall.locator("#help")).to_be_hidden()
        press(phone.page)
        phone.page.get_by_role("button", name="现在求助").click()
        expect(phone.page.locator("[data-stage=sent]")).to_contain_text("已发出")
        strip = wall.locator("#help")
        expect(strip).to_contain_text("兰小英")
        expect(strip).to_contain_text("洲湖村第1网格")
        expect(wall.locator(".mark.help")).to_have_count(1)
        expect(phone.page.locator(".rec")).to_be_visible()
        assert Patrol.objects.get().ended_at is None, "a patrol began for the call, and says so"
        expect(phone.page.locator("main")).to_contain_text("为这次求助开始了巡查")
        lon, lat = middle(village.grids[0])
        for step in range(1, 4):  # each step is on the wall before the next is taken
            phone.stand(lon + step * 0.0004, lat)
            wait_until(lambda step=step: _east_of(lon + step * 0.0004 - 0.0001))
        strip.get_by_role("button", name="看到了").click()
        expect(phone.page.locator("[data-stage=seen]")).to_contain_text("指挥中心看到了")
        expect(phone.page.locator("[data-stage=seen]")).to_contain_text("罗建平")
        strip.get_by_role("button", name="结束").click()
        strip.get_by_role("textbox").fill("已送到卫生院")
        strip.get_by_role("button", name="确定结束").click()
        expect(strip).to_be_hidden()
        expect(phone.page.locator("[data-stage=ended]")).to_contain_text("已送到卫生院")
        phone.page.get_by_role("button", name="知道了").click()
        expect(phone.page.get_by_role("button", name="开始巡查")).to_be_visible()
        wait_until(lambda: Patrol.objects.get().ended_at is not None)
        assert phone.complaints == [] and desk.complaints == []


def test_the_person_ends_it_and_the_desk_is_told_so(
    chromium: Browser, live_feed: str, live_server: Any, tmp_path: Path, village: Village
) -> None:
    with (
        DeskPage(chromium, live_server.url, size=WALL) as desk,
        caller(chromium, live_server.url, tmp_path / "phone", village) as phone,
    ):
        wall = desk.sign_in(make_staff("centre_operator"), "/centre/")
        desk.wait_for_map()
        press(phone.page)
        phone.page.get_by_role("button", name="现在求助").click()
        expect(wall.locator("#help")).to_contain_text("兰小英", timeout=20_000)
        phone.page.get_by_role("button", name="我没事了").click()
        phone.page.get_by_role("button", name="确定没事了").click()
        expect(phone.page.get_by_role("button", name="开始巡查")).to_be_visible()
        expect(wall.locator("#help")).to_contain_text("本人说没事了")
        wall.locator("#help").get_by_role("button", name="看到了").click()
        expect(wall.locator("#help")).to_be_hidden()
        assert phone.complaints == [] and desk.complaints == []


def _east_of(lon: float) -> bool:
    last = LastPosition.objects.first()
    return last is not None and last.point.x > lon
