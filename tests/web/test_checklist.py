"""The administrator's lists in a real browser: items, admissions, the year's days, alert levels, and the public page."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from backend.patrols.actions import admit_item
from backend.patrols.admissions import apply_item
from backend.patrols.items import create_item
from backend.patrols.models import AlertLevel, CalendarDay, ChecklistItem, ItemAdmission
from tests.backend.builders import COUNTY, make_township, make_unit, make_village
from tests.house.tree import ROOT
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
DESK = (1920, 1080)


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


def look(page: Page, name: str) -> None:
    """A picture for whoever asks for one."""
    if folder := os.environ.get("PATROL_LOOK"):
        page.wait_for_timeout(300)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def load_plan() -> None:
    """The default plan, all of it admitted but the first item."""
    make_village(grids=1)
    county, at = make_unit(COUNTY), timezone.now()
    for row in json.loads((ROOT / "fixtures" / "checklist" / "items.json").read_text("utf-8")):
        fields = {**row, "office_name": row["office"], "evidence_policy": row["evidence"]}
        item = create_item(county, row["code"], fields, since=date(2026, 1, 1), by=None, at=at)
        if row["code"] != "FD-01":
            admit_item(item, county, ground="县网格办准入", by=None, at=at)


def administrator() -> Any:
    return make_staff("county_admin", county=True, name="林晓")


def test_an_item_is_written_given_a_new_version_and_admitted(chromium: Browser, live_server: Any) -> None:
    load_plan()
    with DeskPage(chromium, live_server.url, size=DESK) as desk:
        page = desk.sign_in(administrator(), "/admin/items/")
        expect(page.locator("#list[data-ready=true]")).to_be_visible()
        look(page, "items")
        page.get_by_role("button", name="新事项").click()
        page.fill("[name=text]", "救生圈在不在")
        page.fill("[name=code]", "FN-01")
        page.fill("[name=line]", "防溺水")
        page.select_option("[name=object_kind]", "key_place")
        page.locator("[name=place_kinds][value=pond]").check()
        page.get_by_role("button", name="加一条").click()
        page.get_by_label("每多久").select_option("day")
        page.get_by_label("几次").fill("2")
        page.get_by_label("季节从").fill("07-01")
        page.get_by_label("季节到").fill("08-31")
        expect(page.locator(".rule")).to_contain_text("07-01至08-31 每天2次")
        page.select_option("[name=evidence_policy]", "checkpoint")
        look(page, "items-form")
        page.get_by_role("button", name="存下").click()
        expect(page.locator("[data-field=necessity_ground]")).to_contain_text("没有写")
        page.fill("[name=necessity_ground]", "要知道人到过水边")
        page.get_by_role("button", name="存下").click()
        expect(page.locator("#side")).to_contain_text("没有准入，派不到网格员手里")
        item = ChecklistItem.objects.get(code="FN-01")
        assert item.frequency == [{"per": "day", "times": 2, "season": ["07-01", "08-31"]}] and item.place_kinds == ["pond"]
        page.get_by_role("button", name="申请准入").click()
        page.fill("[name=apply-ground]", "暑假到了")
        page.locator("form").get_by_role("button", name="申请准入").click()
        expect(page.locator("#side")).to_contain_text("等着定")
        assert ItemAdmission.objects.get(item=item).state == "applied"
        page.locator("tr[data-key='XF-01']").click()
        page.get_by_role("button", name="改成新的一版").click()
        page.fill("[name=text]", "通道堵没堵，灭火器在不在、过没过期")
        page.get_by_role("button", name="存成第 2 版").click()
        expect(page.locator("#side")).to_contain_text("各版（2）")
        look(page, "items-history")
        assert ItemAdmission.objects.filter(item__code="XF-01", item__version=2, state="admitted").exists()
        assert len(desk.complaints) == 1  # the refused request itself


def test_a_workbook_with_a_fault_writes_nothing_and_a_good_one_is_tried_first(
    chromium: Browser, live_server: Any, tmp_path: Path
) -> None:
    load_plan()
    with DeskPage(chromium, live_server.url, size=DESK) as desk:
        page = desk.sign_in(administrator(), "/admin/items/")
        with page.expect_download() as waiting:
            page.get_by_role("link", name="导出").click()
        path = tmp_path / "list.xlsx"
        waiting.value.save_as(path)
        book = load_workbook(path)
        book.active["D2"], book.active["H3"] = "办好了没有", "每两天1次"
        book.save(path)
        page.get_by_role("button", name="导入").click()
        page.set_input_files("[name=file]", path)
        page.get_by_role("button", name="先看一遍").click()
        expect(page.locator("#side tbody")).to_contain_text("读不懂“每两天1次”")
        look(page, "items-import-faults")
        book.active["H3"] = "每周3次"
        book.save(path)
        page.set_input_files("[name=file]", path)
        page.get_by_role("button", name="先看一遍").click()
        expect(page.locator("#side")).to_contain_text("改的 2 项")
        look(page, "items-import")
        assert not ChecklistItem.objects.filter(version=2).exists()
        page.get_by_role("button", name="写进去").click()
        expect(page.locator("#side")).to_contain_text("写好了")
        assert ChecklistItem.objects.filter(version=2).count() == 2
        assert desk.complaints == []


def test_an_application_is_decided_and_an_admission_withdrawn(chromium: Browser, live_server: Any) -> None:
    load_plan()
    by, at = administrator(), timezone.now()
    item = ChecklistItem.objects.get(code="FD-01")
    days = (timezone.localdate(), timezone.localdate() + timedelta(days=60))
    apply_item(item, make_township(), ground="暑假到了，水边要天天看", days=days, by=by, at=at, is_temporary=True)
    with DeskPage(chromium, live_server.url, size=DESK) as desk:
        page = desk.sign_in(by, "/admin/admissions/")
        expect(page.locator("#facts")).to_contain_text("1 份等着定")
        page.get_by_role("row", name="救生").click()
        look(page, "admissions")
        page.fill("[name=note]", "同意，九月前收")
        page.locator("#side").get_by_role("button", name="准入", exact=True).click()
        expect(page.locator("#facts")).to_contain_text("没有等着定的")
        admission = ItemAdmission.objects.get(item=item)
        assert (admission.state, admission.decision_note) == ("admitted", "同意，九月前收")
        page.get_by_role("row", name="救生").click()
        page.get_by_role("button", name="洲湖镇的准入退出").click()
        page.fill("[name=withdrawal-ground]", "装了护栏")
        page.locator("#side form").get_by_role("button", name="退出", exact=True).click()
        expect(page.locator("#side")).to_contain_text("林晓让它退出：装了护栏")
        assert desk.complaints == []


def test_a_year_is_taken_over_and_a_day_set_by_hand(chromium: Browser, live_server: Any) -> None:
    make_village(grids=1)
    with DeskPage(chromium, live_server.url, size=DESK) as desk:
        page = desk.sign_in(administrator(), "/admin/calendar/")
        page.wait_for_selector("#months[data-ready]")
        year = timezone.localdate().year
        while year != 2026:
            step = 1 if year < 2026 else -1
            page.get_by_role("button", name=f"看 {year + step} 年").click()
            year += step
        expect(page.locator("#warning")).to_contain_text("2026 年还没有取放假安排")
        page.get_by_role("button", name="取这一年的放假安排").click()
        expect(page.locator("[data-day='2026-10-01']")).to_contain_text("国庆节")
        expect(page.locator("[data-day='2026-10-10']")).to_contain_text("班")
        page.locator("[data-day='2026-03-12']").click()
        page.select_option("[name=kind]", "rest")
        page.fill("[name=festival]", "植树节")
        look(page, "calendar")
        page.get_by_role("button", name="存下").click()
        expect(page.locator("[data-day='2026-03-12']")).to_contain_text("植树节")
        assert CalendarDay.objects.get(day=date(2026, 3, 12)).kind == "rest"
        for wanted in range(2027, 2030):
            page.get_by_role("button", name=f"看 {wanted} 年").click()
        expect(page.locator("#warning")).to_contain_text("还不知道 2029 年怎么放假")
        look(page, "calendar-unknown")
        assert desk.complaints == []


def test_an_alert_level_is_raised_and_lifted(chromium: Browser, live_server: Any) -> None:
    load_plan()
    with DeskPage(chromium, live_server.url, size=DESK) as desk:
        page = desk.sign_in(administrator(), "/admin/alert-levels/")
        expect(page.locator("#list")).to_contain_text("没有预警")
        page.select_option("[name=hazard]", "fire")
        page.select_option("[name=level]", "orange")
        page.fill("[name=alert-ground]", "县森防指 3 号")
        page.get_by_role("button", name="发布").click()
        expect(page.locator("#list")).to_contain_text("看得更勤的：林边有没有野外用火")
        look(page, "alert-levels")
        page.get_by_role("button", name="解除安福县的森林火险预警").click()
        expect(page.locator("#list")).to_contain_text("林晓提前结束")
        assert AlertLevel.objects.get().ended_at is not None
        assert desk.complaints == []


def test_anybody_opens_the_published_list(chromium: Browser, live_server: Any) -> None:
    load_plan()
    with DeskPage(chromium, live_server.url, size=DESK) as desk:
        page = desk.page
        page.goto(f"{live_server.url}/items/{COUNTY}/")
        expect(page.locator("h1")).to_have_text("安福县网格事项准入清单")
        expect(page.locator("main")).to_contain_text("林边有没有野外用火")
        expect(page.locator("main")).not_to_contain_text("按牵头单位的单子走访")
        look(page, "public-list")
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        look(page, "public-list-phone")
