"""Photos of answers and reports where a supervisor and a centre look at them, in a real browser."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backend.accounts.models import AccessEntry
from backend.audits.make_ground import make_grounds
from backend.field.jobs import copy_picture
from backend.field.models import Attachment
from backend.places.models import Grid
from tests.backend.audits.ground import computed, lay_lane, store_walk
from tests.backend.builders import (
    Village,
    make_checklist,
    make_report_kind,
    make_task,
    make_township,
    make_village,
    make_worker,
    middle,
)
from tests.backend.field import pictures as made
from tests.backend.phone.test_media import upload
from tests.backend.phone_client import Phone, make_item
from tests.web.desk_page import DeskPage, make_staff
from tests.web.test_photos import camera, pond, wait_for_pictures

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]


def look(page: Page, name: str) -> None:
    """A picture for whoever asks for one."""
    if folder := os.environ.get("PATROL_LOOK"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


@pytest.fixture
def village(transactional_db: None, settings: Any, live_server: Any) -> Village:
    """A grid somebody walked in, answered an item with a photo, and reported what they saw with another."""
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url
    village = make_village(grids=1)
    phone = Phone(make_worker(village.grids[0], name="兰小英"))
    lay_lane(village.grids[0])
    make_grounds(Grid.objects.select_related("village"), at=timezone.now())
    store_walk(village.grids[0], along=(0.2, 0.6), person=phone.user, start=timezone.now() - timedelta(minutes=30))
    task = make_task(village.grids[0], phone.user, make_checklist(make_township(), "FH-01"))
    lon, lat = middle(village.grids[0])
    files = ((Path(__file__).parent / "pond.jpg").read_bytes(), made.photo(picture=pond(), **camera(lon, lat)))
    pictures = [upload(phone, file) for file in files]
    said = {
        "task": str(task.uuid),
        "item": "FH-01@1",
        "result": "problem",
        "note": "塘埂有裂缝",
        "photos": [pictures[0], "ab" * 32],
    }
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 16, "source": "gps"}
    seen = {"kind": make_report_kind().code, "text": "裂缝有一指宽。", "urgent": 0, "place": place, "photos": [pictures[1]]}
    phone.sync(make_item("answer", said), make_item("report", seen))
    for photo in Attachment.objects.all():
        copy_picture(attachment=photo.pk)
    computed(village.grids[0])
    return village


def test_photos_stand_beside_the_answer_and_the_report_behind_a_figure(
    chromium: Browser, live_server: Any, village: Village
) -> None:
    with DeskPage(chromium, live_server.url, size=(1920, 1080)) as desk:
        page = desk.sign_in(make_staff("supervisor", name="周明"), "/audit/")
        desk.wait_for_map()
        page.locator("#list .fig-link").first.click()
        answers, reports = page.locator("#why-answers"), page.locator("#why-reports")
        expect(answers).to_contain_text("照片 1 张，1 张还没到")
        answers.scroll_into_view_if_needed()
        wait_for_pictures(page, "#why-answers img", 1)
        reports.scroll_into_view_if_needed()
        wait_for_pictures(page, "#why-reports img", 1)
        look(page, "evidence-photos")
        with desk.context.expect_page() as opened:
            answers.locator("a.photo").click()
        assert opened.value.locator("img").evaluate("(one) => one.naturalWidth") > 600
        opened.value.close()
        answers.get_by_role("button", name="看原图").click()
        page.get_by_label("理由").fill("看清裂缝有多宽")
        page.get_by_role("button", name="写好了，看原图").click()
        wait_for_pictures(page, ".original-photo", 1)
        look(page, "evidence-original")
        page.get_by_role("button", name="看完了").click()
        assert AccessEntry.objects.get(what="original_photo").about.name == "兰小英"
        assert "兰小英" not in page.content()  # behind a figure nobody is named
        assert desk.complaints == []


def test_photos_stand_beside_the_answer_on_the_task(
    chromium: Browser, live_server: Any, live_feed: str, village: Village
) -> None:
    with DeskPage(chromium, live_server.url, size=(1920, 1080)) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/tasks/")
        page.locator("[data-state=done]").click()
        page.locator("#list tr[data-key]").first.click()
        expect(page.locator(".photo-lines > li")).to_have_count(1)
        wait_for_pictures(page, ".photo-lines img", 1)
        expect(page.get_by_text("照片 1 张，1 张还没到")).to_be_visible()
        look(page, "task-photos")
        assert desk.complaints == []
