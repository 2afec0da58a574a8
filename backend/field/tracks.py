"""Tracks into rows: cut at local midnight, visits from unbroken evidence, the last position while the patrol runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings

from backend.accounts.actions import has_consented
from backend.accounts.models import Device, User
from backend.field.located import GridsOfADay, grids_at
from backend.field.models import LastPosition, TrackSegment
from backend.field.stays import NEAR_HIGH, NEAR_WIDE, reach_by_stay
from backend.field.tracks_sql import STORE_SEGMENT
from backend.field.whole_tracks import fixes_of
from backend.patrols.models import Patrol
from backend.statements import ask
from geo import Fixes, TrackLimits, encode_track, legs, visits

DAY_MS = 86_400_000
Gaps = Sequence[tuple[int, int]]


def store_track(
    item: UUID,
    fixes: Fixes,
    *,
    patrol: UUID,
    person: User,
    device: Device,
    gaps: Sequence[dict[str, Any]] = (),
    interval_s: int | None = None,
    course_deg: int | None = None,
    home_code: str = "",
    limits: TrackLimits | None = None,
) -> None:
    """Store one uploaded piece of a track. Storing it again changes nothing."""
    cuts = midnights(fixes.time_ms)
    spans = [(int(gap["from"]), int(gap["to"])) for gap in gaps]
    for seq, (begin, end) in enumerate(pairwise(cuts)):
        piece = fixes if len(cuts) == 2 else cut(fixes, slice(begin, end))
        is_last = end == len(fixes)
        grids = _grids(piece)
        where = grids.locate(piece.lon, piece.lat)
        row = _segment(piece) | _visits(piece, spans, grids, where, limits, interval_s)
        course = course_deg if is_last else None
        row |= _last(piece, grids, where, course_deg=course, home_code=home_code)
        row |= {"wide": NEAR_WIDE, "high": NEAR_HIGH, "course": course, "interval_s": interval_s}
        row |= {"item": item, "seq": seq, "person": person.pk, "device": device.pk, "patrol": patrol}
        stored = ask(STORE_SEGMENT, row | {"gaps": json.dumps(list(gaps)) if seq == 0 else "[]"})
        if stored:
            reach_by_stay(person, patrol, [key for (key,) in stored], home=home_code)


def refresh_last_position(person: User, *, home_code: str = "") -> None:
    """Show where the running patrol was last seen, from its segments; nothing if none runs."""
    newest = Patrol.objects.filter(person=person).order_by("-started_at", "-pk").first()
    running = newest if newest is not None and newest.ended_at is None else None
    shown = LastPosition.objects.filter(person=person)
    if running is None or not has_consented(person):
        shown.delete()
        return
    shown.exclude(patrol_uuid=running.uuid).delete()
    for segment in TrackSegment.objects.filter(person=person, patrol_uuid=running.uuid).order_by("-t1")[:5]:
        piece = fixes_of(segment)
        grids = _grids(piece)
        last = _last(piece, grids, grids.locate(piece.lon, piece.lat), course_deg=segment.course_deg, home_code=home_code)
        if last["last_ms"] is None:
            continue
        values = {
            "patrol_uuid": running.uuid,
            "t": datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=last["last_ms"]),
            "point": f"SRID=4326;POINT({last['last_lon']!r} {last['last_lat']!r})",
            "accuracy_m": last["last_acc"],
            "course_deg": last["last_course"],
            "grid_code": last["last_grid"],
        }
        LastPosition.objects.update_or_create(person=person, defaults=values)
        return


def midnights(time_ms: Any) -> list[int]:
    """Indices where a new calendar day of the county begins, with the first and the end."""
    offset = datetime.fromtimestamp(int(time_ms[-1]) / 1000, ZoneInfo(settings.COUNTY_TIME_ZONE)).utcoffset()
    days = (time_ms + int((offset or timedelta()).total_seconds() * 1000)) // DAY_MS
    return [0, *(np.flatnonzero(np.diff(days)) + 1).tolist(), len(time_ms)]


def cut(fixes: Fixes, part: Any) -> Fixes:
    return Fixes(
        fixes.time_ms[part], fixes.lon[part], fixes.lat[part], fixes.accuracy[part], fixes.speed[part], fixes.reasons[part]
    )


def _segment(piece: Fixes) -> dict[str, Any]:
    counts = piece.counts if piece.counts.any() else np.ones(len(piece), dtype=bool)
    lon, lat = piece.lon[counts], piece.lat[counts]
    return {
        "t0": int(piece.time_ms[0]),
        "t1": int(piece.time_ms[-1]),
        "n": len(piece),
        "west": float(lon.min()),
        "south": float(lat.min()),
        "east": float(lon.max()),
        "north": float(lat.max()),
        "twkb": encode_track(piece.lon, piece.lat, piece.time_ms),
        "acc": piece.accuracy.astype("<u2").tobytes(),
        "speed": piece.speed.astype("<u2").tobytes(),
        "reasons": piece.reasons.tobytes(),
        "day": local_day(int(piece.time_ms[0])),
    }


def _visits(
    piece: Fixes, gaps: Gaps, grids: GridsOfADay, where: Any, limits: TrackLimits | None, interval_s: int | None
) -> dict[str, Any]:
    """Stays in grids, from fixes that are evidence, never across a gap or a jump."""
    stretches = legs(piece.time_ms, piece.reasons, limits=limits, interval_s=interval_s, gaps=gaps)
    if not stretches:
        return {"grids": [], "entries": [], "exits": [], "counts": []}
    used = np.concatenate(stretches)
    starts = np.zeros(len(used), dtype=bool)
    starts[np.cumsum([0, *(len(leg) for leg in stretches[:-1])])] = True
    stays = visits(piece.time_ms[used], where[used], starts=starts)
    return {
        "grids": [grids.key(int(found)) for found in stays.grid],
        "entries": stays.entry_ms.tolist(),
        "exits": stays.exit_ms.tolist(),
        "counts": stays.n.tolist(),
    }


def _last(
    piece: Fixes, grids: GridsOfADay, where: Any, *, course_deg: int | None = None, home_code: str = ""
) -> dict[str, Any]:
    """The newest fix that counts. Outside every grid the person's own grid stands in, so that their centre still sees them."""
    counting = np.flatnonzero(piece.counts)
    if not len(counting):
        return dict.fromkeys(("last_ms", "last_lon", "last_lat", "last_acc", "last_course", "last_grid"))
    i = int(counting[-1])
    code = grids.code(int(where[i]))
    return {
        "last_ms": int(piece.time_ms[i]),
        "last_lon": float(piece.lon[i]),
        "last_lat": float(piece.lat[i]),
        "last_acc": float(piece.accuracy[i]) / 2.0,
        "last_course": float(course_deg) if course_deg is not None and i == len(piece) - 1 else None,
        "last_grid": code or home_code,
    }


def _grids(piece: Fixes) -> GridsOfADay:
    return grids_at(datetime.fromtimestamp(int(piece.time_ms[0]) / 1000, UTC))


def local_day(ms: int) -> date:
    """The county's calendar day of an instant."""
    return datetime.fromtimestamp(ms / 1000, ZoneInfo(settings.COUNTY_TIME_ZONE)).date()
