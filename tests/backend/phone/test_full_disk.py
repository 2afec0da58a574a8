"""A disk without room loses nothing and stops nothing else; what was left undone is done when there is room, and done once."""

from __future__ import annotations

import errno
import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.field import media
from backend.field.jobs import copy_picture, look_after_photos, unread_photos
from backend.field.models import Attachment
from tests.backend.builders import make_report_kind
from tests.backend.field import pictures as made
from tests.backend.phone.test_media import ask, begin, make_photo, send, upload
from tests.backend.phone_client import Phone, make_item

pytestmark = pytest.mark.django_db

needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")


@needs_full
def test_a_piece_that_finds_no_room_is_asked_for_again_and_nothing_before_it_is_lost(phone: Phone, media_root: Path) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    send(phone, where, data[:1000], 0)
    part = media_root / "parts" / f"{Attachment.objects.get().uuid}.part"
    part.rename(part.with_suffix(".kept"))
    part.symlink_to("/dev/full")
    Attachment.objects.update(offset=0)
    answer = send(phone, where, data, 0)
    assert (answer.status_code, answer.json()["retry"], answer.json()["blame"]) == (507, "after", "server")
    assert int(answer.headers["Retry-After"]) > 0
    part.unlink()
    part.with_suffix(".kept").rename(part)
    Attachment.objects.update(offset=1000)
    assert ask(phone, where).headers["Upload-Offset"] == "1000"
    assert send(phone, where, data[1000:], 1000).status_code == 204
    assert Attachment.objects.get().state == "stored"


def test_a_disk_that_takes_half_a_block_has_half_a_block(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    room = [700, 300, 0]

    def shrinking(file: int, block: bytes, position: int) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "no room")
        return whole(file, block[: room.pop(0)], position)

    whole = os.pwrite
    monkeypatch.setattr(os, "pwrite", shrinking)
    assert send(phone, where, data, 0).status_code == 507
    monkeypatch.undo()
    assert ask(phone, where).headers["Upload-Offset"] == "1000"
    assert send(phone, where, data[1000:], 1000).status_code == 204
    assert Attachment.objects.get().state == "stored"


def test_uploads_stop_before_the_disk_is_full_and_reports_go_on(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_photo()
    monkeypatch.setattr(media, "KEEP_FREE_BYTES", 1 << 60)
    assert begin(phone, data).status_code == 507
    assert not Attachment.objects.exists()
    make_report_kind()
    report = make_item("report", {"kind": "0101", "text": "有照片", "photos": [hashlib.sha256(data).hexdigest()]})
    assert phone.sync(report)[report["id"]]["status"] == "stored"
    monkeypatch.undo()
    assert begin(phone, data).status_code == 201


def test_copies_made_twice_are_as_made_once(phone: Phone, media_root: Path) -> None:
    upload(phone, made.photo(gps=made.place_tags()))
    photo = Attachment.objects.get()
    for _ in range(2):
        copy_picture(attachment=photo.pk)
    before = Attachment.objects.values().get()
    copy_picture(attachment=photo.pk)
    assert Attachment.objects.values().get() == before
    assert len([path for path in media_root.rglob("*") if path.is_file()]) == 3


def test_a_photo_whose_job_was_lost_gets_another_one_and_only_one(phone: Phone) -> None:
    upload(phone, made.photo())
    later = timezone.now() + timedelta(hours=1)
    assert not unread_photos(at=later).exists()  # its job waits
    ProcrastinateJob.objects.all().delete()
    assert unread_photos(at=later).count() == 1
    Attachment.objects.update(stored_at=timezone.now() - timedelta(hours=1))
    for _ in range(2):
        look_after_photos(timestamp=0)
    jobs = ProcrastinateJob.objects.filter(task_name="backend.field.jobs.copy_picture")
    assert [job.args for job in jobs] == [{"attachment": Attachment.objects.get().pk}]
    copy_picture(attachment=Attachment.objects.get().pk)
    assert not unread_photos(at=later).exists()


def test_a_verdict_that_is_owed_is_given(phone: Phone) -> None:
    make_report_kind()
    sha256 = upload(phone, made.photo())
    copy_picture(attachment=Attachment.objects.get().pk)
    phone.sync(make_item("report", {"kind": "0101", "text": "", "photos": [sha256]}))
    Attachment.objects.update(place_word="", time_word="")
    look_after_photos(timestamp=0)
    assert Attachment.objects.get().place_word == "none"
