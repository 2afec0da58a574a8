"""The mobile number short messages to a person go to: set by the county's administrator, never shown whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema

from backend.accounts.models import User
from backend.command.rights import DIVIDE, ground_of, holds, must_hold
from backend.command.sign_in import StaffRequest
from backend.places.models import people_visible_to
from backend.problems import Unreadable
from notifications.actions import keep_number
from notifications.channels.sms import masked, plain_number
from notifications.models import Address
from notifications.ways import open_ways

router = Router(tags=["people"], by_alias=True)


class SmsNumberIn(Schema):
    """Empty for none."""

    number: str = Field(max_length=20)


class SmsNumberOut(Schema):
    """``number`` with its middle hidden; ``is_on``: whether short messages are sent at all."""

    is_on: bool
    number: str
    is_dead: bool
    may_set: bool


@router.get("people/{person}/sms-number", response=SmsNumberOut, operation_id="get_sms_number")
def read(request: StaffRequest, person: UUID) -> dict[str, Any]:
    found = get_object_or_404(people_visible_to(request.auth), uuid=person)
    return _said(request.auth, found, at=timezone.now())


@router.post("people/{person}/sms-number", response=SmsNumberOut, operation_id="set_sms_number")
def change(request: StaffRequest, person: UUID, body: SmsNumberIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = get_object_or_404(people_visible_to(user), uuid=person)
    must_hold(user, DIVIDE, over=ground_of(found, at=at), at=at)
    number = plain_number(body.number) if body.number.strip() else ""
    if number is None:
        raise Unreadable("要写 11 位的手机号；不用了就空着。")
    keep_number(number, person=found, at=at)
    return _said(user, found, at=at)


def _said(user: User, person: User, *, at: datetime) -> dict[str, Any]:
    row = Address.objects.filter(channel="sms", person=person).first()
    return {
        "is_on": "sms" in open_ways(),
        "number": masked(row.address) if row else "",
        "is_dead": bool(row and row.state == Address.State.DEAD),
        "may_set": holds(user, DIVIDE, over=ground_of(person, at=at), at=at),
    }
