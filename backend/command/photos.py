"""Photos, re-encoded, for those who may see a report or an answer that announced them; the original for a stated reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpResponseRedirect
from django.utils import timezone
from ninja import Field, Router, Schema

from backend.command.rights import LOOK_AT_ORIGINALS, must_hold
from backend.command.schemas import Words
from backend.command.sign_in import StaffRequest
from backend.field.links import Kind, link_to_copy, look_at_original, open_link
from backend.field.models import Attachment, Report
from backend.patrols.models import Answer
from backend.problems import NotFound

router = Router(tags=["photos"])


class ReasonIn(Schema):
    reason: Words = Field(min_length=4, max_length=200)


class OriginalOut(Schema):
    url: str
    until: datetime
    media_type: str


@router.get("photos/{sha256}", response={302: None}, operation_id="command_photo")
def photo(request: StaffRequest, sha256: str) -> HttpResponseRedirect:
    return _to_copy(request, sha256, "large")


@router.get("photos/{sha256}/small", response={302: None}, operation_id="command_small_photo")
def small_photo(request: StaffRequest, sha256: str) -> HttpResponseRedirect:
    return _to_copy(request, sha256, "small")


@router.post("photos/{sha256}/original", response=OriginalOut, operation_id="look_at_original")
def original(request: StaffRequest, sha256: str, body: ReasonIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    kept = (Attachment.State.STORED, Attachment.State.UNREADABLE)
    found = Attachment.objects.visible_to(user).filter(sha256=sha256, state__in=kept).order_by("pk").first()
    if found is None:
        raise NotFound
    if found.person_id != user.pk:
        reports = Report.objects.visible_to(user).filter(person=found.person_id, photos__contains=[sha256])
        answers = Answer.objects.visible_to(user).filter(person=found.person_id, photos__contains=[sha256])
        codes = {report.grid_code or report.home_code for report in reports}
        codes |= set(answers.values_list("task__grid__code", flat=True))
        must_hold(user, LOOK_AT_ORIGINALS, over=codes, at=at)
    link, media_type = look_at_original(user, found, reason=body.reason, at=at)
    return {"url": _address(link.token), "until": link.until, "media_type": media_type}


@router.get("files/{link}", response={200: bytes}, operation_id="open_link")
def linked_file(request: StaffRequest, link: str) -> FileResponse:
    return open_link(request.auth, link, at=timezone.now())


def _to_copy(request: StaffRequest, sha256: str, kind: Kind) -> HttpResponseRedirect:
    """The address of a photo stays; the link behind it is made for this person and is over within half an hour."""
    link = link_to_copy(request.auth, sha256, kind=kind, at=timezone.now())
    return HttpResponseRedirect(_address(link.token))


def _address(token: str) -> str:
    return f"/api/command/files/{token}"
