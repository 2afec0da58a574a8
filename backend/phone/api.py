"""The phone's endpoints. Every one but ``enrol`` needs the device's token."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from backend.accounts.actions import NOTICE_VERSION, enrol_device, record_health
from backend.accounts.tickets import issue_ticket, live_address
from backend.field.flags import mark_shown
from backend.phone.auth import DeviceToken, PhoneRequest
from backend.phone.changes import difference, digest, visible_rows
from backend.phone.ground import ground_of
from backend.phone.items import held_states, original_body
from backend.phone.me import about_me, answer_notice, person_of
from backend.phone.media import router as media_router
from backend.phone.media import uploads as uploads_router
from backend.phone.requests import caller_address, take_in_request
from backend.phone.schemas import (
    SYNC_BODY,
    AddressIn,
    ChangesIn,
    ChangesOut,
    ConsentIn,
    ConsentOut,
    EnrolIn,
    EnrolOut,
    GroundOut,
    HealthIn,
    HeldIn,
    HeldOut,
    MeOut,
    OkOut,
    SyncOut,
    TicketOut,
)
from backend.phone.trackers.api import router as trackers_router
from backend.problems import Unreadable
from notifications.actions import drop_addresses, keep_address
from notifications.ways import subscription_address

router = Router(auth=DeviceToken(), tags=["phone"])
router.add_router("/media", uploads_router)
router.add_router("/media", media_router)
router.add_router("", trackers_router)


@router.post("/enrol", auth=None, response=EnrolOut, operation_id="enrol_device")
def enrol(request: HttpRequest, body: EnrolIn) -> dict[str, Any]:
    device, token = enrol_device(body.code, name=body.device_name, address=caller_address(request), at=timezone.now())
    return {"token": token, "device": device.uuid, "person": person_of(device.user), "notice_version": NOTICE_VERSION}


@router.get("/me", response=MeOut, operation_id="about_me")
def me(request: PhoneRequest) -> dict[str, Any]:
    return about_me(request.auth, at=timezone.now())


@router.post("/health", response=OkOut, operation_id="record_health")
def health(request: PhoneRequest, body: HealthIn) -> dict[str, bool]:
    record_health(request.auth, body.model_dump(), at=timezone.now())
    return {"ok": True}


@router.put("/address", response=OkOut, operation_id="keep_address")
def address(request: PhoneRequest, body: AddressIn) -> dict[str, bool]:
    device = request.auth
    place = body.address
    if (body.channel == "webpush") != (body.kind == "vapid"):
        raise Unreadable
    if body.channel == "webpush":
        try:
            place = subscription_address(place)
        except ValueError as error:
            raise Unreadable("这部手机的推送地址用不了。") from error
    keep_address(channel=body.channel, kind=body.kind, address=place, person=device.user, device=device.uuid, at=timezone.now())
    return {"ok": True}


@router.delete("/address", response=OkOut, operation_id="drop_address")
def no_address(request: PhoneRequest) -> dict[str, bool]:
    """Nothing rings this phone any more; its inbox stays."""
    drop_addresses(request.auth.uuid, at=timezone.now())
    return {"ok": True}


@router.post("/consent", response=ConsentOut, operation_id="give_consent")
def consent(request: PhoneRequest, body: ConsentIn) -> Any:
    return answer_notice(request.auth.user, notice_version=body.notice_version, decision=body.decision, at=timezone.now())


@router.post("/live/ticket", response=TicketOut, operation_id="issue_phone_ticket")
def live_ticket(request: PhoneRequest) -> dict[str, str]:
    device = request.auth
    return {"ticket": issue_ticket(device.user, device, (), at=timezone.now()), "url": live_address()}


@router.post("/changes", response={200: ChangesOut, 304: None}, operation_id="list_changes")
def changes(request: PhoneRequest, body: ChangesIn) -> Any:
    at = timezone.now()
    rows = visible_rows(request.auth.user, at=at)
    if asked := [UUID(row.id) for row in rows if row.kind == "flag"]:
        mark_shown(asked, to=request.auth.user, at=at)
    if body.digest == digest(rows):
        return HttpResponse(status=304)
    return difference(rows, body.have or {})


@router.post("/sync", response=SyncOut, operation_id="take_in_items", openapi_extra=SYNC_BODY)
def sync(request: PhoneRequest) -> dict[str, Any]:
    return {"outcomes": take_in_request(request, request.auth, at=timezone.now())}


@router.post("/held", response=HeldOut, operation_id="list_held_items")
def held(request: PhoneRequest, body: HeldIn) -> dict[str, Any]:
    return {"held": held_states(request.auth.user, body.ids)}


@router.get("/ground/{grid}", response=GroundOut, operation_id="read_ground")
def ground(request: PhoneRequest, grid: str) -> dict[str, Any]:
    return ground_of(request.auth.user, grid)


@router.get("/items/{uuid:item}/original", operation_id="read_original_item")
def original(request: PhoneRequest, item: UUID) -> HttpResponse:
    body = original_body(request.auth, item)
    return HttpResponse(body, content_type="application/octet-stream", headers={"X-Content-Type-Options": "nosniff"})
