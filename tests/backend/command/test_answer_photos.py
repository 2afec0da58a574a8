"""Photos of checklist answers at a desk: shown beside the answer to those who may see it, the original for a reason."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from backend.accounts.models import AccessEntry
from backend.audits.visits import county_day
from backend.field.jobs import copy_picture
from backend.field.models import Attachment
from backend.patrols.models import Answer
from backend.phone.rebuild import rebuild
from tests.backend.builders import Village, make_checklist, make_operator, make_task, make_township, make_unit
from tests.backend.command.desk import Desk
from tests.backend.field import pictures as made
from tests.backend.phone.test_media import upload
from tests.backend.phone_client import Phone, make_item

pytestmark = pytest.mark.django_db


def answer_with(phone: Phone, village: Village, *photos: str) -> str:
    task = make_task(village.grids[0], phone.user, make_checklist(make_township(), "FH-01"))
    said = {"task": str(task.uuid), "item": "FH-01@1", "result": "problem", "photos": list(photos)}
    item = make_item("answer", said)
    assert phone.sync(item)[item["id"]]["status"] == "stored"
    return str(item["id"])


def photo_of(phone: Phone) -> str:
    sha256 = upload(phone, made.photo())
    copy_picture(attachment=Attachment.objects.get(sha256=sha256).pk)
    return sha256


def test_a_desk_sees_the_photos_of_an_answer_and_how_many_are_still_on_their_way(phone: Phone, village: Village) -> None:
    here, away = photo_of(phone), "ab" * 32
    answer_with(phone, village, here, away)
    desk = Desk(make_operator(role="supervisor"))
    found = desk.read(f"visits/{village.grids[0].code}?day={county_day(timezone.now())}")["answers"][0]
    assert (found["photos_expected"], [photo["sha256"] for photo in found["photos"]]) == (2, [here])
    assert desk.get(f"photos/{here}/small").status_code == 302
    refused = desk.post(f"photos/{here}/original", {})
    assert refused.status_code == 422
    assert desk.change(f"photos/{here}/original", {"reason": "看清裂缝有多宽"})["url"]
    assert AccessEntry.objects.get(what="original_photo").about == phone.user


def test_the_task_shows_the_photos_with_its_answer(phone: Phone, village: Village) -> None:
    here = photo_of(phone)
    answer_with(phone, village, here, "ab" * 32)
    [task] = Desk(make_operator()).read("tasks")["items"]
    [item] = task["items"]
    assert (item["result"], item["photos_expected"], item["photos"][0]["sha256"]) == ("problem", 2, here)
    assert item["answered_at"]


def test_who_may_not_see_the_answer_gets_no_photo_of_it(phone: Phone, village: Village) -> None:
    sha256 = photo_of(phone)
    stranger = make_operator(make_unit("360830100000", "别镇"), name="别人")
    answer_with(phone, village, sha256)
    assert not Attachment.objects.visible_to(stranger).exists()
    assert Desk(stranger).get(f"photos/{sha256}/small").status_code == 404


def test_naming_somebody_elses_photo_in_an_answer_shows_nothing(phone: Phone, stranger_phone: Phone, village: Village) -> None:
    theirs = photo_of(stranger_phone)
    answer_with(phone, village, theirs)
    assert not Attachment.objects.visible_to(make_operator()).exists()


def test_a_rebuild_makes_the_photos_of_an_answer_anew(phone: Phone, village: Village) -> None:
    sha256 = photo_of(phone)
    item = answer_with(phone, village, sha256)
    Answer.objects.update(photos=[])
    rebuild(phone.user)
    assert Answer.objects.get(uuid=uuid.UUID(item)).photos == [sha256]
