"""A grid's ground cut into what was seen, could not be entered, was not recorded, and everything else. They tile it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

import geo
from backend.places.rules import Rules
from geo.coverage import split_ground

KINDS = ("seen", "no_entry", "not_recorded", "none")


@dataclass(frozen=True, slots=True)
class Parts:
    """In metres. Only ``seen`` counts; the others say why the rest does not."""

    seen: BaseGeometry
    no_entry: BaseGeometry
    not_recorded: BaseGeometry
    none: BaseGeometry


def cut_parts(
    ground: BaseGeometry,
    seen: BaseGeometry,
    refusals: Sequence[dict[str, Any]],
    silences: Sequence[dict[str, Any]],
    rules: Rules,
    srid: int,
) -> Parts:
    """Seen first; then the ground a place that could not be entered stands for; then what lies within sight of the straight way
    between the two ends of a gap. Nobody knows which way it was: the straight one is the least there was to walk.
    """
    limits = rules.coverage
    points = shapely.points([(row["lon"], row["lat"]) for row in refusals]) if refusals else []
    closed = shapely.union_all(shapely.buffer(geo.to_metric(points, srid), limits.ground_m)) if refusals else shapely.Polygon()
    ways = [shapely.linestrings(silence["line"]).buffer(limits.view_m) for silence in silences]
    unknown = shapely.union_all(ways) if ways else shapely.Polygon()
    return Parts(*split_ground(ground, [seen, closed, unknown]))


def whole_numbers(parts: Parts, ground_m2: int, seen_m2: int) -> dict[str, int]:
    """Square metres that add up to the ground exactly; what rounding leaves is put to what nobody saw."""
    numbers = {"seen": seen_m2}
    left = ground_m2 - seen_m2
    for kind in ("no_entry", "not_recorded"):
        numbers[kind] = min(round(getattr(parts, kind).area), left)
        left -= numbers[kind]
    return numbers | {"none": left}
