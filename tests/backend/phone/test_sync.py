"""Intake over HTTP: outcomes, receipts, and what became of each kind."""

from __future__ import annotations

import hashlib
import uuid

import pytest
from django.db import connection
from django.test import Client

from backend.accounts.models import User
from backend.field.actions import tag_hash
from backend.field.models import LastPosition, PlaceCheck, Report, TrackSegment, Visit
from backend.patrols.models import Answer, Patrol, Task
from backend.phone.models import InboxItem
from backend.phone.wire import canonical
from geo import from_wgs84
from tests.backend.builders import Village, make_checklist, make_key_place, make_report_kind, make_task, make_worker, middle
from tests.backend.phone_client import Phone, make_item, make_track

pytestmark = pytest.mark.django_db


def test_a_patrol_with_its_track_is_stored_with_visits_and_a_last_position(phone: Phone, village: Village) -> None:
    patrol = str(uuid.uuid4())
    lon, lat = middle(village.grids[0])
    start = make_item("patrol", {"patrol": patrol, "event": "start"})
    track = make_track(patrol, lon, lat, n=50)
    outcomes = phone.sync(start, track)
    assert [row["code"] for row in outcomes.values()] == ["ok", "ok"]
    assert Patrol.objects.get(uuid=patrol).ended_at is None
    segment = TrackSegment.objects.get(item=track["id"])
    assert segment.n == 50
    visit = Visit.objects.get()
    assert visit.grid == village.grids[0]
    assert visit.n == 50
    shown = LastPosition.objects.get(person=phone.user)
    assert shown.grid_code == village.grids[0].code
    assert shown.t == segment.t1


def test_postgis_reads_the_track_we_stored(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    for n in (1, 2, 300):
        track = make_track(str(uuid.uuid4()), lon, lat, n=n)
        phone.sync(track)
        with connection.cursor() as cursor:
            cursor.execute(
                "select ST_X(p.geom), ST_Y(p.geom), ST_M(p.geom) from field_tracksegment s,"
                " lateral ST_DumpPoints(ST_SetSRID(ST_GeomFromTWKB(s.twkb), 4326)) p where s.item = %s",
                [track["id"]],
            )
            points = cursor.fetchall()
        assert len(points) == n
        assert points[0][:2] == (pytest.approx(lon, abs=1e-7), pytest.approx(lat, abs=1e-7))
        body = track["body"]
        assert [round(m) for _, _, m in points] == [body["t0"] + 5000 * i for i in range(n)]


def test_the_end_of_a_patrol_takes_the_position_away_and_a_late_track_does_not_bring_it_back(
    phone: Phone, village: Village
) -> None:
    patrol = str(uuid.uuid4())
    lon, lat = middle(village.grids[0])
    phone.sync(make_item("patrol", {"patrol": patrol, "event": "start"}), make_track(patrol, lon, lat))
    assert LastPosition.objects.exists()
    phone.sync(make_item("patrol", {"patrol": patrol, "event": "end", "reason": "person"}))
    assert not LastPosition.objects.exists()
    phone.sync(make_track(patrol, lon, lat))
    assert not LastPosition.objects.exists()


def test_a_task_is_done_when_every_item_is_answered(phone: Phone, worker: User, village: Village) -> None:
    task = make_task(village.grids[0], worker, make_checklist(village.unit, "FH-01", "FH-02"))
    first = make_item("answer", {"task": str(task.uuid), "item": "FH-01@1", "result": "ok"})
    second = make_item("answer", {"task": str(task.uuid), "item": "FH-02@1", "result": "no_entry", "reason": "没人"})
    phone.sync(first)
    task.refresh_from_db()
    assert task.state == Task.State.OPEN
    phone.sync(second)
    task.refresh_from_db()
    assert task.state == Task.State.DONE
    assert phone.sees("task")[str(task.uuid)]["items"][1]["result"] == "no_entry"


def test_an_answer_to_a_withdrawn_task_is_kept_and_flagged(phone: Phone, worker: User, village: Village) -> None:
    task = make_task(village.grids[0], worker, make_checklist(village.unit, "FH-01"), state="withdrawn")
    item = make_item("answer", {"task": str(task.uuid), "item": "FH-01@1", "result": "ok"})
    assert phone.sync(item)[item["id"]]["code"] == "task_withdrawn"
    assert Answer.objects.filter(uuid=item["id"]).exists()
    assert worker.flags.get().rule == "task_withdrawn"
    task.refresh_from_db()
    assert task.state == Task.State.WITHDRAWN


def test_a_report_gets_the_grid_of_its_place(phone: Phone, village: Village) -> None:
    make_report_kind()
    lon, lat = middle(village.grids[1])
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 20, "source": "gps"}
    item = make_item("report", {"kind": "0101", "text": "塘边有垃圾", "urgent": 0, "place": place, "photos": []})
    assert phone.sync(item)[item["id"]]["code"] == "ok"
    report = Report.objects.get(uuid=item["id"])
    assert report.grid_code == village.grids[1].code
    assert report.accuracy_m == 10
    assert report.raw_place["lon"] == place["lon"]


