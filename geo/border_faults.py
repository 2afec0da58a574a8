"""Where villages do not fit together: ground of two, ground of nobody, ground beyond the township. Found, never repaired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

Shapes = NDArray[np.object_]
Form = Literal["overlap", "gap", "inlet", "beyond"]

#: A hole of nobody's below this area is no lake or enclave but likely a mistake.
SMALL_HOLE_M2 = 10_000.0
#: Less open ground than this between two villages is a matter of rounding.
_OPEN_M2 = 0.05
#: Outer borders that meet at more than about 2 degrees are no slit.
_SHARPEST = 50.0
#: Outlines this close touch.
_TOUCH_M = 0.01


@dataclass(frozen=True, slots=True)
class BorderConflict:
    """Ground wider than 1 m that two villages claim or none does.

    ``form``: ``overlap`` of two villages, ``gap`` enclosed by villages, ``inlet`` open to the outside (found by comparing with
    the township), ``beyond`` the township. ``first`` and ``second`` are codes of the villages concerned, the one with the longer
    border on that ground first; empty where there is none. ``place`` is the middle of its widest part, metres.
    ``proposed`` is the village it would go to: the one with the longest border on it.
    """

    form: Form
    first: str
    second: str
    area_m2: float
    width_m: float
    place: Point
    proposed: str
    remedy: str

    def moved(self, place: Point) -> BorderConflict:
        """The same with its place elsewhere."""
        return replace(self, place=place)


@dataclass(frozen=True, slots=True)
class UncoveredHole:
    """A small hole in one village that no other fills; it stays a hole."""

    village: str
    area_m2: float
    place: Point


class Overlaps(NamedTuple):
    """Conflicts with their ground and the positions of the two villages."""

    conflicts: list[BorderConflict]
    parts: list[Polygon]
    owners: list[tuple[int, int]]


class Floor(NamedTuple):
    """All villages with their codes, and the width from which a misfit is a conflict."""

    codes: Sequence[str]
    villages: Shapes
    gap_m: float


def find_overlaps(codes: Sequence[str], villages: Shapes, gap_m: float) -> Overlaps:
    """Ground wider than ``gap_m`` that belongs to two villages."""
    found = Overlaps([], [], [])
    first, second = shapely.STRtree(villages).query(villages, predicate="intersects")
    pair = first < second
    order = np.lexsort((second[pair], first[pair]))
    for one, other in zip(first[pair][order].tolist(), second[pair][order].tolist(), strict=True):
        shared = shapely.normalize(shapely.intersection(villages[one], villages[other]))
        for part in shapely.get_parts(shared):
            if is_wide(part, gap_m):
                longest = _by_border(part, shapely.difference(villages[[one, other]], part))
                nearest = (one, other)[longest[0] if longest else 0]
                remedy = f"give it to one of the two, by its longer border {codes[nearest]}"
                place = _conflict("overlap", (codes[one], codes[other]), part, codes[nearest], remedy)
                found.conflicts.append(place)
                found.parts.append(part)
                found.owners.append((one, other))
    return found


def find_gaps(floor: Floor) -> tuple[list[BorderConflict], list[UncoveredHole]]:
    """Ground enclosed by villages that belongs to none: between several a conflict, inside one a hole if it is small."""
    conflicts, holes = [], []
    for gap in _enclosed(floor.villages):
        around = _by_border(gap, floor.villages)
        if len(around) > 1:
            if is_wide(gap, floor.gap_m):
                conflicts.append(_between("gap", gap, around, floor.codes))
        elif around and gap.area < SMALL_HOLE_M2:
            holes.append(UncoveredHole(floor.codes[around[0]], round(gap.area, 1), _widest(gap)[0]))
    return conflicts, holes


def find_outside(floor: Floor, township: Polygon | MultiPolygon) -> list[BorderConflict]:
    """Ground of the township open to its outside that no village has, and ground of villages beyond it."""
    union, conflicts = shapely.union_all(floor.villages), []
    enclosed = shapely.union_all(_enclosed(floor.villages))
    missing = shapely.difference(shapely.difference(township, union), enclosed)
    for part in _wide_parts(missing, floor.gap_m):
        conflicts.append(_between("inlet", part, _by_border(part, floor.villages), floor.codes))
    for number, village in enumerate(floor.villages):
        for part in _wide_parts(shapely.difference(village, township), floor.gap_m):
            code = floor.codes[number]
            remedy = f"cut it off {code}, or use an outline of the township that holds it"
            conflicts.append(_conflict("beyond", (code, ""), part, code, remedy))
    return conflicts


def find_slits(floor: Floor) -> list[BorderConflict]:
    """Ground of nobody's no wider than ``gap_m`` between villages that is open at an end, so that no village encloses it."""
    union, half = shapely.union_all(floor.villages), floor.gap_m / 2.0
    dials: dict[str, Any] = {"join_style": "mitre", "mitre_limit": _SHARPEST}
    closed = shapely.buffer(shapely.buffer(union, half, **dials), -half, **dials)
    slits = []
    enclosed = shapely.union_all(_enclosed(floor.villages))
    for part in shapely.get_parts(shapely.normalize(shapely.difference(shapely.difference(closed, union), enclosed))):
        around = _by_border(part, floor.villages) if part.geom_type == "Polygon" and part.area > _OPEN_M2 else []
        if len(around) > 1:
            slits.append(_between("inlet", part, around, floor.codes))
    return slits


