"""Whoever knows the name of a photo does not have the photo."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.field.media import ChecksumWrong, begin_upload, finish_upload
from backend.field.models import Attachment
from tests.backend.phone.test_media import ask, begin, make_photo, send, upload
from tests.backend.phone_client import Phone, make_item, now_ms

pytestmark = pytest.mark.django_db


def test_naming_somebody_elses_photo_in_a_report_does_not_show_it(phone: Phone, stranger_phone: Phone) -> None:
    sha256 = upload(phone, make_photo())
    report = make_item("report", {"kind": "0101", "text": "我也要看", "photos": [sha256]})
    assert stranger_phone.sync(report)[report["id"]]["status"] == "stored"
    assert stranger_phone.get(f"media/{sha256}").status_code == 404
    assert stranger_phone.get(f"media/{sha256}/small").status_code == 404
    assert phone.get(f"media/{sha256}/small").status_code == 200


def test_an_upload_without_its_bytes_is_not_completed_by_somebody_elses(phone: Phone, stranger_phone: Phone) -> None:
    data = make_photo()
    sha256 = upload(phone, data)
    where = begin(stranger_phone, data, sha256=sha256, length=6).headers["Location"]
    send(stranger_phone, where, b"guess", 0)
    thief = Attachment.objects.get(person=stranger_phone.user, sha256=sha256)
    # What a second request leaves that begins anew with another length while the first still writes its last byte.
    begin_upload(sha256, length=7, media_type="image/jpeg", by=stranger_phone.user, at=thief.created_at)
    Attachment.objects.filter(pk=thief.pk).update(offset=7)
    with pytest.raises(ChecksumWrong):
        finish_upload(thief, at=thief.created_at)
    assert stranger_phone.get(f"media/{sha256}").status_code == 404


def test_an_upload_cut_off_between_the_move_and_the_word_is_completed(phone: Phone) -> None:
    data = make_photo(colour="blue")
    sha256 = upload(phone, data)
    Attachment.objects.filter(sha256=sha256).update(state="receiving", stored_at=None)
    where = begin(phone, data).headers["Location"]
    assert ask(phone, where).headers["Upload-Offset"] == str(len(data))
    assert Attachment.objects.get(sha256=sha256).state == "stored"


def test_a_full_disk_does_not_make_a_photo_unreadable(phone: Phone, media_root: Path) -> None:
    sha256 = upload(phone, make_photo(colour="red"))
    (media_root / "large").write_text("no room for a folder here")
    assert phone.get(f"media/{sha256}").status_code == 503
    assert Attachment.objects.get(sha256=sha256).state == "stored"
    (media_root / "large").unlink()
    assert phone.get(f"media/{sha256}").status_code == 200


def test_nobody_else_on_the_machine_can_read_a_photo(phone: Phone, media_root: Path) -> None:
    sha256 = upload(phone, make_photo(colour="white"))
    assert phone.get(f"media/{sha256}").status_code == 200
    files = [path for path in media_root.rglob("*") if path.is_file()]
    assert len(files) == 3 and {path.stat().st_mode & 0o077 for path in files} == {0}


def test_half_an_emoji_costs_neither_a_report_nor_a_track(phone: Phone) -> None:
    report = make_item("report", {"kind": "0101", "text": "塘边有人落水 \ud83d", "photos": []})
    assert phone.sync(report)[report["id"]]["status"] == "stored"
    gap = {"from": now_ms() - 9000, "to": now_ms() - 8000, "cause": "\ud83d"}
    columns = {"dt": [0, 5000], "lon": [1145050000, 600], "lat": [273950000, 0], "acc": [16, 16], "gaps": [gap]}
    track = make_item("track", {"patrol": str(Attachment().uuid), "crs": "wgs84", "t0": now_ms() - 10_000, **columns})
    outcome = phone.sync(track)[track["id"]]
    assert (outcome["status"], outcome["code"]) == ("stored", "ok")
