"""Duties on the phone: one visit a place, one tap where nothing is found, a figure where one is asked, a week without a network."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backend.accounts.models import User
from backend.patrols.models import Answer, ItemAdmission, Task
from backend.places.models import Grid, Household, KeyPlace
from tests.backend.builders import make_checklist, make_key_place, make_task, make_township, make_village, make_worker, middle
from tests.web.phone_page import PhonePage

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
WATER = {"type": "number", "label": "水位", "unit": "米", "min": 0, "max": 12.5}
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


@pytest.fixture
def grid(transactional_db: None) -> Grid:
    return make_village(grids=1).grids[0]


@pytest.fixture
def place(grid: Grid) -> KeyPlace:
    return make_key_place(grid)


@pytest.fixture
def worker(grid: Grid) -> User:
    return make_worker(grid)


@pytest.fixture
def phone(chromium: Browser, live_server: Any, tmp_path: Path, grid: Grid) -> Any:
    with PhonePage(chromium, live_server.url, tmp_path / "phone") as phone:
        phone.stand(*middle(grid))
        yield phone


@pytest.fixture
def items() -> dict[str, ItemAdmission]:
    """Four lines' items at a pond: two that one tap answers, a photo, a figure."""
    wanted = {
        "FD-01": ("防溺水", {}),
        "HZ-01": ("河长制与水环境", {}),
        "DZ-01": ("地质灾害", {}),
        "SL-01": ("应急与防汛抗旱", {}),
    }
    admissions = dict(zip(wanted, make_checklist(make_township(), *wanted), strict=True))
    texts = {"FD-01": "救生“四个一”齐不齐", "HZ-01": "水面有没有漂浮物", "DZ-01": "坡上有没有新裂缝", "SL-01": "塘坝有没有渗水"}
    for code, admission in admissions.items():
        admission.item.line, admission.item.text = wanted[code][0], texts[code]
        admission.item.legal_ground = "小型水库和山塘巡查清单"
    admissions["DZ-01"].item.evidence_policy, admissions["DZ-01"].item.necessity_ground = "photo", "要比对裂缝变化"
    admissions["SL-01"].item.answer_type = WATER
    for admission in admissions.values():
        admission.item.save()
    return admissions


def due(grid: Grid, person: User, admissions: list[ItemAdmission], begin: float, end: float, **more: Any) -> Task:
    """By rule, from so many days from the beginning of today to so many."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return make_task(grid, person, admissions, window=(midnight + begin * DAY, midnight + end * DAY), source="rule", **more)


def at_home(page: Page) -> Page:
    expect(page.locator(".next")).to_be_visible()
    return page


def test_one_visit_for_all_lines_answered_with_one_tap_and_what_wants_more_stays_open(
    phone: PhonePage, worker: User, grid: Grid, place: KeyPlace, items: dict[str, ItemAdmission]
) -> None:
    today = due(grid, worker, [items["FD-01"], items["DZ-01"]], 0, 1, key_place=place)
    month = due(grid, worker, [items["FD-01"], items["HZ-01"], items["SL-01"]], -9, 20, key_place=place)
    page = at_home(phone.enrol(worker))
    expect(page.locator(".next")).to_contain_text("门前塘")
    expect(page.locator(".next")).to_contain_text("一次办 4 件")
    page.get_by_role("link", name="看清单").click()
    expect(page.locator("section.asked")).to_have_count(4)
    expect(page.locator("section.asked").first).to_contain_text("为什么查：小型水库和山塘巡查清单")
    page.get_by_role("button", name="都没问题（2 件）").click()
    expect(page.get_by_text("没发现问题。已存好")).to_have_count(2)
    expect(page.get_by_role("button", name="下一项（还差 2 项）")).to_be_visible()
    card = page.locator('section.asked[data-item="SL-01@1"]')
    card.get_by_role("button", name="没问题").click()
    expect(page.get_by_text("先填“水位”")).to_be_visible()
    card.get_by_label("水位").fill("13")
    card.get_by_role("button", name="没问题").click()
    expect(page.get_by_text("“水位”要在 0 到 12.5 之间")).to_be_visible()
    card.get_by_label("水位").fill("3。25")
    card.get_by_role("button", name="没问题").click()
    page.locator('section.asked[data-item="DZ-01@1"]').get_by_role("button", name="没问题").click()
    expect(page.get_by_text("为什么要照片：要比对裂缝变化")).to_be_visible()
    expect(page.locator(".sync.on")).to_contain_text("已全部上传", timeout=20_000)
    for task in (today, month):
        task.refresh_from_db()
        assert task.state == "done"
    assert Answer.objects.count() == 4  # what stands in two windows was asked once
    assert Answer.objects.get(item__code="SL-01").value == "3.25"
    assert phone.complaints == []


def test_a_household_is_visited_by_name_and_large_type_folds_the_rest(
    phone: PhonePage, worker: User, grid: Grid, place: KeyPlace, items: dict[str, ItemAdmission]
) -> None:
    home = Household.objects.create(
        village=grid.village, grid_code=grid.code, name="刘奶奶家", kind="elderly_alone", point=place.point
    )
    [visit] = make_checklist(make_township(), "ZF-01")
    due(grid, worker, [visit], 0, 7, household=home, object_key=str(home.uuid))
    due(grid, worker, [items["FD-01"]], 0, 0.5, key_place=place)
    due(grid, worker, [items["FD-01"]], 0.5, 1, key_place=place)
    due(grid, worker, [items["HZ-01"]], 3, 4)
    page = at_home(phone.enrol(worker))
    expect(page.locator(".list")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("刘奶奶家")
    expect(page.locator("main")).to_contain_text("往后还有 1 处")
    phone.open("me")
    page.get_by_role("switch", name="大字").click()
    phone.open("today")
    expect(page.get_by_role("button", name="还有 1 处")).to_be_visible()
    assert phone.complaints == []


def test_a_phone_offline_for_a_week_knows_its_duties_and_loses_nothing(
    phone: PhonePage, worker: User, grid: Grid, place: KeyPlace, items: dict[str, ItemAdmission]
) -> None:
    days = [due(grid, worker, [items["FD-01"], items["HZ-01"]], day, day + 1, key_place=place) for day in range(10)]
    page = at_home(phone.enrol(worker))
    phone.is_kept()
    phone.kill()
    for day in range(8):
        page = phone.switch_on(offline=True)
        phone.stand(*middle(grid))
        page.clock.install(time=timezone.now() + day * DAY)
        page.reload()
        page.get_by_role("link", name="看清单").click()
        page.get_by_role("button", name="都没问题（2 件）").click()
        expect(page.get_by_role("button", name="办完了，回今日")).to_be_visible()
        phone.kill()
    assert not Answer.objects.exists()
    page = phone.switch_on()
    expect(page.locator(".sync.on")).to_contain_text("已全部上传", timeout=30_000)
    assert Answer.objects.count() == 16
    assert [Task.objects.get(pk=task.pk).state for task in days] == ["done"] * 8 + ["open"] * 2
    assert phone.complaints == []
