"""Reports and cases that may say the same thing: same kind, near, not long ago."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.db.models.functions import Distance
from django.contrib.gis.geos import Point, Polygon
from django.contrib.gis.measure import D
from django.db.models import Exists, OuterRef, QuerySet

from backend.accounts.models import User
from backend.cases.models import Case
from backend.field.models import Report

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class NearLimits:
    """How near in space and time two reports of a kind may mean one thing. A hint for a person, never a rule."""

    metres: int = 200
    hours: int = 168


def undecided_reports(user: User) -> QuerySet[Report]:
    """Reports one sees that nobody has registered, rejected or merged yet."""
    return Report.objects.visible_to(user).filter(
        ~Exists(Case.objects.filter(reporter=OuterRef("person"), report=OuterRef("uuid")))
    )


def cases_near(report: Report, user: User, *, limits: NearLimits) -> QuerySet[Case]:
    """Open cases a report could join, the nearest first."""
    if report.point is None or report.kind_id is None:
        return Case.objects.none()
    rows = Case.objects.visible_to(user).open().filter(kind=report.kind_id, township__code=f"{report.grid_code[:9]}000")
    return _near(rows, report.point, report.occurred_at, limits).exclude(reporter=report.person_id, report=report.uuid)


def cases_like(case: Case, user: User, *, limits: NearLimits) -> QuerySet[Case]:
    """Cases of the same kind at the same place, whatever became of them: does it happen again and again?"""
    if case.point is None or case.kind_id is None:
        return Case.objects.none()
    rows = Case.objects.visible_to(user).filter(kind=case.kind_id).exclude(number="").exclude(pk=case.pk)
    return _near(rows, case.point, case.occurred_at, limits)


def reports_near(report: Report, user: User, *, limits: NearLimits) -> QuerySet[Report]:
    """Reports nobody has decided on that may say the same, the nearest first."""
    if report.point is None or report.kind_id is None:
        return Report.objects.none()
    rows = undecided_reports(user).filter(kind=report.kind_id).exclude(pk=report.pk)
    return _near(rows, report.point, report.occurred_at, limits)


def _near(rows: QuerySet[Any], point: Point, at: datetime, limits: NearLimits) -> QuerySet[Any]:
    """The box uses the index, the distance on the sphere decides."""
    up = limits.metres / METRES_PER_DEGREE * 1.02
    side = up / max(0.1, math.cos(math.radians(point.y)))
    box = Polygon.from_bbox((point.x - side, point.y - up, point.x + side, point.y + up))
    box.srid = 4326
    span = timedelta(hours=limits.hours)
    rows = rows.filter(point__within=box, occurred_at__gte=at - span, occurred_at__lte=at + span)
    near: QuerySet[Any] = rows.filter(point__distance_lte=(point, D(m=limits.metres)))
    nearest: QuerySet[Any] = near.annotate(away=Distance("point", point)).order_by("away")
    return nearest
