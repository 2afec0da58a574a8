"""A file from another app becomes an ordinary track, flagged as imported; what cannot be used is refused with a way out."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.accounts.actions import record_consent
from backend.accounts.models import AccessEntry, Device, User
from backend.field.models import Flag, TrackSegment, Visit
from backend.patrols.models import Patrol
from backend.phone.models import InboxItem
from backend.phone.rebuild import rebuild
from geo import decode_track
from tests.backend.builders import Village, make_operator, make_township, make_unit, middle
from tests.backend.command.desk import Desk
from tests.backend.phone.test_order import derived_state
from tests.backend.phone_client import Phone, make_item, now_ms

pytestmark = pytest.mark.django_db
MINUTE = 60_000


def stamp(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def point(ms: int | None, lon: float, lat: float, *, hdop: str = "") -> str:
    time = "" if ms is None else f"<time>{stamp(ms)}</time>"
    return f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><ele>81.2</ele>{time}{f"<hdop>{hdop}</hdop>" if hdop else ""}</trkpt>'


def gpx(*segments: str) -> str:
    """GPX 1.1 as a phone app writes it: namespaces, metadata, a waypoint and a route that are nobody's walk."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="an app" xmlns="http://www.topografix.com/GPX/1/1"'
        ' xmlns:x="http://example.org/x"><metadata><time>2026-01-01T00:00:00Z</time></metadata>'
        '<wpt lat="27.4" lon="114.5"><name>家</name></wpt><rte><rtept lat="27.4" lon="114.5"/></rte>'
        f"<trk><name>早上</name>{''.join(f'<trkseg>{one}</trkseg>' for one in segments)}"
        "<extensions><x:colour>red</x:colour></extensions></trk></gpx>"
    )


def walk(village: Village, start: int, n: int = 20, *, east: float = 0.0, hdop: str = "1.5") -> str:
    lon, lat = middle(village.grids[0])
    return "".join(point(start + i * 5000, lon + east + i * 6e-5, lat, hdop=hdop) for i in range(n))


def bring(phone: Phone, text: str, *, crs: str = "wgs84", patrol: str | None = None) -> Any:
    return phone.post("gpx", {"gpx": text, "crs": crs, "patrol": patrol})


def test_a_file_becomes_a_patrol_with_its_track_and_says_that_it_was_imported(phone: Phone, village: Village) -> None:
    start = now_ms() - 60 * MINUTE
    answer = bring(phone, gpx(walk(village, start), walk(village, start + 2 * MINUTE, east=0.0014))).json()
    assert (answer["taken"], answer["outside"], answer["assumed"]) == (40, 0, 0)
    assert {row["code"] for row in answer["outcomes"]} == {"ok", "imported"}
    patrol, segment = Patrol.objects.get(), TrackSegment.objects.get()
    assert patrol.ended_at is not None
    assert (patrol.started_at, patrol.ended_at) == (segment.t0, segment.t1)
    assert set(bytes(segment.acc)[::2]) == {15}
    assert [gap["cause"] for gap in segment.gaps] == ["segment"]
    assert Visit.objects.filter(item=segment.item).count() == 2
    flag = Flag.objects.get(rule="imported")
    assert flag.about_id == patrol.uuid
    state = derived_state()
    rebuild(phone.user)
    assert derived_state() == state


def test_the_same_file_again_changes_nothing(phone: Phone, village: Village) -> None:
    text = gpx(walk(village, now_ms() - 60 * MINUTE))
    bring(phone, text)
    state = derived_state()
    again = bring(phone, text).json()
    assert {row["status"] for row in again["outcomes"]} == {"duplicate"}
    assert derived_state() == state


def test_only_what_lies_within_the_named_patrol_is_taken(phone: Phone, village: Village) -> None:
    start, patrol = now_ms() - 60 * MINUTE, str(uuid.uuid4())
    phone.sync(
        make_item("patrol", {"patrol": patrol, "event": "start"}, at=start + 20_000),
        make_item("patrol", {"patrol": patrol, "event": "end"}, at=start + 40_000),
    )
    answer = bring(phone, gpx(walk(village, start)), patrol=patrol).json()
    assert (answer["taken"], answer["outside"]) == (5, 15)
    assert decode_track(bytes(TrackSegment.objects.get().twkb))[2].tolist() == [start + 20_000 + i * 5000 for i in range(5)]
    nothing = bring(phone, gpx(walk(village, start - 600 * MINUTE)), patrol=patrol)
    assert (nothing.status_code, nothing.json()["type"]) == (422, "/problems/gpx_outside_patrol")


