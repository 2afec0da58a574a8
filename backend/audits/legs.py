"""Pieces of track that count for one grid on one day: read as they came, merged by phone, cut by the county's rules."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import Polygon
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.actions import have_consented
from backend.field.models import Flag, TrackSegment
from backend.field.whole_tracks import WholeTrack, merge_segments
from backend.places.models import Grid
from backend.places.rules import Rules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TAKEN_OUT = "看过之后决定位置不算"
NO_CONSENT = "本人没有同意记录路线"
LATE = "late"
#: A fix that is no evidence is counted once, by the first of these.
UNCOUNTED = (
    ("mock", geo.Reason.MOCK),
    ("clock", geo.Reason.BAD_CLOCK),
    ("unusable", geo.Reason.UNUSABLE_ACCURACY),
    ("low_accuracy", geo.Reason.LOW_ACCURACY),
    ("jump", geo.Reason.JUMP | geo.Reason.FAST),
)


@dataclass(slots=True)
class DayLegs:
    """``legs`` are metres for the engine; everything else is the evidence, without a position of anybody."""

    legs: list[Floats] = field(default_factory=list)
    pieces: list[dict[str, Any]] = field(default_factory=list)
    silences: list[dict[str, Any]] = field(default_factory=list)
    uncounted: Counter[str] = field(default_factory=Counter)
    left_out: set[Any] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Supposed:
    """A decision nobody made, to tell beforehand what it would do."""

    flag: Flag
    counts: bool


def day_legs(
    grid: Grid, day: date, outline: BaseGeometry, rules: Rules, srid: int, *, supposed: Supposed | None = None
) -> DayLegs:
    """What everybody's tracks say of a grid's day. The same rows give the same answer, in whatever order they came."""
    near = outline.buffer(rules.coverage.view_m + rules.coverage.simplify_m)
    shapely.prepare(near)
    found = DayLegs()
    segments = _segments(day, near, srid)
    late, out = _flags(segments, supposed)
    consented = have_consented({row.person_id for row in segments})
    for _, group in sorted(_by_phone(segments).items(), key=lambda entry: str(entry[0])):
        first = group[0]
        why = "" if first.person_id in consented else NO_CONSENT
        removed = {row.item for row in group if out & {(row.person_id, row.patrol_uuid), (row.person_id, row.item)}}
        for is_out in (False, True):
            rows = [row for row in group if (row.item in removed) == is_out]
            if rows:
                reason = why or (TAKEN_OUT if is_out else "")
                _take(found, rows, grid, near, rules, srid, why=reason, late=late)
                if reason:
                    found.left_out.add(first.patrol_uuid)
    found.pieces.sort(key=lambda piece: (piece["from"], piece["item"]))
    found.silences.sort(key=lambda silence: (silence["from"], silence["to"]))
    return found


def _segments(day: date, near: BaseGeometry, srid: int) -> list[TrackSegment]:
    """All pieces of that day of every patrol that came near the grid."""
    box = Polygon.from_bbox(geo.to_lonlat(shapely.box(*near.bounds), srid).bounds)
    box.srid = 4326
    patrols = TrackSegment.objects.filter(day=day, bbox__bboverlaps=box).values_list("patrol_uuid", flat=True)
    rows = TrackSegment.objects.filter(day=day, patrol_uuid__in=set(patrols))
    return list(rows.order_by("t0", "item", "seq"))


def _by_phone(segments: Iterable[TrackSegment]) -> dict[Any, list[TrackSegment]]:
    groups: dict[Any, list[TrackSegment]] = defaultdict(list)
    for row in segments:
        groups[row.person_id, row.patrol_uuid, row.device_id].append(row)
    return groups


def _flags(segments: Sequence[TrackSegment], supposed: Supposed | None = None) -> tuple[set[Any], set[Any]]:
    """(person, patrol or item) that came late, and those a person decided do not count."""
    about = {row.patrol_uuid for row in segments} | {row.item for row in segments}
    late, out = set(), set()
    for pk, person, thing, rule, decision in Flag.objects.filter(about_id__in=about).values_list(
        "pk", "person", "about_id", "rule", "decision"
    ):
        if rule == LATE:
            late.add((person, thing))
        is_out = decision == "does_not_count"
        if supposed is not None and supposed.flag.pk == pk:
            is_out = not supposed.counts
        if is_out:
            out.add((person, thing))
    return late, out


def items_of(rows: Sequence[TrackSegment]) -> Ints:
    """For each instant of merged uploads the first that has a fix of it, as an index of ``rows``."""
    times = [geo.decode_track(bytes(row.twkb))[2] for row in rows]
    time_ms = np.concatenate(times)
    index = np.repeat(np.arange(len(rows)), [len(column) for column in times])
    order = np.lexsort((index, time_ms))
    return index[order][np.diff(time_ms[order], prepend=time_ms.min() - 1) > 0]


def _take(
    found: DayLegs,
    rows: list[TrackSegment],
    grid: Grid,
    near: BaseGeometry,
    rules: Rules,
    srid: int,
    *,
    why: str,
    late: set[Any],
) -> None:
    track = merge_segments(rows, rules=rules)
    if track is None:
        return
    fixes, items = track.fixes, items_of(rows)
    xy = shapely.get_coordinates(geo.to_metric(shapely.points(fixes.lon, fixes.lat), srid))
    in_force = _in_force(fixes.time_ms, grid)
    close = in_force & shapely.intersects_xy(near, xy[:, 0], xy[:, 1])
    _count(found.uncounted, fixes.reasons[close].astype(np.int64))
    told: dict[int, dict[str, Any]] = {}
    for leg in geo.legs(fixes.time_ms, fixes.reasons, limits=rules.track, interval_s=track.interval_s, gaps=track.gaps):
        for part in _runs(leg, in_force[leg]):
            line = shapely.linestrings(xy[part]) if len(part) > 1 else shapely.points(xy[part[0]])
            if near.intersects(line):
                if not why:
                    found.legs.append(xy[part])
                _tell(told, fixes.time_ms[part], items[part], xy[part], close[part], near)
    for index, facts in told.items():
        row = rows[index]
        is_late = bool(late & {(row.person_id, row.patrol_uuid), (row.person_id, row.item)})
        same = {"item": str(row.item), "patrol": str(row.patrol_uuid), "is_late": is_late, "counted": not why, "why": why}
        found.pieces.append({**same, **facts, "length_m": round(facts["length_m"]), "sha": _sha(row)})
    if not why:
        found.silences += _silences(track, xy, in_force, near, rules)


def _tell(told: dict[int, dict[str, Any]], times: Ints, items: Ints, xy: Floats, close: Any, near: BaseGeometry) -> None:
    """When each upload was near the grid, and how far it went there."""
    lengths = np.zeros(len(xy))
    if len(xy) > 1:
        steps = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
        lengths[1:] = shapely.length(shapely.intersection(steps, near))
    involved = close | (lengths > 0)
    for index in np.unique(items[involved]):
        mine = (items == index) & involved
        first, last = int(times[mine][0]), int(times[mine][-1])
        facts = told.setdefault(int(index), {"from": first, "to": last, "length_m": 0.0})
        facts["from"], facts["to"] = min(facts["from"], first), max(facts["to"], last)
        facts["length_m"] += float(lengths[mine].sum())


def _silences(track: WholeTrack, xy: Floats, in_force: Any, near: BaseGeometry, rules: Rules) -> list[dict[str, Any]]:
    """Silences whose two ends somebody could have walked or ridden between; the way itself is unknown."""
    fixes, found = track.fixes, []
    for silence in geo.silences(fixes.time_ms, fixes.reasons, gaps=track.gaps, limits=rules.track, interval_s=track.interval_s):
        a, b = silence.before, silence.after
        if a is None or b is None or not (in_force[a] and in_force[b]):
            continue
        away_m = float(np.hypot(*(xy[b] - xy[a])))
        if away_m <= rules.ride_mps * silence.seconds and near.intersects(shapely.linestrings([xy[a], xy[b]])):
            points = [[round(float(value), 1) for value in xy[i]] for i in (a, b)]
            found.append({"from": silence.from_ms, "to": silence.to_ms, "cause": silence.cause.value, "line": points})
    return found


def _in_force(time_ms: Ints, grid: Grid) -> NDArray[np.bool_]:
    inside = np.ones(len(time_ms), dtype=np.bool_)
    if grid.valid is not None and grid.valid.lower is not None:
        inside &= time_ms >= _ms(grid.valid.lower)
    if grid.valid is not None and grid.valid.upper is not None:
        inside &= time_ms < _ms(grid.valid.upper)
    return inside


def _runs(leg: Ints, wanted: NDArray[np.bool_]) -> list[Ints]:
    """Stretches of a leg that are wanted, unbroken."""
    if wanted.all():
        return [leg]
    pieces = np.split(np.arange(len(leg)), np.flatnonzero(np.diff(wanted.astype(np.int8))) + 1)
    return [leg[piece] for piece in pieces if len(piece) and wanted[piece[0]]]


def _count(uncounted: Counter[str], reasons: NDArray[np.int64]) -> None:
    left = reasons.copy()
    for name, bit in UNCOUNTED:
        has = (left & int(bit)) != 0
        uncounted[name] += int(has.sum())
        left = left[~has]


def _sha(row: TrackSegment) -> str:
    return hashlib.sha256(bytes(row.twkb) + bytes(row.reasons)).hexdigest()


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
