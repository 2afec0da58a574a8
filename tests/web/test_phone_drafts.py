"""What is given up on the phone does not fill it, what is handed in is handed in once, and what still has to go stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.accounts.models import User
from backend.field.jobs import copy_picture
from backend.field.media import stored_path
from backend.field.models import Attachment
from tests.backend.builders import Village, make_report_kind, make_village, make_worker, middle
from tests.backend.field import pictures as made
from tests.web.phone_page import PhonePage, a_photo
from tests.web.wait import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]

KEPT = """async () => {
  const { all, meta } = await import("/static/phone/store.js")
  const made = await meta.get("draft")
  return {
    reports: (await all("outbox")).filter((one) => one.kind === "report").map((one) => one.body.text),
    photos: (await all("photos")).length,
    draft: made ? made.kind : "",
  }
}"""
SWEEP = """async (days) => {
  const at = Date.now() + days * 24 * 3600_000
  await (await import("/static/phone/outbox.js")).sweep(at)
  return (await import("/static/phone/media.js")).sweepPhotos(at)
}"""
HOLD = """async () => {
  const { all, put } = await import("/static/phone/store.js")
  for (const one of await all("outbox")) await put("outbox", { ...one, state: "held", held_at: Date.now() })
}"""


@pytest.fixture
def ground(transactional_db: None) -> Village:
    make_report_kind()
    return make_village()


@pytest.fixture
def guihua(ground: Village) -> User:
    return make_worker(ground.grids[0], name="刘桂花")


@pytest.fixture
def phone(chromium: Browser, live_server: Any, tmp_path: Path, ground: Village, guihua: User) -> Iterator[PhonePage]:
    with PhonePage(chromium, live_server.url, tmp_path / "phone") as phone:
        phone.stand(*middle(ground.grids[0]))
        phone.enrol(guihua)
        phone.is_kept()
        phone.context.set_offline(True)
        yield phone


def shoot(page: Page, photo: dict[str, Any] | None = None) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="拍照").click()
    chooser.value.set_files([photo or a_photo()])
    expect(page.get_by_text("拍好了")).to_be_visible()


def write(page: Page, words: str) -> None:
    shoot(page)
    page.get_by_role("radio", name="垃圾堆放").click()
    expect(page.get_by_role("radio", name="垃圾堆放")).to_be_checked()
    page.get_by_label("说一句").fill(words)


def hand_in(page: Page) -> None:
    page.get_by_role("button", name="上报", exact=True).click()


def test_a_photo_that_nothing_names_any_more_is_gone_after_a_day(phone: PhonePage) -> None:
    page = phone.open("report")
    shoot(page)
    assert page.evaluate(SWEEP, 3) == 0  # a draft holds it, however old
    page.evaluate("async () => (await import('/static/phone/store.js')).meta.set('draft', null)")
    assert page.evaluate(SWEEP, 0) == 0  # taken just now: a report may be about to name it
    assert page.evaluate(SWEEP, 2) == 1
    assert page.evaluate(KEPT)["photos"] == 0


def test_a_photo_that_waits_longer_than_its_report_still_goes_up(phone: PhonePage) -> None:
    page = phone.open("report")
    write(page, "照片慢一步")
    hand_in(page)
    expect(page.locator("#said")).to_contain_text("存好了")
    page.evaluate(HOLD)
    assert page.evaluate(SWEEP, 10) == 0
    assert page.evaluate(KEPT) == {"reports": ["照片慢一步"], "photos": 1, "draft": ""}
    phone.context.set_offline(False)
    page.evaluate("async () => (await import('/static/phone/sync.js')).syncNow()")
    page.wait_for_function("async () => (await (await import('/static/phone/store.js')).all('photos')).length === 0")
    page.evaluate(SWEEP, 10)
    assert page.evaluate(KEPT)["reports"] == []


def test_a_report_handed_in_when_the_battery_died_is_either_a_draft_or_handed_in(phone: PhonePage) -> None:
    for turn in range(3):
        page = phone.open("report")
        page.reload()
        known = page.evaluate(KEPT)
        if not known["draft"]:
            write(page, f"第 {turn} 条")
        page.get_by_role("button", name="上报", exact=True).click(no_wait_after=True)
        phone.kill()
        found = phone.switch_on(offline=True).evaluate(KEPT)
        handed_in = len(found["reports"]) - len(known["reports"])
        assert (handed_in, bool(found["draft"])) in ((1, False), (0, True))
        assert len(set(found["reports"])) == len(found["reports"])


def test_two_tabs_with_the_same_draft_hand_it_in_once(phone: PhonePage) -> None:
    first = phone.open("report")
    write(first, "只有一条")
    second = phone.context.new_page()
    second.goto(f"{phone.url}/phone/#/report")
    expect(second.get_by_label("说一句")).to_have_value("只有一条")
    expect(second.get_by_role("radio", name="垃圾堆放")).to_be_checked()
    hand_in(first)
    hand_in(second)
    expect(first.locator("#said")).to_contain_text("存好了")
    expect(second.locator("#said")).to_contain_text("已经存好了")
    assert first.evaluate(KEPT)["reports"] == ["只有一条"]


@pytest.mark.parametrize("turned", [1, 6])
def test_what_the_camera_said_of_time_and_place_goes_along_and_nothing_else(phone: PhonePage, turned: int) -> None:
    big = made.half_and_half(3000, 2000)
    camera = {"gps": made.place_tags(error=12.0), "taken": "2026:11:22 09:30:00", "offset": "+08:00", "turned": turned}
    page = phone.open("report")
    shoot(
        page, {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": made.photo(picture=big, comment=b"private", **camera)}
    )
    page.get_by_role("radio", name="垃圾堆放").click()
    hand_in(page)
    expect(page.locator("#said")).to_contain_text("存好了")
    phone.context.set_offline(False)
    page.evaluate("async () => (await import('/static/phone/sync.js')).syncNow()")
    wait_until(lambda: Attachment.objects.filter(state="stored").exists())
    photo = Attachment.objects.get()
    assert b"private" not in stored_path("originals", photo.sha256).read_bytes()
    copy_picture(attachment=photo.pk)
    photo.refresh_from_db()
    assert (photo.width, photo.height) == ((2000, 1333) if turned == 1 else (1333, 2000))
    assert photo.exif == {
        "place": "given", "lon": 114.5, "lat": 27.4, "error_m": 12.0,
        "time": "given", "taken_at": "2026-11-22T09:30:00", "offset": "+08:00",
    }  # fmt: skip
