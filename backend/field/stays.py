"""Stays at key places, seen in the whole track of a patrol: grade B. Looked at again whenever a piece arrives that comes near."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db.models import Min

from backend.accounts.models import User
from backend.field.located import grid_code_at
from backend.field.models import PlaceVisit, TrackSegment
from backend.field.reached import METRES_A_DEGREE, NARROWEST
from backend.field.whole_tracks import WholeTrack, track_of
from backend.places.models import KeyPlace
from backend.places.rules import DEFAULTS, Rules, rules_at
from geo import Fixes, choose_metric_srid, legs, stays_at, to_metric

# Nobody stays at a place without a fix this near to it.
NEAR_M = 300.0
NEAR_HIGH = NEAR_M / METRES_A_DEGREE
NEAR_WIDE = NEAR_HIGH / NARROWEST
AROUND_DEG = 0.02  # what of a track is measured; farther away nothing matters
Row = dict[str, Any]


def reach_by_stay(person: User, patrol: UUID, near: list[int], *, home: str) -> None:
    """Find the patrol's stays at some key places: those a new piece of its track comes near, or may have cut off or joined."""
    _stay(person, patrol, list(KeyPlace.objects.filter(pk__in=near).select_related("village").order_by("pk")), home=home)


def reach_without(person: User, patrol: UUID, *, home: str) -> None:
    """A piece of a patrol's track was taken back: look again at the stays that were seen in it."""
    seen = PlaceVisit.objects.filter(person=person, patrol_uuid=patrol, grade=PlaceVisit.Grade.DWELL)
    places = list(KeyPlace.objects.filter(pk__in=seen.values("key_place")).select_related("village").order_by("pk"))
    if places:
        _stay(person, patrol, places, home=home)


def _stay(person: User, patrol: UUID, places: list[KeyPlace], *, home: str) -> None:
    """Put what the whole track says in the place of what was known; by the rules of the day the patrol began."""
    began = TrackSegment.objects.filter(person=person, patrol_uuid=patrol).aggregate(first=Min("t0"))["first"]
    rules = rules_at(home or places[0].grid_code, began) if began else DEFAULTS
    track = track_of(person, patrol=patrol, rules=rules)
    rows = _rows(track, places, rules) if track else []
    old = PlaceVisit.objects.filter(person=person, patrol_uuid=patrol, grade=PlaceVisit.Grade.DWELL, key_place__in=places)
    old.delete()
    PlaceVisit.objects.bulk_create([PlaceVisit(person=person, patrol_uuid=patrol, **row) for row in rows])


def _rows(track: WholeTrack, places: list[KeyPlace], rules: Rules) -> list[Row]:
    places = [place for place in places if _comes_near(track.fixes, place)]
    if not places:
        return []
    points = np.array([(place.point.x, place.point.y) for place in places])
    found = _stays(track, points, places, rules)
    rows = []
    for index, entry_ms, exit_ms, dwell_s, fixes in zip(*(column.tolist() for column in found), strict=True):
        is_short = dwell_s < rules.place.dwell_s
        if is_short and not fixes:  # went past between two fixes
            continue
        entry, place = _at(entry_ms), places[index]
        rows.append(
            {
                "key_place": place,
                "grade": PlaceVisit.Grade.DWELL,
                "item": track.item_at(entry_ms),
                "t0": entry,
                "t1": _at(exit_ms),
                "dwell_s": round(dwell_s),
                "rule_version": rules.version,
                "evidence": {"fixes": fixes, "short": True} if is_short else {"fixes": fixes},
                "grid_code": "",
            }
        )
    _name_grids(rows)
    return rows


def _comes_near(fixes: Fixes, place: KeyPlace) -> bool:
    is_near = (np.abs(fixes.lon - place.point.x) <= NEAR_WIDE) & (np.abs(fixes.lat - place.point.y) <= NEAR_HIGH)
    return bool((is_near & fixes.counts).any())


def _name_grids(rows: list[Row]) -> None:
    """The grid each place lay in on the day it was reached; read once for each day."""
    known: dict[tuple[date, int], str] = {}
    for row in rows:
        place, key = row["key_place"], (row["t0"].date(), row["key_place"].pk)
        if key not in known:
            known[key] = grid_code_at(place.point.x, place.point.y, row["t0"])
        row["grid_code"] = known[key]


def _stays(track: WholeTrack, points: np.ndarray, places: list[KeyPlace], rules: Rules) -> Any:
    fixes = track.fixes
    west, south = points.min(axis=0) - AROUND_DEG
    east, north = points.max(axis=0) + AROUND_DEG
    near = (fixes.lon >= west) & (fixes.lon <= east) & (fixes.lat >= south) & (fixes.lat <= north)
    srid = choose_metric_srid(float(points[0, 0]))
    xy = np.zeros((len(fixes), 2))
    if near.any():
        xy[near] = shapely.get_coordinates(to_metric(shapely.multipoints(np.c_[fixes.lon[near], fixes.lat[near]]), srid))
    pieces = []
    for leg in legs(fixes.time_ms, fixes.reasons, limits=rules.track, interval_s=track.interval_s, gaps=track.gaps):
        inside = np.flatnonzero(near[leg])
        pieces += [leg[run] for run in np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1) if len(run)]
    return stays_at(
        fixes.time_ms,
        xy,
        pieces,
        shapely.get_coordinates(to_metric(shapely.points(points), srid)),
        accuracy_m=np.minimum(fixes.accuracy / 2.0, rules.place.most_radius_m),
        radius_m=[float(place.radius_m) for place in places],
        limits=rules.place,
    )


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)