def test_fixes_that_say_nothing_of_their_accuracy_count_as_thirty_metres(phone: Phone, village: Village) -> None:
    assert bring(phone, gpx(walk(village, now_ms() - 60 * MINUTE, hdop=""))).json()["assumed"] == 20
    assert set(bytes(TrackSegment.objects.get().acc)[::2]) == {60}
    assert "30 米" in str(Flag.objects.get(rule="imported").evidence)


def test_a_long_file_becomes_several_items(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    start = now_ms() - 10 * 60 * MINUTE
    text = gpx("".join(point(start + i * 1000, lon, lat, hdop="1") for i in range(5200)))
    assert bring(phone, text).json()["taken"] == 5200
    assert InboxItem.objects.filter(kind="track").count() == 2


def test_a_file_in_another_datum_is_where_it_was_walked(phone: Phone, village: Village) -> None:
    from geo.crs import from_wgs84

    lon, lat = middle(village.grids[0])
    east, north = (float(value) for value in from_wgs84(lon, lat, crs="gcj02"))
    bring(phone, gpx(point(now_ms() - MINUTE, east, north)), crs="gcj02")
    found = decode_track(bytes(TrackSegment.objects.get().twkb))
    assert (found[0][0], found[1][0]) == pytest.approx((lon, lat), abs=3e-7)


def test_a_file_of_several_days_becomes_a_patrol_for_each_outing(phone: Phone, village: Village) -> None:
    hour = 60 * MINUTE
    starts = [now_ms() - hours * hour for hours in (20 * 24, 100, 86, 80)]  # the last two lie no night apart
    text = gpx(walk(village, starts[0]) + walk(village, starts[1]), walk(village, starts[2]), walk(village, starts[3]))
    answer = bring(phone, text).json()
    found = list(Patrol.objects.order_by("started_at"))
    assert answer["patrols"] == [str(one.uuid) for one in found]
    assert (len(found), answer["taken"], answer["outside"]) == (3, 80, 0)
    ends = [int(one.ended_at.timestamp() * 1000) for one in found if one.ended_at]
    assert ends == [starts[0] + 95_000, starts[1] + 95_000, starts[3] + 95_000]
    assert set(Flag.objects.filter(rule="late").values_list("about_id", flat=True)) >= {one.uuid for one in found}
    assert {row["status"] for row in bring(phone, text).json()["outcomes"]} == {"duplicate"}


def test_a_file_of_more_outings_than_anybody_has_in_months_is_refused_with_a_way_out(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    answer = bring(phone, gpx("".join(point(now_ms() - (i + 1) * 24 * 60 * MINUTE, lon, lat) for i in range(101))))
    assert answer.status_code == 413
    assert not Patrol.objects.exists()


LAUGHS = '<!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><gpx version="1.1"><trk><name>&b;</name></trk></gpx>'
FILE = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx version="1.1"><trk><name>&x;</name></trk></gpx>'
REFUSED = {
    "no times": (gpx(point(None, 114.505, 27.395)), "gpx_without_time"),
    "one without": (gpx(point(1_790_000_000_000, 114.505, 27.395) + point(None, 114.505, 27.395)), "gpx_without_time"),
    "1901": (gpx('<trkpt lat="27.4" lon="114.5"><time>1901-12-13T00:00:00Z</time></trkpt>'), "gpx_time_wrong"),
    "tomorrow": (gpx('<trkpt lat="27.4" lon="114.5"><time>2999-01-01T00:00:00Z</time></trkpt>'), "gpx_time_wrong"),
    "swapped": (gpx('<trkpt lat="114.5" lon="27.4"><time>2026-01-01T00:00:00Z</time></trkpt>'), "gpx_unreadable"),
    "nan": (gpx('<trkpt lat="NaN" lon="114.5"><time>2026-01-01T00:00:00Z</time></trkpt>'), "gpx_unreadable"),
    "no place": (gpx("<trkpt><time>2026-01-01T00:00:00Z</time></trkpt>"), "gpx_unreadable"),
    "off the globe": (gpx('<trkpt lat="91" lon="514.5"><time>2026-01-01T00:00:00Z</time></trkpt>'), "gpx_unreadable"),
    "bad time": (gpx('<trkpt lat="27.4" lon="114.5"><time>昨天</time></trkpt>'), "gpx_without_time"),
    "route only": ('<gpx version="1.1"><rte><rtept lat="27.4" lon="114.5"/></rte></gpx>', "gpx_unreadable"),
    "entities": (LAUGHS, "gpx_unreadable"),
    "entity of a file": (FILE, "gpx_unreadable"),
    "namespaces": ("<gpx " + " ".join(f'xmlns:a{i}="u{i}"' for i in range(99)) + "/>", "gpx_unreadable"),
    "half": (gpx()[:200], "gpx_unreadable"),
    "a picture": ("\ufffdPNG\x00\x01", "gpx_unreadable"),
    "html": ("<!doctype html><html></html>", "gpx_unreadable"),
    "too long": ("<gpx>" + " " * (5 * 1024 * 1024) + "</gpx>", "too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_with_a_word_on_what_to_do(name: str, phone: Phone) -> None:
    text, slug = REFUSED[name]
    answer = bring(phone, text)
    assert answer.status_code in (413, 422), answer.content.decode()
    assert answer.json()["type"] == f"/problems/{slug}"
    assert "请" in answer.json()["detail"]
    assert not InboxItem.objects.exists()


def test_the_datum_is_named_or_the_file_does_not_enter(phone: Phone, village: Village) -> None:
    text = gpx(walk(village, now_ms() - 60 * MINUTE))
    assert phone.post("gpx", {"gpx": text}).status_code == 422
    assert bring(phone, text, crs="epsg:3857").status_code == 422


def test_without_consent_no_file_is_kept(phone: Phone, village: Village) -> None:
    from django.utils import timezone

    record_consent(phone.user, notice_version="2026-11", decision="withdrawn", at=timezone.now())
    answer = bring(phone, gpx(walk(village, now_ms() - 60 * MINUTE)))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/consent_needed")
    assert not InboxItem.objects.exists()


def test_a_patrol_of_somebody_else_cannot_be_named(phone: Phone, stranger_phone: Phone, village: Village) -> None:
    start, patrol = now_ms() - 60 * MINUTE, str(uuid.uuid4())
    stranger_phone.sync(make_item("patrol", {"patrol": patrol, "event": "start"}, at=start))
    assert bring(phone, gpx(walk(village, start)), patrol=patrol).status_code == 404
    assert patrol not in phone.get("patrols").content.decode()


def test_a_desk_brings_a_file_for_somebody_with_a_reason_that_the_person_sees(
    worker: User, phone: Phone, village: Village
) -> None:
    desk = Desk(make_operator(make_township(), name="欧阳敏", role="duty_chief"))
    body = {"gpx": gpx(walk(village, now_ms() - 60 * MINUTE)), "crs": "wgs84"}
    assert desk.post(f"people/{worker.uuid}/gpx", body).status_code == 422
    said = desk.change(f"people/{worker.uuid}/gpx", body | {"reason": "手机坏了，本人拿来的文件"})
    assert said["taken"] == 20
    assert TrackSegment.objects.get().person == worker
    entry = AccessEntry.objects.get(about=worker)
    assert (entry.what, entry.reason) == ("gpx", "手机坏了，本人拿来的文件")
    assert "欧阳敏" in str(Flag.objects.get(rule="imported_by_other").evidence)
    assert [look["what"] for look in phone.get("me").json()["looks"]] == ["gpx"]
    assert Device.objects.filter(user=worker, kind="gpx").count() == 1
    reader = Desk(make_operator(make_township(), name="只看的", role="centre_operator"))
    assert reader.post(f"people/{worker.uuid}/gpx", body | {"reason": "替他传"}).status_code == 403
    far = Desk(make_operator(make_unit("360830000000"), name="外县", role="county_admin"))
    assert far.post(f"people/{worker.uuid}/gpx", body | {"reason": "替他传"}).status_code == 404
