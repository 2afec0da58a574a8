"""A track is gone everywhere after thirty days: raw body, segment and visits. Everything else stays."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from backend.field.models import TrackSegment, Visit
from backend.phone.models import InboxItem
from backend.phone.rebuild import rebuild
from backend.phone.retention import expire_tracks
from tests.backend.builders import Village, middle
from tests.backend.phone_client import Phone, make_item, make_track

pytestmark = pytest.mark.django_db

TRACK_DAYS = 30


def walk(village: Village, phone: Phone) -> str:
    item = make_track(str(uuid4()), *middle(village.grids[0]))
    phone.sync(item)
    assert TrackSegment.objects.count() == 1
    assert Visit.objects.exists()
    return str(item["id"])


def test_a_track_of_yesterday_stays(village: Village, phone: Phone) -> None:
    walk(village, phone)
    assert expire_tracks(timezone.now() + timedelta(days=1)) == 0
    assert TrackSegment.objects.exists()


def test_a_track_older_than_the_notice_says_is_gone_everywhere(village: Village, phone: Phone) -> None:
    track = walk(village, phone)
    note = make_item("report", {"kind": "0101", "text": "有积水", "urgent": 0, "photos": []})
    phone.sync(note)
    assert expire_tracks(timezone.now() + timedelta(days=TRACK_DAYS + 2)) == 1
    assert not TrackSegment.objects.exists()
    assert not Visit.objects.exists()
    assert bytes(InboxItem.objects.get(kind="track").body) == b""
    held = phone.post("held", {"ids": [track, note["id"]]}).json()["held"]
    assert held == {track: "expired", note["id"]: "stored"}
    assert phone.get(f"items/{track}/original").status_code == 404


def test_what_is_gone_does_not_come_back_by_a_rebuild_or_a_second_upload(village: Village, phone: Phone) -> None:
    item = make_track(str(uuid4()), *middle(village.grids[0]))
    phone.sync(item)
    expire_tracks(timezone.now() + timedelta(days=TRACK_DAYS + 2))
    rebuild(phone.user)
    assert phone.sync(item)[item["id"]]["status"] == "duplicate"
    assert not TrackSegment.objects.exists()
