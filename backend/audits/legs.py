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
from backend.accounts.actions import has_consented
from backend.field.models import Flag, TrackSegment
from backend.places.models import Grid
from backend.places.rules import Rules
from geo.fixes import distances_m

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
    ("jump", geo.Reason.JUMP),
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
class Stream:
    """Fixes of one patrol on one phone in order of time; ``item`` says which upload each came in."""

    time_ms: Ints
    lon: Floats
    lat: Floats
    reasons: NDArray[np.int64]
    item: Ints
    gaps: list[tuple[int, int]]
    causes: list[tuple[int, int, str]]


def day_legs(grid: Grid, day: date, outline: BaseGeometry, rules: Rules, srid: int) -> DayLegs:
    """What everybody's tracks say of a grid's day. The same rows give the same answer, in whatever order they came."""
    near = outline.buffer(rules.coverage.view_m + rules.coverage.simplify_m)
    shapely.prepare(near)
    found = DayLegs()
    people: dict[int, bool] = {}
    late, out = _flags(segments := _segments(day, near, srid))
    for _, group in sorted(_by_phone(segments).items(), key=lambda entry: str(entry[0])):
        first = group[0]
        if first.person_id not in people:
            people[first.person_id] = has_consented(first.person)
        why = "" if people[first.person_id] else NO_CONSENT
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
    rows = TrackSegment.objects.filter(day=day, patrol_uuid__in=set(patrols)).select_related("person")
    return list(rows.order_by("t0", "item", "seq"))


def _by_phone(segments: Iterable[TrackSegment]) -> dict[Any, list[TrackSegment]]:
    groups: dict[Any, list[TrackSegment]] = defaultdict(list)
    for row in segments:
        groups[row.person_id, row.patrol_uuid, row.device_id].append(row)
    return groups


def _flags(segments: Sequence[TrackSegment]) -> tuple[set[Any], set[Any]]:
    """(person, patrol or item) that came late, and those a person decided do not count."""
    about = {row.patrol_uuid for row in segments} | {row.item for row in segments}
    late, out = set(), set()
    for person, thing, rule, decision in Flag.objects.filter(about_id__in=about).values_list(
        "person", "about_id", "rule", "decision"
    ):
        if rule == LATE:
            late.add((person, thing))
        if decision == "does_not_count":
            out.add((person, thing))
    return late, out


def read_stream(rows: Sequence[TrackSegment], rules: Rules) -> Stream:
    """Uploads of one phone merged: a fix that came in two of them is one fix, and a jump between two of them is a jump."""
    columns: list[Any] = [geo.decode_track(bytes(row.twkb)) for row in rows]
    lon, lat, time_ms = (np.concatenate([column[i] for column in columns]) for i in range(3))
    reasons = np.concatenate([np.frombuffer(bytes(row.reasons), dtype=np.uint8) for row in rows]).astype(np.int64)
    item = np.repeat(np.arange(len(rows)), [len(column[2]) for column in columns])
    acc_m = np.concatenate([np.frombuffer(bytes(row.acc), "<u2") for row in rows]) / 2.0
    order = np.lexsort((item, time_ms))
    order = order[np.r_[True, np.diff(time_ms[order]) > 0]] if len(order) else order
    time_ms, lon, lat = time_ms[order], lon[order], lat[order]
    reasons, item, acc_m = reasons[order], item[order], acc_m[order]
    between = np.flatnonzero(np.diff(item) != 0)
    far = distances_m(lon, lat)[between] - acc_m[between] - acc_m[between + 1]
    jumped = between[far > rules.track.jump_mps * np.diff(time_ms)[between] / 1000.0] + 1
    reasons[jumped] |= int(geo.Reason.JUMP)
    said = [(int(gap["from"]), int(gap["to"]), str(gap.get("cause", ""))) for row in rows for gap in row.gaps]
    return Stream(time_ms, lon, lat, reasons, item, sorted({(a, b) for a, b, _ in said}), sorted(set(said)))


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
    stream = read_stream(rows, rules)
    metric = geo.to_metric(shapely.points(stream.lon, stream.lat), srid)
    xy = shapely.get_coordinates(metric)
    in_force = _in_force(stream.time_ms, grid)
    close = in_force & shapely.intersects_xy(near, xy[:, 0], xy[:, 1])
    _count(found.uncounted, stream.reasons[close])
    seen_items: dict[int, dict[str, Any]] = {}
    ends: list[tuple[int, int]] = []
    for leg in geo.legs(stream.time_ms, stream.reasons, limits=rules.track, gaps=stream.gaps):
        ends.append((int(leg[0]), int(leg[-1])))
        for part in _runs(leg, in_force[leg]):
            line = shapely.linestrings(xy[part]) if len(part) > 1 else shapely.points(xy[part[0]])
            if not near.intersects(line):
                continue
            if not why:
                found.legs.append(xy[part])
            _tell(seen_items, part, stream, xy, close, near)
    for index, told in seen_items.items():
        row = rows[index]
        is_late = bool(late & {(row.person_id, row.patrol_uuid), (row.person_id, row.item)})
        same = {"item": str(row.item), "patrol": str(row.patrol_uuid), "is_late": is_late, "counted": not why, "why": why}
        found.pieces.append({**same, **told, "length_m": round(told["length_m"]), "sha": _sha(row)})
    if not why:
        found.silences += _silences(ends, stream, xy, in_force, near, rules)


def _tell(
    seen_items: dict[int, dict[str, Any]], part: Ints, stream: Stream, xy: Floats, close: Any, near: BaseGeometry
) -> None:
    """When each upload was near the grid, and how far it went there."""
    steps = shapely.linestrings(np.stack([xy[part[:-1]], xy[part[1:]]], axis=1)) if len(part) > 1 else np.array([])
    lengths = np.zeros(len(part))
    lengths[1:] = shapely.length(shapely.intersection(steps, near)) if len(steps) else 0
    involved = close[part] | (lengths > 0)
    for index in np.unique(stream.item[part][involved]):
        mine = (stream.item[part] == index) & involved
        times = stream.time_ms[part][mine]
        told = seen_items.setdefault(int(index), {"from": int(times[0]), "to": int(times[-1]), "length_m": 0.0})
        told["from"], told["to"] = min(told["from"], int(times[0])), max(told["to"], int(times[-1]))
        told["length_m"] += float(lengths[mine].sum())


def _silences(
    ends: list[tuple[int, int]], stream: Stream, xy: Floats, in_force: Any, near: BaseGeometry, rules: Rules
) -> list[dict[str, Any]]:
    """Gaps between two legs of a patrol whose ends somebody could have walked or ridden between; the way itself is unknown."""
    found = []
    longest_ms = rules.track.gap_s * 1000
    for (_, last), (first, _) in zip(ends, ends[1:], strict=False):
        begin, end = int(stream.time_ms[last]), int(stream.time_ms[first])
        declared = [cause for a, b, cause in stream.causes if a <= end and begin <= b]
        if not (in_force[last] and in_force[first]) or (end - begin <= longest_ms and not declared):
            continue
        away_m = float(np.hypot(*(xy[first] - xy[last])))
        line = shapely.linestrings([xy[last], xy[first]])
        if away_m <= rules.ride_mps * (end - begin) / 1000 and near.intersects(line):
            points = [[round(float(value), 1) for value in xy[i]] for i in (last, first)]
            found.append({"from": begin, "to": end, "cause": declared[0] if declared else "", "line": points})
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
