"""People of grids: duties, phones, enrolment codes. Nothing here counts or compares persons."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import segno
from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.actions import CODE_LIFE, make_enrolment_code, revoke_device
from backend.accounts.models import Device, Post, User
from backend.command.admin_schemas import DeviceOut, DutyIn, DutyOut, EnrolmentOut, PersonDetailOut, PersonOut
from backend.command.describe import describe_duty
from backend.command.rights import MANAGE_PEOPLE, ground_of, must_hold
from backend.command.sign_in import StaffRequest
from backend.patrols.later import generate_later
from backend.places.duties import assign_duty, end_duty
from backend.places.models import Grid, GridDuty, people_visible_to
from backend.problems import NotAllowed

router = Router(tags=["people"], by_alias=True)
AT_MOST = 200


@router.get("people", response=list[PersonOut], operation_id="list_people")
def people(request: StaffRequest, q: str = "") -> list[dict[str, Any]]:
    """By a part of the name, the beginning of the number, or the code or name of a grid."""
    at, words = timezone.now(), q.strip()
    rows = people_visible_to(request.auth)
    if words:
        grids = Grid.objects.visible_to(request.auth).current().filter(Q(code__startswith=words) | Q(name__contains=words))
        holders = GridDuty.objects.valid_at(at).filter(grid__in=grids).values("user")
        rows = rows.filter(Q(name__contains=words) | Q(number__startswith=words) | Q(pk__in=holders))
    return [_row(person) for person in _whole(rows, at=at).order_by("name", "number")[:AT_MOST]]


@router.get("people/{person}", response=PersonDetailOut, operation_id="get_person")
def person(request: StaffRequest, person: UUID) -> dict[str, Any]:
    at = timezone.now()
    found = get_object_or_404(_whole(people_visible_to(request.auth), at=at), uuid=person)
    past = GridDuty.objects.filter(user=found, valid__fully_lt=(at, None)).select_related("grid").order_by("-valid")
    return _row(found) | {
        "devices": [_device(device) for device in found.devices.order_by("-enrolled_at")],
        "past_duties": [describe_duty(duty) for duty in past],
        "may_manage": _may_manage(request.auth, found, at=at),
    }


@router.post("people/{person}/enrolment-code", response=EnrolmentOut, operation_id="make_enrolment_code")
def enrolment_code(request: StaffRequest, person: UUID) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = get_object_or_404(people_visible_to(user), uuid=person, is_active=True)
    must_hold(user, MANAGE_PEOPLE, over=ground_of(found, at=at), at=at)
    code = make_enrolment_code(found, by=user, at=at)
    origin = settings.PATROL_URL or request.build_absolute_uri("/").rstrip("/")
    # Behind the #, so that the code reaches no server log.
    url = f"{origin}/phone/#{urlencode({'code': code})}"
    return {"code": code, "expires_at": at + CODE_LIFE, "url": url, "qr_svg": qr(url)}


@router.post("devices/{device}/revoke", response=DeviceOut, operation_id="revoke_device")
def revoke(request: StaffRequest, device: UUID) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = get_object_or_404(Device.objects.filter(user__in=people_visible_to(user)).select_related("user"), uuid=device)
    must_hold(user, MANAGE_PEOPLE, over=ground_of(found.user, at=at), at=at)
    revoke_device(found, at=at)
    return _device(found)


@router.post("duties", response=DutyOut, operation_id="assign_duty")
def assign(request: StaffRequest, body: DutyIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    grid = get_object_or_404(Grid.objects.visible_to(user).current().select_related("plan"), code=body.grid)
    must_hold(user, MANAGE_PEOPLE, over=[grid.code], at=at)
    found = get_object_or_404(people_visible_to(user), uuid=body.user)
    with transaction.atomic():
        duty = assign_duty(grid, found, role=body.role, by=user, at=at, start=body.from_)
        generate_later(grid.code)
    return describe_duty(duty)


@router.post("duties/{int:duty}/end", response=DutyOut, operation_id="end_duty")
def end(request: StaffRequest, duty: int) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    grids = Grid.objects.visible_to(user)
    found = get_object_or_404(GridDuty.objects.filter(grid__in=grids).select_related("grid"), pk=duty)
    must_hold(user, MANAGE_PEOPLE, over=[found.grid.code], at=at)
    with transaction.atomic():
        ended = end_duty(found, by=user, at=at)
        generate_later(found.grid.code)
    return describe_duty(ended)


def _whole(people: QuerySet[User], *, at: datetime) -> QuerySet[Any]:
    duties = GridDuty.objects.valid_at(at).select_related("grid").order_by("grid__code", "role")
    posts = Post.objects.valid_at(at).select_related("unit").order_by("unit__code", "role")
    return people.prefetch_related(
        Prefetch("grid_duties", duties, to_attr="duties_now"),
        Prefetch("posts", posts, to_attr="posts_now"),
        Prefetch("devices", Device.objects.live().phones(), to_attr="phones"),
    )


def _row(person: Any) -> dict[str, Any]:
    return {
        "id": person.uuid,
        "name": person.name,
        "number": person.number,
        "is_active": person.is_active,
        "posts": [
            {"role": post.role, "role_name": post.get_role_display(), "unit": post.unit.code, "unit_name": post.unit.short_name}
            for post in person.posts_now
        ],
        "duties": [describe_duty(duty) for duty in person.duties_now],
        "has_phone": bool(person.phones),
    }


def _device(device: Device) -> dict[str, Any]:
    return {
        "id": device.uuid,
        "name": device.name,
        "kind": device.kind,
        "enrolled_at": device.enrolled_at,
        "seen_at": device.seen_at,
        "revoked_at": device.revoked_at,
    }


def _may_manage(user: User, person: User, *, at: datetime) -> bool:
    try:
        must_hold(user, MANAGE_PEOPLE, over=ground_of(person, at=at), at=at)
    except NotAllowed:
        return False
    return True


def qr(url: str, *, sized: bool = True) -> str:
    """A code to scan; one that is not ``sized`` is as large as the page makes it."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", border=2, scale=6, xmldecl=False, svgclass=None, lineclass=None, omitsize=not sized
    )
    return out.getvalue().decode()
