"""The phone's app in a real browser, 360 by 740, with its own service worker and store."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.accounts.actions import make_enrolment_code
from backend.accounts.models import Consent, User
from backend.field.models import Attachment, Report, TrackSegment
from backend.patrols.models import Answer, Patrol, Task
from backend.phone.models import InboxItem
from backend.places.models import Grid, KeyPlace
from notifications.actions import announce
from notifications.events import AreaMessageSent
from notifications.jobs import fan_out
from notifications.models import Acknowledgement
from tests.backend.builders import (
    make_checklist,
    make_key_place,
    make_operator,
    make_report_kind,
    make_task,
    make_township,
    make_village,
    make_worker,
    middle,
)

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
PICTURE = Path(__file__).parent / "pond.jpg"


class Handheld:
    """One phone: a browser profile of its own, standing in the middle of a grid."""

    def __init__(self, browser: Browser, url: str, grid: Grid) -> None:
        self.url, self.complaints = url, list[str]()
        lon, lat = middle(grid)
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 360, "height": 740},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["geolocation"],
            geolocation={"longitude": lon, "latitude": lat, "accuracy": 8},
        )
        self.context.set_default_timeout(15_000)

    def __enter__(self) -> Handheld:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def open(self, place: str = "") -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{self.url}/phone/{place}")
        return page

    def enrol(self, user: User) -> Page:
        page = self.open(f"#code={make_enrolment_code(user, by=None, at=timezone.now())}")
        page.get_by_role("button", name="登记这部手机").click()
        return page

    def enrolled(self, user: User) -> Page:
        """Past the notice, with the app itself kept on the phone."""
        page = self.enrol(user)
        expect(page.get_by_role("button", name="开始巡查")).to_be_visible()
        page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        return page


@pytest.fixture
def grid(transactional_db: None) -> Grid:
    make_report_kind()
    return make_village(grids=1).grids[0]


@pytest.fixture
def place(grid: Grid) -> KeyPlace:
    return make_key_place(grid)


def give_task(grid: Grid, place: KeyPlace, person: User, evidence: str = "photo_on_problem") -> Task:
    return make_task(grid, person, make_checklist(make_township(), evidence=evidence), key_place=place)


def choose(page: Page, item: int, result: str) -> None:
    page.locator("section.asked").nth(item).get_by_role("button", name=result).click()


@pytest.mark.django_db
def test_the_worker_of_the_shell_may_rule_the_phones_pages_and_nothing_else(client: Client) -> None:
    answer = client.get("/phone/sw.js")
    assert answer["Service-Worker-Allowed"] == "/phone/"
    assert "no-cache" in answer["Cache-Control"]
    shell = json.loads(answer.content.decode().split("const SHELL = ")[1].splitlines()[0])
    assert "/static/phone/app.js" in shell and "/static/shared/icons.svg" in shell
    assert not [url for url in shell if url.startswith("/api/")]
    page = client.get("/phone/")
    assert "style=" not in page.content.decode() and "sessionid" not in page.cookies
    assert client.get("/phone/manifest.webmanifest").json()["scope"] == "/phone/"


def test_a_new_phone_is_enrolled_asked_once_and_shows_its_task(
    chromium: Browser, live_server: Any, grid: Grid, place: KeyPlace
) -> None:
    worker = make_worker(grid, consent=False)
    give_task(grid, place, worker)
    with Handheld(chromium, live_server.url, grid) as phone:
        page = phone.enrol(worker)
        expect(page.get_by_text("路线保存 30 天")).to_be_visible()
        page.get_by_role("button", name="不同意").click()
        expect(page.locator("section.next")).to_contain_text("门前塘")
        expect(page.locator("#head")).to_contain_text("兰小英")
        assert Consent.objects.get(user=worker).decision == "refused"
        page.reload()
        expect(page.locator("section.next")).to_contain_text("一次办 2 件")
        page.get_by_role("button", name="开始巡查").click()
        expect(page.locator(".rec")).to_contain_text("不记路线")
        assert phone.complaints == []


def test_a_used_code_is_refused_in_words(chromium: Browser, live_server: Any, grid: Grid) -> None:
    with Handheld(chromium, live_server.url, grid) as phone:
        page = phone.open()
        page.get_by_label("登记码").fill("ABCD2345")
        page.get_by_role("button", name="登记这部手机").click()
        expect(page.get_by_role("alert")).to_contain_text("请找管理员再要一个")


def test_work_without_a_network_survives_a_killed_page_and_arrives(
    chromium: Browser, live_server: Any, grid: Grid, place: KeyPlace, settings: Any
) -> None:
    settings.PATROL_URL = live_server.url
    worker = make_worker(grid)
    task = give_task(grid, place, worker)
    with Handheld(chromium, live_server.url, grid) as phone:
        page = phone.enrolled(worker)
        phone.context.set_offline(True)
        expect(page.locator(".sync")).to_contain_text("没有网络")
        page.get_by_role("link", name="看清单").click()
        expect(page.locator(".note.ok")).to_contain_text("你到了")
        choose(page, 0, "有问题")
        expect(page.get_by_text("为什么要照片：要凭据的理由")).to_be_visible()
        choose(page, 1, "进不去")
        page.get_by_role("button", name="路断").click()
        expect(page.get_by_text("进不去：路断了。已存好，不算没去")).to_be_visible()
        make_report(page)
        page.close(run_before_unload=False)
        again = phone.open("#/outbox")
        expect(again.locator(".list li")).to_have_count(3)
        expect(again.locator(".sync")).to_contain_text("没有网络，存着 4 条")
        expect(again.locator("h2")).to_contain_text("1 张照片")
        assert not Answer.objects.exists() and not Report.objects.exists()
        phone.context.set_offline(False)
        expect(again.locator(".sync.on")).to_contain_text("已全部上传", timeout=20_000)
        expect(again.locator("main")).to_contain_text("镇里已收到 3 条")
        assert dict(Answer.objects.values_list("result", "reason")) == {"problem": "", "no_entry": "路断"}
        report = Report.objects.get()
        assert (report.kind_code, report.text, report.grid_code) == ("0101", "塘边一堆", grid.code)
        assert Attachment.objects.get().state == "stored"
        task.refresh_from_db()
        assert task.state == "done"
        assert phone.complaints == []


def make_report(page: Page) -> None:
    page.goto(page.url.split("#")[0] + "#/report")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="拍照").click()
    chooser.value.set_files(PICTURE)
    expect(page.locator(".shot img")).to_be_visible()
    page.get_by_label("说一句").fill("塘边一堆")
    page.get_by_role("radio", name="垃圾堆放").click()
    expect(page.get_by_role("radio", name="垃圾堆放")).to_be_checked()
    page.reload()
    expect(page.get_by_label("说一句")).to_have_value("塘边一堆")
    page.get_by_role("button", name="上报").click()
    expect(page.get_by_text("存好了")).to_be_visible()


def test_words_being_written_are_not_taken_away_by_what_arrives(
    chromium: Browser, live_server: Any, grid: Grid, place: KeyPlace
) -> None:
    worker = make_worker(grid)
    give_task(grid, place, worker)
    with Handheld(chromium, live_server.url, grid) as phone:
        page = phone.enrolled(worker)
        page.get_by_role("link", name="看清单").click()
        choose(page, 0, "有问题")
        field = page.get_by_label("说一句")
        field.press_sequentially("坝脚")
        page.evaluate(
            "import('/static/phone/outbox.js').then(({ outboxChanges }) => outboxChanges.dispatchEvent(new Event('changed')))"
        )
        page.wait_for_timeout(400)
        field.press_sequentially("渗水")
        choose(page, 1, "没问题")
        expect(page.get_by_text("没发现问题。已存好")).to_be_visible()
        expect(page.get_by_label("说一句")).to_have_value("坝脚渗水")
        expect(page.locator(".sync.on")).to_contain_text("已全部上传", timeout=15_000)
        assert Answer.objects.filter(note="坝脚渗水", result="problem").exists()
        assert phone.complaints == []


def test_an_outing_is_visible_while_it_lasts_and_its_track_arrives(
    chromium: Browser, live_server: Any, grid: Grid, place: KeyPlace
) -> None:
    worker = make_worker(grid)
    lon, lat = middle(grid)
    with Handheld(chromium, live_server.url, grid) as phone:
        page = phone.enrolled(worker)
        page.get_by_role("button", name="开始巡查").click()
        expect(page.locator(".rec")).to_contain_text("正在记录轨迹 00:00")
        expect(page.locator(".map[data-ready=true]")).to_be_visible(timeout=20_000)
        expect(page.locator(".map")).to_contain_text("合成示意边界")
        for step in range(1, 4):
            phone.context.set_geolocation({"longitude": lon + step * 0.0002, "latitude": lat, "accuracy": 8})
            page.wait_for_timeout(300)
        page.get_by_role("button", name="地点表").click()
        expect(page.locator(".tray .list")).to_contain_text("门前塘")
        page.get_by_role("button", name="结束").click()
        expect(page.locator(".rec")).to_have_count(0)
        expect(page.locator(".sync.on")).to_contain_text("已全部上传")
        expect(page.get_by_role("button", name="开始巡查")).to_be_visible()
        assert Patrol.objects.get().ended_at is not None
        assert TrackSegment.objects.get(person=worker).n >= 2
        assert phone.complaints == []


def write_to(grid: Grid, sender: User) -> None:
    """An urgent message to a grid, from the desk to the phones."""
    at = timezone.now()
    alert = announce(
        AreaMessageSent(
            message=str(uuid.uuid4()),
            severity="urgent",
            title="屋背山北坡起火",
            text="不要上山扑火。请通知山背的人往晒谷坪撤。",
            codes=(grid.code,),
            by=sender.pk,
            expires_at=at + timedelta(hours=6),
            at=at,
        ),
        at=at,
    )
    assert alert is not None
    fan_out(alert_id=alert.pk)


def test_an_alert_arrives_by_itself_and_is_answered(chromium: Browser, live_feed: str, live_server: Any, grid: Grid) -> None:
    worker, sender = make_worker(grid), make_operator()
    with Handheld(chromium, live_server.url, grid) as phone:
        page = phone.enrolled(worker)
        write_to(grid, sender)
        page.get_by_role("link", name="紧急：屋背山北坡起火").click(timeout=10_000)
        card = page.locator(".urgent")
        expect(card).to_contain_text("屋背山北坡起火", timeout=10_000)
        phone.context.set_offline(True)
        card.get_by_role("button", name="收到").click()
        expect(page.locator(".urgent")).to_have_count(0)
        expect(page.get_by_text("你点过“收到”")).to_be_visible()
        phone.context.set_offline(False)
        expect(page.locator(".sync.on")).to_be_visible(timeout=20_000)
        assert Acknowledgement.objects.get().person == worker
        assert InboxItem.objects.get(kind="seen").person == worker
        assert phone.complaints == []
