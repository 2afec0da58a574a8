"""The wall of the command centre, in a real browser with the real stream."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils import timezone
from playwright.sync_api import Browser, expect

from backend.accounts.live import wake_desks
from backend.field.models import LastPosition, Report, Visit
from backend.patrols.models import Patrol, Task
from backend.places.models import Grid
from notifications.jobs import fan_out
from notifications.models import Alert
from tests.backend.builders import Village, make_checklist, make_report_kind, make_township, make_village, make_worker, middle
from tests.backend.phone_client import Phone, make_item
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
WALL = (1920, 1080)


@pytest.fixture
def township(transactional_db: None) -> Village:
    """洲湖村 with three grids, the third without anybody accountable."""
    village = make_village(grids=3)
    make_worker(village.grids[0], name="兰小英")
    make_worker(village.grids[1], name="彭水生")
    return village


def walk(grid: Grid) -> LastPosition:
    person = grid.duties.get().user
    patrol, at = uuid.uuid4(), timezone.now()
    Patrol.objects.create(uuid=patrol, person=person, started_at=at - timedelta(minutes=5), received_at=at)
    place = Point(*middle(grid), srid=4326)
    return LastPosition.objects.create(
        person=person, patrol_uuid=patrol, t=at, point=place, accuracy_m=8, course_deg=90, grid_code=grid.code
    )


def report(grid: Grid, *, urgent: bool = False, text: str = "田坎边堆了两车垃圾。") -> Report:
    at = timezone.now()
    kind = make_report_kind("0901", name="疑似山火", urgent=True) if urgent else make_report_kind()
    return Report.objects.create(
        uuid=uuid.uuid4(),
        person=grid.duties.get().user,
        kind=kind,
        kind_code=kind.code,
        text=text,
        is_urgent=urgent,
        point=Point(*middle(grid), srid=4326),
        accuracy_m=12,
        grid_code=grid.code,
        occurred_at=at,
        received_at=at,
    )


def test_the_wall_shows_the_township_without_a_complaint(
    chromium: Browser, live_feed: str, live_server: Any, township: Village
) -> None:
    walk(township.grids[0])
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/")
        desk.wait_for_map()
        expect(page.locator(".head .made-up")).to_have_text("合成示意")
        expect(page.locator("p.synthetic")).to_contain_text("不代表真实界线")
        expect(page.locator(".mark.person")).to_have_count(1)
        expect(page.locator(".mark.alarm")).to_have_text("无责任人")
        expect(page.locator("#side")).to_contain_text("正在巡查 1 人")
        expect(page.locator("#live")).to_contain_text("实时", timeout=15_000)
        assert desk.complaints == []


def test_a_new_report_appears_by_itself_and_opens(
    chromium: Browser, live_feed: str, live_server: Any, township: Village
) -> None:
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("centre_operator"), "/centre/")
        desk.wait_for_map()
        expect(page.locator("#live")).to_contain_text("实时", timeout=15_000)
        expect(page.locator(".lane-reports")).to_contain_text("没有没受理的上报")
        report(township.grids[0], urgent=True, text="屋背山北边冒烟。")
        wake_desks()
        card = page.locator(".report-card")
        expect(card).to_contain_text("疑似山火", timeout=5_000)
        page.locator(".mark.report").click()
        expect(page.locator("#sheet")).to_contain_text("屋背山北边冒烟。")
        expect(page.locator("#sheet")).to_contain_text("误差 12 米")
        page.keyboard.press("Escape")
        expect(page.locator("#sheet")).to_be_hidden()
        assert desk.complaints == []


def test_the_table_has_the_rows_and_the_selection_of_the_map(
    chromium: Browser, live_feed: str, live_server: Any, township: Village
) -> None:
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("centre_operator"), "/centre/")
        desk.wait_for_map()
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("t")
        rows = page.locator("#table tbody tr")
        expect(rows).to_have_count(3)
        expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
        expect(rows.nth(2)).to_contain_text("无责任人")
        page.keyboard.press("Enter")
        expect(page.locator("#sheet h2")).to_have_text("洲湖村第2网格")
        page.fill("#search", "兰小英")
        expect(rows).to_have_count(1)


def test_a_task_is_given_from_the_grid(chromium: Browser, live_feed: str, live_server: Any, township: Village) -> None:
    make_checklist(make_township())
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("centre_dispatcher"), "/centre/")
        desk.wait_for_map()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="给任务").click()
        page.get_by_label("看一看FH-01").check()
        page.fill("[name=ground]", "连晴十天，山边干")
        page.get_by_role("button", name="给任务").click()
        expect(page.locator("#sheet")).to_contain_text("已给兰小英")
        task = Task.objects.get()
        assert task.person.name == "兰小英"
        assert task.ground == "连晴十天，山边干"
        assert desk.complaints == []


def test_a_lost_network_is_said_and_the_picture_stays(
    chromium: Browser, live_feed: str, live_server: Any, township: Village
) -> None:
    report(township.grids[0])
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("centre_operator"), "/centre/")
        desk.wait_for_map()
        expect(page.locator(".report-card")).to_have_count(1)
        desk.context.set_offline(True)
        page.evaluate("document.querySelector('.alert-card, .report-card').scrollIntoView()")
        page.locator(".report-card .cover").click()
        expect(page.locator("#sheet")).to_contain_text("连不上镇里的机器")
        expect(page.locator(".report-card")).to_have_count(1)


def test_a_message_is_counted_sent_and_seen(chromium: Browser, live_feed: str, live_server: Any, township: Village) -> None:
    phone = Phone(township.grids[0].duties.get().user)
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/messages/")
        desk.wait_for_map()
        page.get_by_label("洲湖村").check()
        expect(page.locator(".reach")).to_contain_text("发给 2 人")
        expect(page.locator(".reach")).to_contain_text("彭水生")
        page.get_by_role("button", name="紧急").click()
        page.fill("[name=title]", "疑似山火这个标题太长了")
        assert page.input_value("[name=title]") == "疑似山火这个标题太长"
        page.fill("[name=title]", "疑似山火")
        page.fill("[name=text]", "不要上山扑火。请往晒谷坪撤。")
        page.get_by_role("button", name="发出").click()
        expect(page.locator("#right h2")).to_have_text("疑似山火")
        alert = Alert.objects.get()
        fan_out(alert.pk)  # what the worker process does at once
        seen, not_seen = page.locator(".tile.ok .figure"), page.locator(".tile.warn .figure")
        expect(not_seen).to_have_text("2", timeout=5_000)
        phone.sync(make_item("seen", {"alert": str(alert.uuid)}))
        expect(seen).to_have_text("1", timeout=5_000)
        expect(page.locator("tr[data-state=seen]")).to_contain_text("兰小英")
        assert desk.complaints == []


def position(page: Any) -> str:
    """Where the mark of the only person on patrol is drawn."""
    return page.evaluate("document.querySelector('.mark.person').style.transform")


def step(place: LastPosition, *, metres: float, after_s: float = 20) -> None:
    place.point = Point(place.point.x + metres / 98_900, place.point.y, srid=4326)
    place.t += timedelta(seconds=after_s)
    place.save()
    wake_desks()


def test_somebody_sets_out_moves_and_vanishes_at_the_end(
    chromium: Browser, live_feed: str, live_server: Any, township: Village
) -> None:
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/")
        desk.wait_for_map()
        expect(page.locator("#live")).to_contain_text("实时", timeout=15_000)
        expect(page.locator("#side")).to_contain_text("现在没有人在巡查")
        place = walk(township.grids[0])
        wake_desks()
        mark = page.locator(".mark.person")
        expect(mark).to_have_count(1, timeout=4_000)
        expect(mark).to_have_attribute("aria-label", re.compile("兰小英，洲湖村第1网格，刚刚"))
        before = position(page)
        step(place, metres=400)
        page.wait_for_function("was => document.querySelector('.mark.person').style.transform !== was", arg=before)
        on_the_way = position(page)  # 20 seconds lie between the two fixes, and so many the mark walks
        page.wait_for_function("was => document.querySelector('.mark.person').style.transform !== was", arg=on_the_way)
        place.delete()
        wake_desks()
        expect(mark).to_have_count(0, timeout=4_000)
        expect(page.locator("#side")).to_contain_text("现在没有人在巡查")
        assert desk.complaints == []


@pytest.mark.parametrize("why", ["a gap", "less motion wanted"])
def test_no_mark_glides_through_a_gap_nor_where_less_motion_is_wanted(
    chromium: Browser, live_feed: str, live_server: Any, township: Village, why: str
) -> None:
    place = walk(township.grids[0])
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        if why == "less motion wanted":
            desk.page.emulate_media(reduced_motion="reduce")
        page = desk.sign_in(make_staff("duty_chief"), "/centre/")
        desk.wait_for_map()
        expect(page.locator("#live")).to_contain_text("实时", timeout=15_000)
        before = position(page)
        step(place, metres=400, after_s=121 if why == "a gap" else 20)
        page.wait_for_function("was => document.querySelector('.mark.person').style.transform !== was", arg=before)
        there = position(page)
        page.wait_for_timeout(700)
        assert position(page) == there


def test_filters_hold_for_map_table_and_lists(chromium: Browser, live_feed: str, live_server: Any, township: Village) -> None:
    walk(township.grids[0])
    report(township.grids[0])
    report(township.grids[1], urgent=True)
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/")
        desk.wait_for_map()
        pins = page.locator(".mark.report")
        expect(pins).to_have_count(2)
        page.get_by_role("button", name="只看紧急").click()
        expect(pins).to_have_count(1)
        expect(pins).to_have_attribute("aria-label", re.compile("紧急上报"))
        page.get_by_role("button", name="只看紧急").click()
        page.get_by_label("类别").select_option(make_report_kind().code)
        expect(pins).to_have_count(1)
        page.keyboard.press("Escape")  # nothing open: the filters go
        expect(pins).to_have_count(2)
        page.get_by_role("button", name="有人在巡查").click()
        page.keyboard.press("t")
        expect(page.locator("#table tbody tr")).to_have_count(1)
        expect(page.locator("#table tbody")).to_contain_text("在巡查")
        page.get_by_role("button", name="全部显示").click()
        expect(page.locator("#table tbody tr")).to_have_count(3)
        assert desk.complaints == []


def test_looking_back_shows_events_and_grids_and_no_person(
    chromium: Browser, live_feed: str, live_server: Any, township: Village
) -> None:
    grid, at = township.grids[0], timezone.now()
    walk(grid)
    report(grid)
    early = at - timedelta(minutes=40)
    Visit.objects.create(
        grid=grid, person=grid.duties.get().user, item=uuid.uuid4(), patrol_uuid=uuid.uuid4(), n=9, t0=early, t1=at
    )
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/")
        desk.wait_for_map()
        expect(page.locator(".mark.person")).to_have_count(1)
        slider = page.get_by_label("回看今天").get_by_role("slider")
        page.wait_for_function("Number(document.querySelector('#day input').max) > 1")
        slider.focus()
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        expect(page.locator("#side")).to_contain_text("的情况")
        expect(page.locator("#side")).to_contain_text("走到过1 个网格")
        expect(page.locator(".mark.person")).to_have_count(0)
        expect(page.locator(".mark.report")).to_have_count(0)
        expect(page.locator("#side")).not_to_contain_text("兰小英")
        page.keyboard.press("Escape")
        slider.blur()
        page.keyboard.press("Escape")
        expect(page.locator(".mark.person")).to_have_count(1)
        expect(page.locator(".mark.report")).to_have_count(1)
        assert desk.complaints == []


def test_arrows_and_plus_move_the_map_and_the_list_of_keys_says_so(
    chromium: Browser, live_feed: str, live_server: Any, township: Village
) -> None:
    walk(township.grids[0])
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/")
        desk.wait_for_map()
        for key in ("-", "ArrowRight", "ArrowUp", "+"):
            before = position(page)
            page.keyboard.press(key)
            page.wait_for_function("was => document.querySelector('.mark.person').style.transform !== was", arg=before)
            page.wait_for_timeout(300)
        page.keyboard.press("?")
        expect(page.locator("dialog.keys")).to_contain_text("挪地图")
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("第2网格")
        page.keyboard.press("Enter")
        expect(page.locator("#sheet h2")).to_have_text("洲湖村第2网格")


def square(west: float, south: float, number: int, cell: tuple[float, float]) -> MultiPolygon:
    """One of many small grids beside the village, none of which touch."""
    x, y = west - 0.05 + (number % 32) * cell[0], south + (number // 32) * cell[1]
    return MultiPolygon(Polygon.from_bbox((x, y, x + 0.8 * cell[0], y + 0.8 * cell[1])), srid=4326)


def test_a_thousand_grids_are_rows_only_where_one_looks(
    chromium: Browser, live_feed: str, live_server: Any, township: Village
) -> None:
    first = township.grids[0]
    west, south, east, north = first.polygon.extent
    cell = (east - west) / 35, (north - south) / 35
    Grid.objects.bulk_create(
        Grid(
            code=f"{first.code[:12]}{number:03d}", plan=first.plan, village=first.village, name=f"试第{number}网格",
            polygon=square(west, south, number, cell), area_m2=1, valid=first.valid,
        )
        for number in range(10, 990)
    )  # fmt: skip
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/")
        desk.wait_for_map()
        page.keyboard.press("t")
        expect(page.locator("#table .table-foot")).to_contain_text("共 983 个网格")
        assert page.locator("#table tbody tr[data-key]").count() < 80
        page.evaluate("document.querySelector('#table .table-scroll').scrollTop = 1e6")
        expect(page.locator("#table tbody")).to_contain_text("试第989网格")
        page.keyboard.press("j")
        expect(page.locator("#table tr[aria-selected=true]")).to_contain_text("洲湖村第1网格")
