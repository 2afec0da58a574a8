"""Today so far, to look back over: what was reported and sent, where somebody was, how many were out. Nobody's way, nobody's name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, Min, Q

from backend.accounts.models import User, in_stems
from backend.command.describe import describe_reports
from backend.command.messages import SHOWN, describe_alerts
from backend.field.models import CENTRE_AND_SUPERVISOR, Report, TrackSegment, Visit
from backend.patrols.models import Patrol
from backend.places.models import GridDuty
from notifications.models import Alert

STEP = timedelta(minutes=5)
AT_MOST = 1000
LONGEST = timedelta(hours=16)
SILENT = timedelta(minutes=30)  # a patrol whose end never came counts so long after its last word


def day_so_far(user: User, *, at: datetime) -> dict[str, Any]:
    """Everything from the county's midnight to ``at``, each thing with the time it came."""
    begin = at.astimezone(ZoneInfo(settings.COUNTY_TIME_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    stems = user.stems(at, CENTRE_AND_SUPERVISOR)
    inside = in_stems("grid_code", stems) | (Q(grid_code="") & in_stems("home_code", stems))
    reports = Report.objects.visible_to(user).filter(inside, received_at__gte=begin, received_at__lte=at)
    alerts = Alert.objects.filter(in_stems("area_stem", stems), kind__in=SHOWN, made_at__gte=begin, made_at__lte=at)
    visits = Visit.objects.visible_to(user).filter(in_stems("grid__code", stems), t1__gte=begin, t0__lte=at)
    first = visits.values("grid__code").annotate(first=Min("t0")).order_by("grid__code")
    return {
        "begin": begin,
        "at": at,
        "step_s": int(STEP.total_seconds()),
        "walking": _walking(stems, begin=begin, at=at),
        "visited": [{"grid": row["grid__code"], "at": max(row["first"], begin)} for row in first],
        "reports": describe_reports(list(reports.select_related("kind", "person").order_by("-received_at", "-pk")[:AT_MOST])),
        "alerts": describe_alerts(list(alerts.select_related("made_by").order_by("-made_at", "-pk")[:AT_MOST])),
    }


def _walking(stems: Iterable[str], *, begin: datetime, at: datetime) -> list[int]:
    """How many were on patrol at the end of each step of the day: a sum over the units one looks after, never a person."""
    people = GridDuty.objects.valid_at(at).filter(in_stems("grid__code", stems)).values("user")
    rows = Patrol.objects.filter(person__in=people, started_at__lte=at, started_at__gt=begin - LONGEST)
    patrols = list(rows.values_list("uuid", "person", "started_at", "ended_at"))
    open_ones = [uuid for uuid, _, _, end in patrols if end is None]
    heard = TrackSegment.objects.filter(patrol_uuid__in=open_ones).values_list("patrol_uuid").annotate(Max("t1"))
    silent = {uuid: last + SILENT for uuid, last in heard}
    spans = [(person, start, end or silent.get(uuid) or start + SILENT) for uuid, person, start, end in patrols]
    steps = [min(begin + STEP * (i + 1), at) for i in range(math.ceil((at - begin) / STEP))]
    return [len({person for person, start, end in spans if start <= step < end}) for step in steps]
