"""Keeping what a worker saw: reports and reached places."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import connection

from backend.accounts.models import Device, User
from backend.field.located import grid_code_at
from backend.field.models import PlaceCheck, Report, ReportKind
from backend.field.reached import reach_by_check, reach_by_photo
from backend.field.witness import judge_photos
from backend.patrols.models import Task
from backend.places.models import Grid, KeyPlace
from geo import LonLat
from notifications.events import UrgentReported


@dataclass(frozen=True, slots=True)
class Reported:
    """A report as the phone made it; ``where`` is WGS 84, ``raw_place`` what was sent."""

    kind_code: str
    text: str = ""
    is_urgent: bool = False
    where: LonLat | None = None
    accuracy_m: float | None = None
    raw_place: dict[str, Any] = field(default_factory=dict)
    key_place: UUID | None = None
    task: UUID | None = None
    patrol: UUID | None = None
    photos: tuple[str, ...] = ()
    clock_shift_ms: int | None = 0


# Asked for every item a phone sends.
HOME = """
select grid.code from places_gridduty duty join places_grid grid on grid.id = duty.grid_id where duty.user_id = %(user)s
 order by duty.valid @> %(at)s::timestamptz desc,
          case when duty.valid @> %(at)s::timestamptz then null else duty.valid end desc, grid.code limit 1
"""


def home_code(user: User, at: datetime) -> str:
    """A grid of the person: the first of the duties at that time, else of the latest ones."""
    with connection.cursor() as cursor:
        cursor.execute(HOME, {"user": user.pk, "at": at})
        found = cursor.fetchone()
    return found[0] if found else ""


def store_report(report: UUID, said: Reported, *, by: User, device: Device, at: datetime, received_at: datetime) -> Report:
    """Keep a report. Its grid is the one its place lay in on its day; without a place the reporter's own grid stands beside it."""
    home = home_code(by, at)
    grid = grid_code_at(said.where.lon, said.where.lat, at) if said.where else ""
    county = f"{(grid or home)[:6]}000000"
    values = {
        "device": device,
        "kind": ReportKind.objects.filter(county__code=county, code=said.kind_code).first(),
        "kind_code": said.kind_code,
        "text": said.text,
        "is_urgent": said.is_urgent,
        "point": Point(said.where.lon, said.where.lat, srid=4326) if said.where else None,
        "raw_place": said.raw_place,
        "accuracy_m": said.accuracy_m,
        "grid_code": grid,
        "home_code": home,
        "key_place": KeyPlace.objects.filter(uuid=said.key_place).first() if said.key_place else None,
        "task": Task.objects.filter(uuid=said.task).first() if said.task else None,
        "patrol_uuid": said.patrol,
        "photos": list(said.photos),
        "occurred_at": at,
        "clock_shift_ms": said.clock_shift_ms,
        "received_at": received_at,
    }
    row, is_new = Report.objects.get_or_create(person=by, uuid=report, defaults=values)
    if is_new:
        judge_photos(row)
    reach_by_photo(row)
    return row


def urgent_event(report: Report) -> UrgentReported:
    """What is said of a report that cannot wait. Without a place of its own, the reporter's grid stands in for it."""
    code = report.grid_code or report.home_code
    grid = Grid.objects.filter(code=code).order_by("-pk").first() if code else None
    place = report.key_place.name if report.key_place else grid.name if grid else ""
    if report.point is None and not report.key_place and place:
        place = f"{place}（上报人的网格）"
    return UrgentReported(
        report=str(report.uuid),
        kind=report.kind.name if report.kind else "紧急上报",
        place=place,
        text=report.text,
        grid_code=code,
        reporter=report.person_id,
        occurred_at=report.occurred_at,
        at=report.received_at,
        is_restricted=bool(report.kind and report.kind.is_restricted),
    )


def store_place_check(
    check: UUID,
    place: KeyPlace,
    *,
    how: str,
    code: str = "",
    reason: str = "",
    task: UUID | None = None,
    patrol: UUID | None = None,
    by: User,
    at: datetime,
    received_at: datetime,
) -> PlaceCheck:
    """Keep that a key place was reached, and whether the code that was read is the place's own."""
    is_genuine = how == PlaceCheck.How.DECLARED or _is_own_tag(place, code)
    values = {
        "key_place": place,
        "task": Task.objects.filter(uuid=task).first() if task else None,
        "patrol_uuid": patrol,
        "how": how,
        "is_genuine": is_genuine,
        "reason": reason,
        "at": at,
        "received_at": received_at,
    }
    row, _ = PlaceCheck.objects.get_or_create(person=by, uuid=check, defaults=values)
    reach_by_check(row)
    return row


def tag_hash(code: str) -> str:
    """How the code on a place's tag is kept."""
    return hashlib.sha256(code.strip().encode()).hexdigest()


def _is_own_tag(place: KeyPlace, code: str) -> bool:
    return bool(place.tag_hash) and hmac.compare_digest(place.tag_hash, tag_hash(code))
