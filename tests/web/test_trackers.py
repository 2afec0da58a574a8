"""Tracker apps and files of other makers, at the phone and at the desk, in a real browser; the app itself over real HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from backend.field.models import TrackSegment
from backend.phone.models import SealedFix, Tracker
from tests.backend.builders import make_village, make_worker, middle
from tests.backend.phone.trackers.test_gpx import gpx, walk
from tests.backend.phone_client import now_ms
from tests.web.desk_page import DeskPage, make_staff
from tests.web.phone_page import PhonePage

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


def look(page: Page, name: str) -> None:
    """A picture for whoever asks for one."""
    if folder := os.environ.get("PATROL_LOOK"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_a_worker_enrols_an_app_sends_by_it_and_stops_it(chromium: Browser, live_server: Any, tmp_path: Path) -> None:
    village = make_village(grids=1)
    worker, (lon, lat) = make_worker(village.grids[0], name="彭水生"), middle(village.grids[0])
    with PhonePage(chromium, live_server.url, tmp_path) as phone:
        page = phone.enrol(worker)
        phone.open("me").get_by_role("link", name="别的定位软件").click()
        expect(page.locator("main")).to_contain_text("还没有。")
        page.select_option("[name=interval]", "60")
        look(page, "phone-trackers-form")
        page.get_by_role("button", name="Traccar Client").click()
        card = page.locator(".card.needs")
        expect(card).to_contain_text("“间隔”填 60")
        assert Tracker.objects.get().interval_s == 60
        expect(card.locator("img.qr")).to_be_visible()
        address, word = (card.locator("input").nth(i).input_value() for i in (0, 1))
        look(page, "phone-trackers")
        fields = {"id": word, "timestamp": str(now_ms()), "lat": str(lat), "lon": str(lon), "accuracy": "7.0", "speed": "2.1"}
        answer = httpx.post(address, params=fields, trust_env=False)
        assert (answer.status_code, answer.content) == (200, b"")
        assert SealedFix.objects.count() == 1
        phone.open("me")
        phone.open("trackers")
        expect(page.locator(".list")).to_contain_text("Traccar Client")
        expect(page.locator(".card.needs")).to_have_count(0)
        look(page, "phone-trackers-list")
        page.get_by_role("button", name="停用").click()
        page.locator(".list").get_by_role("button", name="停用").click()
        expect(page.locator("main")).to_contain_text("还没有。")
        assert httpx.get(address, params=fields, trust_env=False).status_code == 400
        assert phone.complaints == []


def test_a_worker_brings_a_file(chromium: Browser, live_server: Any, tmp_path: Path) -> None:
    village = make_village(grids=1)
    worker = make_worker(village.grids[0], name="彭水生")
    file = tmp_path / "早上.gpx"
    file.write_text(gpx(walk(village, now_ms() - 3_600_000)), "utf-8")
    with PhonePage(chromium, live_server.url, tmp_path / "profile") as phone:
        page = phone.enrol(worker)
        phone.open("me").get_by_role("link", name="从文件导入").click()
        page.set_input_files("[name=file]", str(file))
        page.get_by_role("button", name="导入").click()
        expect(page.locator("main")).to_contain_text("存了 20 个点。")
        look(page, "phone-gpx")
        page.get_by_role("button", name="导入").click()
        expect(page.locator("main")).to_contain_text("以前导入过了")
        assert TrackSegment.objects.get().person == worker
        assert phone.complaints == []


def test_a_desk_enrols_an_app_and_brings_a_file_for_a_person(chromium: Browser, live_server: Any, tmp_path: Path) -> None:
    village = make_village(grids=1)
    worker = make_worker(village.grids[0], name="彭水生")
    file = tmp_path / "早上.gpx"
    file.write_text(gpx(walk(village, now_ms() - 3_600_000)), "utf-8")
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/people/")
        page.locator("tbody tr").filter(has_text="彭水生").click()
        page.get_by_text("登记别的定位软件").click()
        page.select_option("[name=app]", "owntracks")
        page.get_by_role("button", name="登记", exact=True).click()
        expect(page.locator("#sheet img.qr")).to_be_visible()
        look(page, "desk-tracker")
        assert Tracker.objects.get().app == "owntracks"
        page.get_by_role("button", name="填好了").click()
        expect(page.locator("#sheet .lines")).to_contain_text(["OwnTracks"])
        page.get_by_text("替他导入路线文件").click()
        page.set_input_files("[name=gpx]", str(file))
        page.fill("[name=reason]", "手机坏了，本人拿来的文件")
        page.get_by_role("button", name="导入", exact=True).click()
        expect(page.locator("#sheet")).to_contain_text("存了 20 个点")
        look(page, "desk-gpx")
        assert TrackSegment.objects.get().person == worker
        assert desk.complaints == []
