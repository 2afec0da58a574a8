"""A phone's own tracker apps and files. Every endpoint needs the device's token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Prefetch
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.actions import revoke_device
from backend.patrols.models import Patrol
from backend.phone.auth import DeviceToken, PhoneRequest
from backend.phone.models import Tracker, TrackerDay
from backend.phone.schemas import OkOut
from backend.phone.trackers.enrolment import Handed, enrol_tracker
from backend.phone.trackers.imports import import_gpx
from backend.phone.trackers.picture import qr_svg
from backend.phone.trackers.schemas import GpxIn, GpxOut, HandedOut, PatrolOut, TrackerIn, TrackerOut
from backend.phone.wire import epoch_ms

router = Router(auth=DeviceToken(), tags=["trackers"])

DAYS_SHOWN = timedelta(days=14)
PATROLS_SHOWN = timedelta(days=30)


@router.get("/trackers", response=list[TrackerOut], operation_id="list_trackers")
def trackers(request: PhoneRequest) -> list[dict[str, Any]]:
    at = timezone.now()
    days = TrackerDay.objects.filter(day__gt=(at - DAYS_SHOWN).date()).order_by("-day")
    own = Tracker.objects.live().visible_to(request.auth.user).select_related("device")
    return [_tracker(one) for one in own.prefetch_related(Prefetch("days", days)).order_by("pk")]


@router.post("/trackers", response=HandedOut, operation_id="enrol_tracker")
def enrol(request: PhoneRequest, body: TrackerIn) -> dict[str, Any]:
    person = request.auth.user
    return handed(
        enrol_tracker(
            person, body.app, crs=body.crs, every_s=body.interval_s, origin=origin_of(request), by=person, at=timezone.now()
        )
    )


@router.post("/trackers/{uuid:device}/revoke", response=OkOut, operation_id="revoke_tracker")
def revoke(request: PhoneRequest, device: UUID) -> dict[str, bool]:
    tracker = get_object_or_404(Tracker.objects.visible_to(request.auth.user).select_related("device"), device__uuid=device)
    revoke_device(tracker.device, at=timezone.now())
    return {"ok": True}


@router.get("/patrols", response=list[PatrolOut], operation_id="list_own_patrols")
def patrols(request: PhoneRequest) -> list[dict[str, Any]]:
    """The person's patrols of the last thirty days, the newest first: to say which one a file belongs to."""
    own = Patrol.objects.filter(person=request.auth.user, started_at__gt=timezone.now() - PATROLS_SHOWN)
    return [
        {"id": one.uuid, "started_at": epoch_ms(one.started_at), "ended_at": _ms(one.ended_at)}
        for one in own.order_by("-started_at")[:100]
    ]


@router.post("/gpx", response=GpxOut, operation_id="import_gpx")
def gpx(request: PhoneRequest, body: GpxIn) -> Any:
    device = request.auth
    return import_gpx(device.user, body.gpx, crs=body.crs, patrol=body.patrol, device=device, by=device.user, at=timezone.now())


def handed(told: Handed) -> dict[str, Any]:
    tracker = told.tracker
    return {
        "device": tracker.device.uuid,
        "app": tracker.app,
        "app_name": tracker.get_app_display(),
        "crs": tracker.crs,
        "interval_s": tracker.interval_s,
        "url": told.url,
        "id": told.id,
        "user": told.user,
        "password": told.password,
        "link": told.link,
        "qr_svg": qr_svg(told.link) if told.link else "",
    }


def origin_of(request: HttpRequest) -> str:
    return settings.PATROL_URL or request.build_absolute_uri("/").rstrip("/")


def _tracker(tracker: Tracker) -> dict[str, Any]:
    device = tracker.device
    return {
        "device": device.uuid,
        "app": tracker.app,
        "app_name": tracker.get_app_display(),
        "crs": tracker.crs,
        "interval_s": tracker.interval_s,
        "enrolled_at": epoch_ms(device.enrolled_at),
        "seen_at": _ms(device.seen_at),
        "days": [
            {"day": one.day.isoformat(), "deleted": one.deleted, "unreadable": one.unreadable} for one in tracker.days.all()
        ],
    }


def _ms(at: datetime | None) -> int | None:
    return epoch_ms(at) if at else None
