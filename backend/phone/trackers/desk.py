"""What a desk does for a person about tracker apps and files. Who may is told by the caller: the desks' own rules lie beside us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.models import User
from backend.phone.trackers.api import handed, origin_of
from backend.phone.trackers.enrolment import enrol_tracker
from backend.phone.trackers.imports import import_gpx
from backend.phone.trackers.schemas import DeskGpxIn, GpxOut, HandedOut, TrackerIn
from backend.places.models import people_visible_to


class MustManage(Protocol):
    """Raises unless the first may act on the second."""

    def __call__(self, user: User, person: User, *, at: datetime) -> None: ...


def desk_router(*, auth: Callable[..., Any], must_manage: MustManage) -> Router:
    """Endpoints behind a desk's sign-in; whoever enrols a phone for somebody may enrol a tracker app and bring a file."""
    router = Router(auth=auth, tags=["people"])

    @router.post("people/{person}/tracker", response=HandedOut, operation_id="enrol_persons_tracker")
    def enrol(request: HttpRequest, person: UUID, body: TrackerIn) -> dict[str, Any]:
        at, by = timezone.now(), request.auth  # type: ignore[attr-defined]
        found = get_object_or_404(people_visible_to(by), uuid=person, is_active=True)
        must_manage(by, found, at=at)
        return handed(
            enrol_tracker(found, body.app, crs=body.crs, every_s=body.interval_s, origin=origin_of(request), by=by, at=at)
        )

    @router.post("people/{person}/gpx", response=GpxOut, operation_id="import_persons_gpx")
    def gpx(request: HttpRequest, person: UUID, body: DeskGpxIn) -> Any:
        at, by = timezone.now(), request.auth  # type: ignore[attr-defined]
        found = get_object_or_404(people_visible_to(by), uuid=person, is_active=True)
        must_manage(by, found, at=at)
        return import_gpx(found, body.gpx, crs=body.crs, patrol=body.patrol, device=None, by=by, reason=body.reason, at=at)

    return router
