"""A photo in the report sheet, in a real browser: shown by its copy, weighed in words, its original opened for a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from backend.accounts.models import AccessEntry
from backend.field.jobs import copy_picture
from backend.field.models import Attachment, Flag
from tests.backend.builders import Village, make_report_kind, make_village, make_worker, middle
from tests.backend.field import pictures as made
from tests.backend.phone.test_media import upload
from tests.backend.phone_client import Phone, make_item
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
WALL = (1920, 1080)


@pytest.fixture
def village(transactional_db: None) -> Village:
    return make_village(grids=2)


def pond() -> Image.Image:
    """A drawing that stands for a photo: sky, bank, water, a crack."""
    picture = Image.new("RGB", (1600, 1200), "#b9d3e6")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 520, 1600, 800), fill="#7d8c5a")
    draw.rectangle((0, 800, 1600, 1200), fill="#4f7f8f")
    draw.line([(300, 540), (360, 620), (330, 700), (420, 790)], fill="#3a2f26", width=12)
    return picture


def report_with(village: Village, *files: bytes, text: str) -> None:
    phone = Phone(make_worker(village.grids[0], name="兰小英"))
    kind = make_report_kind()
    names = [upload(phone, data) for data in files]
    lon, lat = middle(village.grids[0])
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 16, "source": "gps"}
    body = {"kind": kind.code, "text": text, "urgent": 0, "place": place, "photos": [*names, "0" * 64]}
    phone.sync(make_item("report", body))
    for photo in Attachment.objects.all():
        copy_picture(attachment=photo.pk)
    Flag.objects.update(shown_at=timezone.now())


def camera(lon: float, lat: float, *, ago: timedelta = timedelta()) -> dict[str, Any]:
    taken = (timezone.now() - ago).astimezone(ZoneInfo("Asia/Shanghai"))
    return {"gps": made.place_tags((lon, 0.0, 0.0), (lat, 0.0, 0.0)), "taken": taken.strftime("%Y:%m:%d %H:%M:%S")}


def wait_for_pictures(page: Page, where: str, count: int) -> None:
    """Until so many pictures are really drawn."""
    for i in range(count):
        expect(page.locator(where).nth(i)).to_have_js_property("complete", value=True)
        assert page.locator(where).nth(i).evaluate("(one) => one.naturalWidth") > 0


def test_photos_are_shown_weighed_in_words_and_the_original_opens_for_a_reason(
    chromium: Browser, live_server: Any, live_feed: str, village: Village
) -> None:
    lon, lat = middle(village.grids[0])
    files = (
        made.photo(picture=pond(), **camera(lon, lat)),
        made.photo(picture=pond(), **camera(lon + 0.02, lat)),
        made.photo(picture=pond()),
        b"GIF89a no photo at all",
    )
    report_with(village, *files, text="塘埂裂了一条缝。")
    with DeskPage(chromium, live_server.url, size=WALL) as desk:
        page = desk.sign_in(make_staff("duty_chief"), "/centre/reports/")
        page.get_by_text("塘埂裂了一条缝。").click()
        lines = page.locator(".photo-lines > li")
        expect(lines).to_have_count(4)
        expect(lines.nth(0)).to_contain_text("照片的位置和上报的合得上")
        expect(lines.nth(1)).to_contain_text("照片的位置离上报的位置")
        expect(lines.nth(2)).to_contain_text("照片没带位置，很平常")
        expect(lines.nth(3)).to_contain_text("照片打不开：不是照片文件")
        expect(page.get_by_text("照片 4 张，1 张还没到")).to_be_visible()
        wait_for_pictures(page, ".photo-lines img", 3)
        lines.nth(1).get_by_role("button", name="看原图").click()
        page.get_by_label("理由").fill("看清裂缝有多宽")
        assert not AccessEntry.objects.exists()
        page.get_by_role("button", name="写好了，看原图").click()
        expect(page.get_by_text("已记录，本人会看到。")).to_be_visible()
        wait_for_pictures(page, ".original-photo", 1)
        page.get_by_role("button", name="看完了").click()
        expect(page.locator("dialog.original")).to_have_count(0)
        entry = AccessEntry.objects.get()
        assert (entry.what, entry.reason, entry.about.name) == ("original_photo", "看清裂缝有多宽", "兰小英")
        assert desk.complaints == []