def is_wide(part: BaseGeometry, width_m: float) -> bool:
    """Whether a disc of that width fits in."""
    return part.geom_type == "Polygon" and part.area > width_m**2 / 2.0 and not shapely.buffer(part, -width_m / 2.0).is_empty


def _enclosed(villages: Shapes) -> list[Polygon]:
    union = shapely.union_all(villages)
    rings = [Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
    parts = shapely.get_parts(shapely.difference(np.array(rings, dtype=object), union)) if rings else []
    return [part for part in shapely.normalize(np.asarray(parts, dtype=object)) if part.geom_type == "Polygon"]


def _wide_parts(ground: BaseGeometry, width_m: float) -> list[Polygon]:
    return [part for part in shapely.get_parts(shapely.normalize(ground)) if is_wide(part, width_m)]


def _between(form: Form, part: Polygon, around: list[int], codes: Sequence[str]) -> BorderConflict:
    names = [codes[number] for number in around[:2]]
    first, second = (*names, "", "")[:2]
    remedy = f"give it to {first}, which has the longest border on it" if first else "draw the village it belongs to"
    return _conflict(form, (first, second), part, first, remedy)


def _conflict(form: Form, names: tuple[str, str], part: Polygon, proposed: str, remedy: str) -> BorderConflict:
    place, width_m = _widest(part)
    return BorderConflict(form, *names, round(part.area, 1), round(width_m, 1), place, proposed, remedy)


def _widest(part: Polygon) -> tuple[Point, float]:
    """Middle and width of the largest disc that fits in."""
    tolerance_m = max(0.02, 0.01 * part.area**0.5)
    radius = shapely.maximum_inscribed_circle(part, tolerance=tolerance_m)
    return Point(radius.coords[0]), 2.0 * float(radius.length)


def _by_border(part: Polygon, villages: Shapes) -> list[int]:
    """Positions of villages that touch it along a line, the longest first; lengths in whole centimetres decide."""
    rim = shapely.buffer(part.boundary, _TOUCH_M)
    near = np.sort(shapely.STRtree(villages).query(rim, predicate="intersects"))
    shared = shapely.length(shapely.intersection(shapely.boundary(villages[near]), rim))
    cm = np.rint(100.0 * shared).astype(np.int64)
    order = np.lexsort((near, -cm))
    return [int(near[at]) for at in order if cm[at] > 5]
