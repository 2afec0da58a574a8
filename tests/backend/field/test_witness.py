"""A photo beside its report: four kinds of no place told apart, contradictions asked about, nothing moved and nobody blamed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from backend.field.jobs import copy_picture
from backend.field.models import Attachment, Flag, Report
from backend.field.witness import Said, judge, place_text, time_text
from backend.phone.rebuild import rebuild
from backend.places.rules import DEFAULTS
from geo import from_wgs84
from tests.backend.builders import Village, make_report_kind, middle
from tests.backend.field import pictures as made
from tests.backend.phone.test_media import upload
from tests.backend.phone_client import Phone, make_item, now_ms

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)  # 9:30 in the county
HERE = {"lon": 114.5, "lat": 27.4}
SAID = Said(AT, lon=114.5, lat=27.4, accuracy_m=20, is_fix=True)
GIVEN = {"place": "given", **HERE, "time": "given", "taken_at": "2026-11-22T09:28:00"}


def words(claims: dict[str, Any], said: Said = SAID) -> tuple[str, str]:
    verdict = judge(claims, said, DEFAULTS)
    assert place_text(verdict.place, verdict.facts)
    assert time_text(verdict.time, verdict.facts)
    return verdict.place, verdict.time


@pytest.mark.parametrize(
    ("claims", "place", "time"),
    [
        ({"place": "none", "time": "none"}, "none", "none"),
        ({"place": "off", "time": "none"}, "off", "none"),
        ({"place": "nonsense", "time": "nonsense"}, "nonsense", "nonsense"),
        (GIVEN, "agrees", "agrees"),
        (GIVEN | {"lon": 114.52}, "differs", "agrees"),
        (GIVEN | {"lon": 114.502}, "agrees", "agrees"),
        (GIVEN | {"lon": 114.504, "error_m": 500.0}, "agrees", "agrees"),
        (GIVEN | {"taken_at": "2026-11-22T05:28:00"}, "clock_differs", "differs"),
        (GIVEN | {"taken_at": "2000-01-01T00:00:00"}, "agrees", "nonsense"),
        (GIVEN | {"taken_at": "2026-11-22T01:29:00", "offset": "+00:00"}, "agrees", "agrees"),
        (GIVEN | {"lon": 114.9, "fixed_at": "2026-11-21T01:29:00+00:00"}, "clock_differs", "agrees"),
        (GIVEN | {"taken_at": "2026-11-22T05:28:00", "fixed_at": "2026-11-22T01:29:00+00:00"}, "agrees", "differs"),
    ],
)
def test_what_a_photo_says_is_weighed_against_its_report(claims: dict[str, Any], place: str, time: str) -> None:
    assert words(claims) == (place, time)


def test_the_phones_own_wrong_clock_is_no_contradiction() -> None:
    wrong_by_a_day = GIVEN | {"taken_at": "2026-11-21T09:28:00"}
    assert words(wrong_by_a_day)[1] == "differs"
    shifted = Said(AT, timedelta(days=1), 114.5, 27.4, 20, is_fix=True)
    assert words(wrong_by_a_day, shifted) == ("agrees", "agrees")
    guessed = Said(AT, None, 114.5, 27.4, 20, is_fix=True)
    assert words(wrong_by_a_day, guessed) == ("agrees", "uncompared")


def test_a_place_chosen_on_the_map_is_not_contradicted_by_where_the_photo_was_taken() -> None:
    assert words(GIVEN | {"lon": 114.6}, Said(AT, lon=114.5, lat=27.4, is_fix=False))[0] == "uncompared"
    assert words(GIVEN, Said(AT))[0] == "uncompared"


def test_a_camera_that_writes_the_shifted_datum_agrees_and_the_datum_is_named() -> None:
    lon, lat = from_wgs84(114.5, 27.4, crs="gcj02")
    verdict = judge(GIVEN | {"lon": float(lon), "lat": float(lat)}, SAID, DEFAULTS)
    assert (verdict.place, verdict.facts["crs"]) == ("agrees", "gcj02")


def photo_at(lon: float, lat: float, *, ago: timedelta = timedelta()) -> bytes:
    taken = (timezone.now() - ago).astimezone(ZoneInfo("Asia/Shanghai"))
    gps = made.place_tags((lon, 0.0, 0.0), (lat, 0.0, 0.0))
    return made.photo(gps=gps, taken=taken.strftime("%Y:%m:%d %H:%M:%S"))


def report_of(village: Village, *photos: str, **more: Any) -> dict[str, Any]:
    make_report_kind()
    lon, lat = middle(village.grids[0])
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 10, "source": "gps"}
    return make_item("report", {"kind": "0101", "text": "", "urgent": 0, "place": place, "photos": list(photos), **more})


@pytest.mark.django_db
@pytest.mark.parametrize("photo_first", [True, False])
def test_a_contradiction_asks_once_whichever_comes_first_and_moves_nothing(
    phone: Phone, village: Village, *, photo_first: bool
) -> None:
    lon, lat = middle(village.grids[0])
    data = photo_at(lon + 0.05, lat)
    if photo_first:
        sha256 = upload(phone, data)
        copy_picture(attachment=Attachment.objects.get().pk)
        report = report_of(village, sha256)
        phone.sync(report)
    else:
        import hashlib

        report = report_of(village, hashlib.sha256(data).hexdigest())
        phone.sync(report)
        upload(phone, data)
        copy_picture(attachment=Attachment.objects.get().pk)
    copy_picture(attachment=Attachment.objects.get().pk)
    photo, row, flag = Attachment.objects.get(), Report.objects.get(), Flag.objects.get()
    assert (photo.place_word, photo.time_word) == ("differs", "agrees")
    assert 4500 < photo.judged["metres"] < 5500
    assert (flag.rule, flag.about, str(flag.about_id)) == ("photo_place", "report", report["id"])
    assert flag.evidence["items"][photo.sha256]["metres"] == photo.judged["metres"]
    assert (row.point.x, row.point.y) == pytest.approx((lon, lat), abs=1e-6)
    assert row.grid_code == village.grids[0].code


@pytest.mark.django_db
def test_an_old_photo_asks_about_its_time_and_not_about_its_place(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    sha256 = upload(phone, photo_at(lon + 0.05, lat, ago=timedelta(hours=30)))
    copy_picture(attachment=Attachment.objects.get().pk)
    phone.sync(report_of(village, sha256))
    photo = Attachment.objects.get()
    assert (photo.place_word, photo.time_word) == ("clock_differs", "differs")
    assert [flag.rule for flag in Flag.objects.all()] == ["photo_time"]
    assert time_text(photo.time_word, photo.judged) == "照片写的时间比上报早 1 天"


@pytest.mark.django_db
def test_a_photo_that_says_nothing_is_as_good_as_any(phone: Phone, village: Village) -> None:
    sha256 = upload(phone, made.photo())
    copy_picture(attachment=Attachment.objects.get().pk)
    phone.sync(report_of(village, sha256))
    photo = Attachment.objects.get()
    assert (photo.place_word, photo.time_word) == ("none", "none")
    assert not Flag.objects.exists()


@pytest.mark.django_db
def test_a_rebuild_comes_to_the_same_judgement(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    names = [upload(phone, photo_at(lon + shift, lat, ago=ago)) for shift, ago in ((0.05, timedelta()), (0.07, timedelta()))]
    names.append(upload(phone, photo_at(lon, lat, ago=timedelta(days=3))))
    phone.sync(report_of(village, *names))
    for photo in Attachment.objects.all():
        copy_picture(attachment=photo.pk)

    def state() -> list[Any]:
        photos = Attachment.objects.order_by("sha256").values_list("sha256", "place_word", "time_word", "judged")
        flags = Flag.objects.order_by("rule").values_list("uuid", "rule", "evidence", "raised_at", "unit_code")
        return [list(photos), list(flags)]

    before = state()
    assert len(before[1]) == 2
    assert len(Flag.objects.get(rule="photo_place").evidence["items"]) == 2
    rebuild(phone.user)
    assert state() == before


@pytest.mark.django_db
def test_a_phone_with_a_clock_wrong_by_years_and_its_photos_agree_with_each_other(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    lost = timedelta(days=400)
    sha256 = upload(phone, photo_at(lon, lat, ago=lost))
    copy_picture(attachment=Attachment.objects.get().pk)
    wrong = now_ms() - int(lost.total_seconds() * 1000)
    report = report_of(village, sha256)
    report["body"]["at"] = wrong
    phone.sync(report, sent_at=wrong + 500)
    photo = Attachment.objects.get()
    assert (photo.place_word, photo.time_word) == ("agrees", "agrees")
    assert not Flag.objects.filter(rule__startswith="photo").exists()
