"""Photos at a desk: copies by short-lived links made for one person, the original for a reason that its person sees."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from backend.accounts.models import AccessEntry
from backend.field.jobs import copy_picture
from backend.field.links import link_to_copy, look_at_original, open_link
from backend.field.models import Attachment, Flag
from backend.problems import NotFound
from tests.backend.builders import Village, make_operator, make_report_kind, make_township, middle
from tests.backend.command.desk import Desk
from tests.backend.field import pictures as made
from tests.backend.phone.test_media import upload
from tests.backend.phone_client import Phone, make_item

pytestmark = pytest.mark.django_db


def report_with(phone: Phone, village: Village, data: bytes, **more: Any) -> str:
    """A report whose photo came by the real protocol, its copies made."""
    make_report_kind()
    sha256 = upload(phone, data)
    lon, lat = middle(village.grids[0])
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 10, "source": "gps"}
    phone.sync(make_item("report", {"kind": "0101", "text": "", "urgent": 0, "place": place, "photos": [sha256], **more}))
    copy_picture(attachment=Attachment.objects.get(sha256=sha256).pk)
    return sha256


@pytest.fixture
def desk(village: Village) -> Desk:
    return Desk(make_operator(name="周明"))


def bytes_of(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def test_a_copy_is_shown_by_a_link_that_says_nothing_and_keeps_everything_out(
    phone: Phone, village: Village, desk: Desk
) -> None:
    sha256 = report_with(phone, village, made.photo(gps=made.place_tags()))
    led = desk.get(f"photos/{sha256}/small")
    assert led.status_code == 302
    assert "no-store" in led.headers["Cache-Control"]
    assert sha256 not in led.headers["Location"]
    answer = desk.http.get(led.headers["Location"])
    picture = Image.open(io.BytesIO(bytes_of(answer)))
    assert not picture.getexif()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{sha256[:12]}.jpg"'
    assert answer.headers["Cache-Control"].startswith("private, max-age=")
    assert int(answer.headers["Cache-Control"].split("=")[1].split(",")[0]) <= 1800


def test_the_link_stays_the_same_for_a_while_so_that_nothing_is_fetched_twice(
    phone: Phone, village: Village, desk: Desk
) -> None:
    sha256 = report_with(phone, village, made.photo())
    user, at = make_operator(name="罗云"), timezone.now().replace(minute=1)
    links = [link_to_copy(user, sha256, kind="small", at=at + timedelta(minutes=more)).token for more in (0, 5, 30)]
    assert links[0] == links[1] != links[2]


def test_a_link_is_good_for_its_person_alone_and_for_minutes(phone: Phone, village: Village, desk: Desk) -> None:
    sha256 = report_with(phone, village, made.photo())
    where = desk.get(f"photos/{sha256}").headers["Location"]
    other = Desk(make_operator(name="罗云"))
    assert other.http.get(where).status_code == 404
    assert desk.http.get(where[:-3] + "abc").status_code == 404
    assert desk.get("files/nonsense").status_code == 404
    assert desk.http.get(where).status_code == 200
    user = make_operator(name="吴山")
    old = link_to_copy(user, sha256, kind="large", at=timezone.now() - timedelta(hours=1))
    answer = Desk(user).get(f"files/{old.token}")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/link_expired")


def test_a_link_opens_nothing_once_the_photo_is_gone(phone: Phone, village: Village, desk: Desk) -> None:
    sha256 = report_with(phone, village, made.photo())
    where = desk.get(f"photos/{sha256}").headers["Location"]
    Attachment.objects.update(state="expired")
    assert desk.http.get(where).status_code == 404
    assert desk.get(f"photos/{sha256}").status_code == 404


def test_the_original_opens_for_a_reason_which_its_person_sees(phone: Phone, village: Village, desk: Desk) -> None:
    data = made.photo(gps=made.place_tags())
    sha256 = report_with(phone, village, data)
    assert desk.post(f"photos/{sha256}/original", {"reason": "  看 "}).status_code == 422
    assert not AccessEntry.objects.exists()
    said = desk.change(f"photos/{sha256}/original", {"reason": "看清裂缝有多宽"})
    assert said["media_type"] == "image/jpeg"
    answer = desk.http.get(said["url"])
    assert bytes_of(answer) == data
    assert answer.headers["Cache-Control"] == "private, no-store"
    entry = AccessEntry.objects.get()
    assert (entry.what, entry.object_id, entry.reason, entry.about) == ("original_photo", sha256, "看清裂缝有多宽", phone.user)
    looks = phone.get("me").json()["looks"]
    assert [(look["what"], look["reason"], look["by"]) for look in looks] == [("original_photo", "看清裂缝有多宽", "周明")]


def test_who_holds_no_post_over_the_place_gets_no_original(phone: Phone, village: Village) -> None:
    sha256 = report_with(phone, village, made.photo())
    office = Desk(make_operator(make_township(), name="办事员", role="office_handler"))
    assert office.post(f"photos/{sha256}/original", {"reason": "想看一看"}).status_code in (403, 404)
    assert not AccessEntry.objects.exists()


def test_what_is_no_picture_is_said_kept_and_only_ever_saved(phone: Phone, village: Village, desk: Desk) -> None:
    page = b"<html><script>alert(document.cookie)</script></html>"
    sha256 = report_with(phone, village, page)
    row = desk.read("reports")["items"][0]
    assert row["photos"] == []
    assert row["photos_closed"][0]["state"] == "unreadable"
    assert "不是照片文件" in row["photos_closed"][0]["text"]
    assert desk.get(f"photos/{sha256}").status_code == 404
    answer = desk.http.get(desk.change(f"photos/{sha256}/original", {"reason": "看看是什么"})["url"])
    assert bytes_of(answer) == page
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_heic_is_shown_as_a_copy_and_saved_as_an_original(phone: Phone, village: Village, desk: Desk) -> None:
    sha256 = report_with(phone, village, made.photo("HEIF"))
    copy = desk.http.get(desk.get(f"photos/{sha256}").headers["Location"])
    assert Image.open(io.BytesIO(bytes_of(copy))).format == "JPEG"
    answer = desk.http.get(desk.change(f"photos/{sha256}/original", {"reason": "核对原件"})["url"])
    assert answer.headers["Content-Type"] == "image/heic"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{sha256[:12]}.heic"'


def test_a_report_says_in_words_how_its_photo_stands_to_it(phone: Phone, village: Village, desk: Desk) -> None:
    report_with(phone, village, made.photo())
    photo = desk.read("reports")["items"][0]["photos"][0]
    assert (photo["place_word"], photo["place_text"]) == ("none", "照片没带位置，很平常")
    assert (photo["time_word"], photo["time_text"]) == ("none", "照片没带时间，很平常")


def test_what_contradicts_a_report_is_said_at_a_desk_after_its_person_was_asked(
    phone: Phone, village: Village, desk: Desk
) -> None:
    lon, lat = middle(village.grids[0])
    report_with(phone, village, made.photo(gps=made.place_tags((lon + 0.05, 0.0, 0.0), (lat, 0.0, 0.0))))

    def said() -> tuple[str, list[str]]:
        row = desk.read("reports")["items"][0]
        return row["photos"][0]["place_text"], row["flags"]

    assert said() == ("", [])
    Flag.objects.update(shown_at=timezone.now())
    text, flags = said()
    assert text.startswith("照片的位置离上报的位置")
    assert flags == ["照片地点和上报对不上"]


def test_a_copy_that_is_missing_is_made_again(phone: Phone, village: Village, desk: Desk, media_root: Path) -> None:
    sha256 = report_with(phone, village, made.photo())
    for kind in ("large", "small"):
        next((media_root / kind).rglob(sha256)).unlink()
    assert desk.http.get(desk.get(f"photos/{sha256}/small").headers["Location"]).status_code == 200
    assert len(list(media_root.rglob(sha256))) == 3


def test_a_look_whose_file_is_gone_is_not_written_down(phone: Phone, village: Village, media_root: Path) -> None:
    sha256 = report_with(phone, village, made.photo())
    next((media_root / "originals").rglob(sha256)).unlink()
    user = make_operator(name="罗云")
    with pytest.raises(NotFound):
        look_at_original(user, Attachment.objects.get(), reason="想看一看", at=timezone.now())
    assert not AccessEntry.objects.exists()
    with pytest.raises(NotFound):
        open_link(user, "x", at=timezone.now())
