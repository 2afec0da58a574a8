"""Patrollable ground out of the layers of a village: roads and lanes, banks, houses, key places."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiLineString, Polygon
from django.db.models import Q
from shapely.geometry.base import BaseGeometry

import geo
from backend.audits.grounds import PatrollableGround
from backend.audits.shapes import areas_only
from backend.places.layers import grid_srid, to_column, to_shapely
from backend.places.models import Barrier, Building, Grid, KeyPlace, LandCover, RuleSet
from backend.places.rules import Rules, rules_at
from geo.coverage import patrollable_ground, seen_length

ROADS = ("main_road", "village_road", "street", "lane", "road", "path", "track")
BANKS = ("stream", "river", "canal", "ditch", "bank", "shore", "dam")
WATER = ("water", "stream", "river", "pond", "reservoir", "lake")
MADE_AS = 2  # how ground is made; another number makes it anew
AROUND_DEG = 0.003  # some 300 m: wider than any rule looks


@dataclass(frozen=True, slots=True)
class Features:
    """What stands in and around a village, in metres; None for a layer that does not exist here."""

    srid: int
    roads: list[BaseGeometry] | None
    banks: list[BaseGeometry] | None
    buildings: list[BaseGeometry] | None
    places: list[BaseGeometry] | None


def ground_of(grid: Grid, rules: Rules, *, at: datetime) -> PatrollableGround:
    """The newest ground of a grid under a version of the rules, made from the layers if it is not there."""
    held = PatrollableGround.objects.filter(grid=grid, rule_version=rules.version).order_by("-made_at", "-pk").first()
    return held or make_grounds([grid], rules=rules, at=at)[0]


def make_grounds(grids: Iterable[Grid], *, at: datetime, rules: Rules | None = None) -> list[PatrollableGround]:
    """Ground of each grid as its layers are now. What is there already, from the same layers and rule, is found, not made."""
    rows = []
    ordered = sorted(grids, key=lambda grid: (grid.village_id, grid.code))
    for _, group in groupby(ordered, key=lambda grid: grid.village_id):
        of_village = list(group)
        features = read_features(of_village[0])
        for grid in of_village:
            rows.append(_make(grid, features, rules or rules_at(grid.code, at), at=at))
    return rows


def grids_without_ground(at: datetime) -> list[Grid]:
    """Grids in force whose ground was not made, or not under the rules in force now."""
    made: dict[int, tuple[int, datetime]] = {}
    for ground in PatrollableGround.objects.newest().defer("geometry", "roads", "banks"):
        made[ground.grid_id] = ground.rule_version, ground.made_at
    changed = dict(RuleSet.objects.filter(valid__contains=at).values_list("county__code", "made_at"))
    missing = []
    for grid in Grid.objects.current().select_related("village", "plan").order_by("code"):
        version, made_at = made.get(grid.pk, (0, at))
        since = changed.get(f"{grid.code[:6]}000000")
        if version != rules_at(grid.code, at).version or (since is not None and made_at < since):
            missing.append(grid)
    return missing


def read_features(grid: Grid) -> Features:
    """The layers in and around the village of a grid; a layer without anything near the village does not exist there."""
    village = grid.village
    shape = village.boundary or grid.polygon
    west, south, east, north = shape.extent
    near = Polygon.from_bbox((west - AROUND_DEG, south - AROUND_DEG, east + AROUND_DEG, north + AROUND_DEG))
    near.srid = 4326
    srid = grid_srid(grid)
    lines = list(Barrier.objects.filter(line__bboverlaps=near).order_by("pk").values_list("kind", "line"))
    water = Q(kind__in=WATER, shape__bboverlaps=near)
    banks = [line for kind, line in lines if kind in BANKS]
    banks += LandCover.objects.filter(water).order_by("pk").values_list("shape", flat=True)
    return Features(
        srid,
        _metric([line for kind, line in lines if kind in ROADS], srid),
        _metric(banks, srid),
        _metric(Building.objects.filter(outline__bboverlaps=near).order_by("pk").values_list("outline", flat=True), srid),
        _metric(KeyPlace.objects.filter(point__bboverlaps=near).order_by("pk").values_list("point", flat=True), srid),
    )


def _make(grid: Grid, features: Features, rules: Rules, *, at: datetime) -> PatrollableGround:
    outline = geo.to_metric(to_shapely(grid.polygon), features.srid)
    layers: dict[str, Any] = {name: getattr(features, name) for name in ("roads", "banks", "buildings", "places")}
    ground = patrollable_ground(outline, limits=rules.coverage, **layers)
    dry = areas_only(shapely.difference(ground.geometry, shapely.union_all(_areas(features.banks or []))))
    values = {
        "rule_version": rules.version,
        "srid": features.srid,
        "geometry": to_column(geo.to_lonlat(dry, features.srid)),
        "area_m2": round(dry.area),
        "is_whole": ground.is_whole,
        "made_at": at,
    }
    for name in ("roads", "banks"):
        lines = _lines(layers[name] or [], outline)
        values[name] = _lines_column(lines, features.srid)
        values[f"{name}_m"] = round(seen_length(lines, outline))
    row, _ = PatrollableGround.objects.get_or_create(
        grid=grid, digest=_digest(outline, layers, rules, features.srid), defaults=values
    )
    return row


def _areas(features: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Water that has a surface: its shore is walked, it itself is no ground."""
    return [one for one in features if shapely.get_dimensions(one) == 2]


def _lines(features: Sequence[BaseGeometry], outline: BaseGeometry) -> list[BaseGeometry]:
    """Lines inside the grid, shores for what has an area; what is drawn twice is there once."""
    inside = [shapely.boundary(one) if shapely.get_dimensions(one) == 2 else one for one in features if outline.intersects(one)]
    drawn = shapely.get_parts(shapely.union_all([shapely.intersection(one, outline) for one in inside]))
    return list(drawn[shapely.get_dimensions(drawn) == 1])


def _lines_column(lines: list[BaseGeometry], srid: int) -> MultiLineString | None:
    if not lines:
        return None
    shape = geo.to_lonlat(shapely.multilinestrings(lines), srid)
    column = GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4326)
    assert isinstance(column, MultiLineString)  # noqa: S101  for the type checker; made of lines just above
    return column


def _digest(outline: BaseGeometry, layers: dict[str, list[BaseGeometry] | None], rules: Rules, srid: int) -> str:
    hashed = hashlib.sha256(repr((MADE_AS, srid, sorted(asdict(rules.coverage).items()), rules.version)).encode())
    hashed.update(shapely.to_wkb(outline))
    reach = shapely.box(*outline.bounds).buffer(rules.coverage.ground_m)
    for name, features in layers.items():
        hashed.update(f"{name}:{features is not None}".encode())
        near = [one for one in features or [] if reach.intersects(one)]
        for wkb in sorted(shapely.to_wkb(one) for one in near):
            hashed.update(wkb)
    return hashed.hexdigest()


def _metric(shapes: Iterable[GEOSGeometry], srid: int) -> list[BaseGeometry] | None:
    found = [to_shapely(shape) for shape in shapes]
    return [geo.to_metric(shape, srid) for shape in found] or None
