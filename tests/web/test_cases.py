"""Cases at the desk, in a real browser: from a report in the first lane to a case that another person verified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from backend.accounts.models import Office, Post, User
from backend.cases import actions
from backend.cases.models import Case
from tests.backend.builders import Village, make_village, make_worker
from tests.backend.cases.scene import make_office, make_report
from tests.web.desk_page import PASSWORD, DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
WALL = (1920, 1080)


@pytest.fixture
def village(transactional_db: None) -> Village:
    return make_village(grids=1)


def handler_of(office: Office) -> User:
    user = User.objects.create_user("ZH105", name="胡志强", password=PASSWORD)
    since = timezone.now() - timedelta(days=9)
    Post.objects.create(user=user, role="office_handler", unit=office.unit, office=office, valid=(since, None))
    return user


def test_the_duty_chief_registers_and_assigns_a_report_from_its_sheet(
    chromium: Browser, live_server: Any, village: Village
) -> None:
    handler_of(make_office())
    make_report(make_worker(village.grids[0]), village.grids[0], text="路边堆了两车垃圾")
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/cases/")
        lanes = page.locator(".case-lane")
        expect(lanes).to_have_count(6)
        expect(lanes.nth(0)).to_contain_text("路边堆了两车垃圾")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("#sheet")).to_contain_text("200 米内、7 天里没有同类的事")
        page.get_by_label("派给哪个单位").select_option(label="司法所")
        page.get_by_label("给谁").select_option(label="胡志强")
        page.get_by_role("button", name="立案并派遣").click()
        expect(page.locator("#fate")).to_contain_text("已派遣")
        expect(lanes.nth(2)).to_contain_text("司法所")
        case = Case.objects.get()
        assert (case.state, case.handler.name if case.handler else "") == ("assigned", "胡志强")
        assert desk.complaints == []


def test_the_lanes_are_narrowed_to_an_office_and_widened_again(chromium: Browser, live_server: Any, village: Village) -> None:
    office, chief, at = make_office(), make_staff("duty_chief"), timezone.now()
    handler_of(office)
    worker = make_worker(village.grids[0])
    given = actions.register_case(make_report(worker, village.grids[0], text="清沟"), by=chief, at=at)
    actions.assign_case(given, office, by=chief, at=at)
    actions.register_case(make_report(worker, village.grids[0], text="还没派"), by=chief, at=at)
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(chief, "/cases/")
        cards = page.locator(".case-lane .cover")
        expect(cards).to_have_count(2)
        page.locator("#office").select_option(label="司法所")
        expect(cards).to_have_count(1)
        page.locator("#office").select_option(label="全部")
        expect(cards).to_have_count(2)
        expect(page.locator("#kind option")).to_have_count(2)
        assert desk.complaints == []


def test_the_handler_hands_in_a_result_and_cannot_verify_it(chromium: Browser, live_server: Any, village: Village) -> None:
    office = make_office()
    handler, at = handler_of(office), timezone.now()
    chief = make_staff("duty_chief")
    case = actions.register_case(make_report(make_worker(village.grids[0]), village.grids[0]), by=chief, at=at)
    actions.assign_case(case, office, by=chief, at=at)
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(handler, f"/cases/{case.uuid}/")
        desk.wait_for_map()
        expect(page.locator("[aria-current=step]")).to_contain_text("签收")
        page.get_by_role("button", name="签收，开始处置").click()
        page.get_by_label("办得怎样").fill("清走了两车")
        page.get_by_role("button", name="反馈，办完了").click()
        expect(page.locator("#steps")).to_contain_text("等镇里送核查")
        expect(page.locator(".record li").first).to_contain_text("清走了两车")
        case.refresh_from_db()
        actions.ask_check(case, by=chief, at=timezone.now())
        page.reload()
        expect(page.locator("#steps")).to_contain_text("要由别人核查")
        assert desk.complaints == []


def test_who_comes_second_keeps_what_was_written_and_sees_what_changed(
    chromium: Browser, live_server: Any, village: Village
) -> None:
    office = make_office()
    handler, at = handler_of(office), timezone.now()
    chief = make_staff("duty_chief")
    case = actions.register_case(make_report(make_worker(village.grids[0]), village.grids[0]), by=chief, at=at)
    for step in (
        lambda: actions.assign_case(case, office, by=chief, at=at),
        lambda: actions.start_handling(case, by=handler, at=at),
        lambda: actions.give_feedback(case, text="清走了", by=handler, at=at),
        lambda: actions.ask_check(case, by=chief, at=at),
    ):
        step()
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(chief, f"/cases/{case.uuid}/")
        page.get_by_role("button", name="没通过").click()
        page.get_by_label("看到了什么").fill("墙角还有半车")
        actions.verify_case(case, result="unable", note="路断了", by=make_staff("supervisor", name="周明"), at=timezone.now())
        page.get_by_role("button", name="交核查结果").click()
        expect(page.locator("#steps .said")).to_contain_text("周明刚改过这里")
        expect(page.locator(".record li").first).to_contain_text("路断了")
        expect(page.get_by_label("看到了什么")).to_have_value("墙角还有半车")
        case.refresh_from_db()
        assert case.state == "feedback"
