"""One person's track, for somebody who gave a reason: only the part inside grids they may see, and written down first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

import geo
from backend.accounts.actions import record_look
from backend.accounts.models import User
from backend.field.models import TrackSegment, Visit
from backend.problems import NotFound


@dataclass(frozen=True, slots=True)
class LookedTrack:
    """Legs of [lon, lat, epoch ms]; no line crosses a gap."""

    person: User
    legs: list[list[list[float]]]
    gaps: list[dict[str, Any]]


def look_at_track(item: UUID, *, reason: str, by: User, at: datetime) -> LookedTrack:
    """Show the stays of one uploaded piece that ``by`` may see, after writing down who looked and why."""
    visits = list(Visit.objects.visible_to(by).filter(item=item).select_related("person").order_by("t0"))
    if not visits:
        raise NotFound
    person = visits[0].person
    spans = [(_ms(visit.t0), _ms(visit.t1)) for visit in visits if visit.person_id == person.pk]
    legs: list[list[list[float]]] = []
    gaps: list[dict[str, Any]] = []
    with transaction.atomic():
        record_look(person, what="track", object_id=str(item), reason=reason, by=by, at=at)
        for segment in TrackSegment.objects.filter(person=person, item=item).order_by("seq"):
            gaps += segment.gaps
            legs += _legs_within(segment, spans)
    return LookedTrack(person, legs, [gap for gap in gaps if any(a <= gap["to"] and gap["from"] <= b for a, b in spans)])


def _legs_within(segment: TrackSegment, spans: list[tuple[int, int]]) -> list[list[list[float]]]:
    lon, lat, time_ms = geo.decode_track(bytes(segment.twkb))
    reasons = np.frombuffer(bytes(segment.reasons), dtype=np.uint8)
    declared = [(int(gap["from"]), int(gap["to"])) for gap in segment.gaps]
    shown = []
    for leg in geo.legs(time_ms, reasons, interval_s=segment.interval_s, gaps=declared):
        for start, end in spans:
            part = leg[(time_ms[leg] >= start) & (time_ms[leg] <= end)]
            if len(part):
                shown.append([[round(float(lon[i]), 6), round(float(lat[i]), 6), int(time_ms[i])] for i in part])
    return shown


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
