"""The phone on bad days: the battery taken out far from any network, an inn's sign-in page, a stopped phone. Nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from backend.accounts.models import User
from backend.field.models import Attachment, Report, TrackSegment
from backend.patrols.models import Patrol
from backend.phone.models import InboxItem
from tests.backend.builders import Village, make_report_kind, make_village, make_worker, middle
from tests.web.phone_page import PhonePage, a_photo
from tests.web.wait import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ground(transactional_db: None) -> Village:
    make_report_kind()
    return make_village()


@pytest.fixture
def guihua(ground: Village) -> User:
    return make_worker(ground.grids[0], name="刘桂花")


@pytest.fixture
def phone(chromium: Browser, live_server: Any, tmp_path: Path, ground: Village) -> Iterator[PhonePage]:
    with PhonePage(chromium, live_server.url, tmp_path / "phone") as page:
        page.stand(*middle(ground.grids[0]))
        yield page


def make_a_report(phone: PhonePage, words: str) -> None:
    page = phone.open("report")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="拍照").click()
    chooser.value.set_files([a_photo()])
    expect(page.get_by_text("拍好了")).to_be_visible()
    page.get_by_role("radio", name="垃圾堆放").click()
    page.get_by_label("说一句").fill(words)
    page.get_by_role("button", name="上报", exact=True).click()
    expect(page.locator("#said")).to_contain_text("存好了")


def test_a_battery_taken_out_far_from_any_network_costs_nothing(phone: PhonePage, guihua: User, ground: Village) -> None:
    lon, lat = middle(ground.grids[0])
    page = phone.enrol(guihua)
    expect(page.locator("#head")).to_contain_text("合成示意")
    phone.is_kept()
    phone.context.set_offline(True)
    page.reload()
    page.get_by_role("button", name="开始巡查").click()
    expect(page.locator(".map[data-ready=true]")).to_be_visible(timeout=30_000)
    for step in range(1, 5):
        phone.stand(lon + step * 1e-4, lat)
        page.wait_for_timeout(400)
    make_a_report(phone, "塘边堆了两车垃圾")
    expect(page.locator(".rec")).to_contain_text("没有网络，存着 3 条")  # the start, a report, its photo
    phone.kill()

    page = phone.switch_on(offline=True)
    expect(page.locator(".rec")).to_contain_text("正在记录轨迹")
    expect(page.locator(".rec")).to_contain_text("没有网络，存着 3 条")
    assert InboxItem.objects.count() == 0
    phone.context.set_offline(False)
    page.locator(".rec").get_by_role("button", name="结束").click()
    expect(page.locator(".sync.on")).to_contain_text("已全部上传", timeout=20_000)
    report, patrol = Report.objects.get(), Patrol.objects.get()
    assert (report.text, report.grid_code) == ("塘边堆了两车垃圾", ground.grids[0].code)
    assert Attachment.objects.exclude(state="receiving").count() == 1
    assert patrol.ended_at is not None
    assert {segment.patrol_uuid for segment in TrackSegment.objects.all()} == {patrol.uuid}
    assert sum(TrackSegment.objects.values_list("n", flat=True)) >= 4
    assert phone.complaints == []


def test_neither_an_inns_page_nor_a_stopped_phone_costs_anything(phone: PhonePage, guihua: User) -> None:
    page = phone.enrol(guihua)
    phone.is_kept()
    inn = "**/api/phone/**"
    page.context.route(inn, lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>WiFi</h1>"))
    make_a_report(phone, "先存着")
    expect(page.locator(".sync")).to_contain_text("连不到镇里")
    assert Report.objects.count() == 0
    page.context.unroute_all(behavior="wait")  # answers on their way still arrive
    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until(lambda: Report.objects.filter(text="先存着").exists(), seconds=40)
    expect(page.locator(".sync.on")).to_be_visible(timeout=20_000)

    guihua.devices.update(revoked_at=timezone.now())
    make_a_report(phone, "还在手机里")
    expect(page.locator(".sync")).to_contain_text("这部手机已停用。你存的 2 条没丢", timeout=20_000)
    assert Report.objects.count() == 1
