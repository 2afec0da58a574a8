"""Seen ground as it is stored, read back into metres and united over days; figures are kept by the rows that made them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely
from django.db.models import F
from shapely.geometry.base import BaseGeometry

import geo
from backend.audits.days import CoverageDay, SeenShape
from backend.audits.grounds import PatrollableGround
from backend.places.layers import to_shapely

DECIMETRE = 0.1  # what TWKB keeps of a metre
KEPT = 100_000

NOTHING = shapely.MultiPolygon()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one ground over some days, in whole square metres and metres."""

    seen_m2: int = 0
    roads_m: int = 0
    banks_m: int = 0


def ground_in_metres(ground: PatrollableGround) -> BaseGeometry:
    return geo.to_metric(to_shapely(ground.geometry), ground.srid)


def lines_in_metres(ground: PatrollableGround, name: str) -> BaseGeometry:
    column = getattr(ground, name)
    return geo.to_metric(to_shapely(column), ground.srid) if column is not None else shapely.MultiLineString()


def areas_only(shape: BaseGeometry) -> BaseGeometry:
    """The areas of a shape on the lattice it is stored with; crumbs of lines and points, left where borders touch, are dropped."""
    parts = shapely.get_parts(shapely.set_precision(shape, DECIMETRE))
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])


def stored_shapes(rows: Iterable[int]) -> dict[int, BaseGeometry]:
    """Seen ground of coverage rows by their key, in metres; a sealed day has none left."""
    held = CoverageDay.objects.filter(pk__in=list(rows), seen__isnull=False)
    found = held.values_list("pk", SeenShape(F("seen")))
    return {pk: shapely.from_wkb(bytes(shape)) for pk, shape in found}


def unite(shapes: Sequence[BaseGeometry], within: BaseGeometry | None) -> BaseGeometry:
    """Seen on any of the days, cut to the ground where rows were made against another one."""
    whole = shapely.union_all(shapes) if len(shapes) > 1 else shapes[0] if shapes else NOTHING
    return areas_only(shapely.intersection(whole, within)) if within is not None else whole


_known: dict[tuple[int, tuple[int, ...]], Seen] = {}
_lock = threading.Lock()


def seen_over_days(wanted: Mapping[int, tuple[tuple[int, ...], bool]]) -> dict[int, Seen]:
    """For each ground the coverage rows that say something of it, and whether they must be cut to it. Rows never change, so
    what they add up to is computed once in a process.
    """
    keys = {ground: (ground, rows) for ground, (rows, _) in wanted.items()}
    missing = [ground for ground, key in keys.items() if key not in _known]
    if missing:
        shapes = stored_shapes({row for ground in missing for row in wanted[ground][0]})
        grounds = PatrollableGround.objects.in_bulk(missing)
        fresh = {}
        for pk in missing:
            rows, is_cut = wanted[pk]
            within = ground_in_metres(grounds[pk]) if is_cut else None
            fresh[keys[pk]] = measure(grounds[pk], unite([shapes[row] for row in rows if row in shapes], within))
        with _lock:
            if len(_known) > KEPT:
                _known.clear()
            _known.update(fresh)
        return {ground: fresh.get(key) or _known[key] for ground, key in keys.items()}
    return {ground: _known[key] for ground, key in keys.items()}


def measure(ground: PatrollableGround, seen: BaseGeometry) -> Seen:
    """What an area of seen ground holds; never more than there is."""
    lengths = {
        name: round(shapely.intersection(lines_in_metres(ground, name), seen).length) if getattr(ground, f"{name}_m") else 0
        for name in ("roads", "banks")
    }
    seen_m2 = min(round(seen.area), ground.area_m2)
    return Seen(seen_m2, min(lengths["roads"], ground.roads_m), min(lengths["banks"], ground.banks_m))


def at_least(seen: Seen, alone: Iterable[tuple[int, ...]], ground: PatrollableGround) -> Seen:
    """Of sealed days only figures are left: together the days are at least what each of them alone was, never more than there is."""
    for seen_m2, roads_m, banks_m in alone:
        seen = Seen(
            min(ground.area_m2, max(seen.seen_m2, seen_m2)),
            min(ground.roads_m, max(seen.roads_m, roads_m)),
            min(ground.banks_m, max(seen.banks_m, banks_m)),
        )
    return seen