def test_a_report_in_the_shifted_datum_lands_where_it_happened(phone: Phone, village: Village) -> None:
    make_report_kind()
    lon, lat = middle(village.grids[0])
    east, north = from_wgs84(lon, lat, crs="gcj02")
    place = {"crs": "gcj02", "lon": round(float(east) * 1e7), "lat": round(float(north) * 1e7), "acc": 20, "source": "gps"}
    item = make_item("report", {"kind": "0101", "text": "", "urgent": 0, "place": place, "photos": []})
    phone.sync(item)
    report = Report.objects.get()
    assert (report.point.x, report.point.y) == (pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6))
    assert report.raw_place["crs"] == "gcj02"


def test_a_report_outside_every_grid_or_of_an_unknown_kind_is_kept_and_flagged(phone: Phone, worker: User) -> None:
    place = {"crs": "wgs84", "lon": 1_150_000_000, "lat": 280_000_000, "acc": 20, "source": "gps"}
    item = make_item("report", {"kind": "9999", "text": "", "urgent": 0, "place": place, "photos": []})
    assert phone.sync(item)[item["id"]]["status"] == "stored"
    report = Report.objects.get()
    assert report.kind is None
    assert report.kind_code == "9999"
    assert {flag.rule for flag in worker.flags.all()} == {"unknown_kind", "outside_grids"}


def test_a_place_reached_by_a_foreign_tag_is_kept_and_flagged(phone: Phone, worker: User, village: Village) -> None:
    place = make_key_place(village.grids[0], tag_hash=tag_hash("XG-1"))
    good = make_item("place_check", {"key_place": str(place.uuid), "how": "qr", "code": "XG-1"})
    bad = make_item("place_check", {"key_place": str(place.uuid), "how": "tag", "code": "XG-2"})
    outcomes = phone.sync(good, bad)
    assert [outcomes[item["id"]]["code"] for item in (good, bad)] == ["ok", "tag_mismatch"]
    assert PlaceCheck.objects.filter(is_genuine=True).count() == 1
    assert worker.flags.get().rule == "tag_mismatch"


def test_a_receipt_names_the_content_that_was_sent(phone: Phone) -> None:
    item = make_item("patrol", {"patrol": str(uuid.uuid4()), "event": "start", "note": "é中"})
    receipt = phone.sync(item)[item["id"]]["receipt"]
    assert receipt["sha256"] == hashlib.sha256(canonical(item["body"])).hexdigest()
    assert receipt["id"] == item["id"]
    original = phone.get(f"items/{item['id']}/original")
    assert hashlib.sha256(original.content).hexdigest() == receipt["sha256"]
    assert phone.post("held", {"ids": [item["id"], str(uuid.uuid4())]}).json()["held"][item["id"]] == "stored"


def test_without_consent_the_track_is_not_kept_and_everything_else_is(village: Village) -> None:
    phone = Phone(make_worker(village.grids[1], name="吴春", consent=False))
    patrol = str(uuid.uuid4())
    lon, lat = middle(village.grids[1])
    track = make_track(patrol, lon, lat)
    outcomes = phone.sync(make_item("patrol", {"patrol": patrol, "event": "start"}), track)
    assert outcomes[track["id"]]["code"] == "consent_missing"
    assert outcomes[track["id"]]["receipt"]["sha256"] == hashlib.sha256(canonical(track["body"])).hexdigest()
    assert bytes(InboxItem.objects.get(item=track["id"]).body) == b""
    assert not TrackSegment.objects.exists()
    assert Patrol.objects.filter(uuid=patrol).exists()


def test_what_another_person_sent_is_not_theirs_to_ask_for(phone: Phone, stranger_phone: Phone) -> None:
    item = make_item("patrol", {"patrol": str(uuid.uuid4()), "event": "start"})
    phone.sync(item)
    assert stranger_phone.get(f"items/{item['id']}/original").status_code == 404
    assert stranger_phone.post("held", {"ids": [item["id"]]}).json()["held"][item["id"]] == "unknown"


def test_a_phone_enrolled_later_does_not_read_the_tracks_of_the_one_before(phone: Phone) -> None:
    """A desk that hands out codes must not come to a track this way, without a reason and without an entry."""
    item = make_item("report", {"kind": "0101", "text": "路灯坏了", "photos": []})
    phone.sync(item)
    later = Phone(phone.user)
    assert later.get(f"items/{item['id']}/original").status_code == 404
    assert later.post("held", {"ids": [item["id"]]}).json()["held"] == {item["id"]: "stored"}
    assert phone.get(f"items/{item['id']}/original").status_code == 200


def test_a_request_without_a_token_or_with_a_wrong_one_is_refused(db: None) -> None:
    assert Client().post("/api/phone/sync", "{}", content_type="application/json").status_code == 401
    answer = Client(headers={"Authorization": "Bearer nonsense"}).get("/api/phone/me")
    assert answer.status_code == 401
    assert answer.json()["retry"] == "login"
