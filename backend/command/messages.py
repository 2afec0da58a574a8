"""Messages to the people of an area, and who has seen them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.models import User, in_stems
from backend.command.rights import WRITE_MESSAGES, must_hold
from backend.command.schemas import AlertDetailOut, AlertOut, AreasIn, MessageIn, PreviewOut
from backend.command.sign_in import StaffRequest
from backend.field.models import CENTRE_AND_SUPERVISOR
from backend.places.models import Grid, GridDuty
from backend.problems import Conflict, NotFound
from backend.units.models import AdminUnit
from notifications.actions import acknowledge_alert, announce
from notifications.directory import directory
from notifications.events import AreaMessageSent
from notifications.models import Alert, Delivery
from notifications.reach import counts, recipients, without_address
from notifications.rules import ON_THE_GROUND

router = Router(tags=["messages"], by_alias=True)
AT_MOST = 100
SHOWN = ("message", "urgent_report", "alert_level")  # a task given is told to its person alone
PUSHED = {"waiting": "推送：等着发", "sending": "推送：在发", "sent": "推送：已交出，不等于看到", "seen": "推送：看到了"}
WAYS = {
    "inbox": {"waiting": "手机消息：正在放进去", "sent": "手机消息：打开巡格就能看到", "seen": "手机消息：看到了"},
    "fcm": PUSHED,
    "webpush": PUSHED,
    "sms": {"waiting": "短信：等着发", "sending": "短信：在发", "sent": "短信：已交出，不等于看到", "seen": "短信：看到了"},
}


class NobodyThere(Conflict):
    """No grid in the chosen area has a person, so the message would reach nobody."""

    slug = "nobody_there"
    zh, en = "选的范围里没有网格员，发出去没有人收到。", "Nobody is accountable in this area; the message would reach nobody."


@router.get("alerts", response=list[AlertOut], operation_id="list_alerts")
def alerts(request: StaffRequest) -> list[dict[str, Any]]:
    rows = alerts_visible_to(request.auth, at=timezone.now()).filter(kind__in=SHOWN)
    return describe_alerts(rows.select_related("made_by").order_by("-made_at", "-pk")[:AT_MOST])


@router.get("alerts/{alert}", response=AlertDetailOut, operation_id="get_alert")
def alert(request: StaffRequest, alert: uuid.UUID) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = get_object_or_404(alerts_visible_to(user, at=at).select_related("made_by"), uuid=alert)
    return describe_alerts([found])[0] | {"recipients": _recipients(user, found, at=at)}


@router.post("alerts/{alert}/acknowledgement", response=AlertDetailOut, operation_id="acknowledge_alert")
def acknowledge(request: StaffRequest, alert: uuid.UUID) -> dict[str, Any]:
    """收到, pressed at a desk by somebody it went to."""
    user, at = request.auth, timezone.now()
    found = get_object_or_404(Alert.objects.inbox_of(user, at).select_related("made_by"), uuid=alert)
    acknowledge_alert(found, by=user, at=at, received_at=at, via="desk")
    return describe_alerts([found])[0] | {"recipients": _recipients(user, found, at=at)}


@router.post("messages/preview", response=PreviewOut, operation_id="preview_message")
def preview(request: StaffRequest, body: AreasIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    people = _concerned(_areas(user, body.areas, at=at), at=at)
    names = dict(User.objects.filter(pk__in=people).order_by("name").values_list("pk", "name"))
    unreached = without_address(people)
    return {
        "people": len(names),
        "names": list(names.values()),
        "unreached": [name for person, name in names.items() if person in unreached],
    }


@router.post("messages", response=AlertOut, operation_id="send_message")
def send(request: StaffRequest, body: MessageIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    codes = _areas(user, body.areas, at=at)
    if not _concerned(codes, at=at):
        raise NobodyThere
    said = AreaMessageSent(
        message=str(uuid.uuid4()),
        severity=body.severity,
        title=body.title.strip(),
        text=body.text.strip(),
        codes=tuple(codes),
        by=user.pk,
        expires_at=at + timedelta(hours=body.expires_in_h),
        at=at,
    )
    made = announce(said, at=at)
    if made is None:
        raise NobodyThere
    return describe_alerts([made])[0]


def alerts_visible_to(user: User, *, at: datetime) -> QuerySet[Alert]:
    """What one received or sent, and what lies in the area of one's desk."""
    mine = Alert.objects.visible_to(user).values("pk")
    return Alert.objects.filter(in_stems("area_stem", user.stems(at, CENTRE_AND_SUPERVISOR))) | Alert.objects.filter(
        pk__in=mine
    )


def describe_alerts(alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    rows = list(alerts)
    figures = counts(rows)
    return [
        {
            "id": row.uuid,
            "severity": row.severity,
            "title": row.title,
            "text": row.text,
            "about": row.about,
            "sender": row.made_by.name if row.made_by else "",
            "made_at": row.made_at,
            "expires_at": row.expires_at,
            **figures[row.pk],
        }
        for row in rows
    ]


def _areas(user: User, areas: Sequence[str], *, at: datetime) -> list[str]:
    """The chosen grids and units, each there, in sight and within the writer's post."""
    wanted = list(dict.fromkeys(areas))
    grids = Grid.objects.visible_to(user).current().filter(code__in=wanted).values_list("code", flat=True)
    units = AdminUnit.objects.current().within(user.stems(at)).filter(code__in=wanted).values_list("code", flat=True)
    if set(wanted) - {*grids, *units}:
        raise NotFound
    must_hold(user, WRITE_MESSAGES, over=wanted, at=at)
    return wanted


def _concerned(codes: Sequence[str], *, at: datetime) -> set[int]:
    return directory().concerned(codes, ON_THE_GROUND, at)


def _recipients(user: User, alert: Alert, *, at: datetime) -> list[dict[str, Any]]:
    """Who received it is for its sender and the desks of the area; others see only that they did."""
    in_area = Alert.objects.filter(in_stems("area_stem", user.stems(at, CENTRE_AND_SUPERVISOR)), pk=alert.pk).exists()
    found = [row for row in recipients(alert) if in_area or alert.made_by_id == user.pk or row.person_id == user.pk]
    people = User.objects.in_bulk([row.person_id for row in found])
    duties = GridDuty.objects.valid_at(alert.made_at).filter(user__in=people).select_related("grid").order_by("-grid__code")
    grids = {duty.user_id: duty.grid.name for duty in duties}
    return [
        {
            "is_me": row.person_id == user.pk,
            "name": people[row.person_id].name,
            "grid_name": grids.get(row.person_id, ""),
            "state": row.state,
            "at": row.at,
            "channels": [_way(*way) for way in row.channels],
        }
        for row in found
    ]


def _way(channel: str, state: str, outcome: str) -> dict[str, str]:
    if channel == "desk":
        return {"channel": channel, "state": state, "text": "一直没点收到：请打电话"}
    fallback = f"{Delivery.Channel(channel).label}：{Delivery.State(state).label}"
    text = WAYS.get(channel, {}).get(state, fallback)
    return {"channel": channel, "state": state, "text": f"{text}（{outcome}）" if outcome else text}
