"""Households to visit and routes to walk in the demo township: invented names, made up from the synthetic ground."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import shapely
from django.contrib.gis.geos import LineString, Point
from django.db.models import Q
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from backend.places.layers import to_shapely
from backend.places.models import Barrier, Household, KeyPlace, PlaceGroup, Route
from backend.units.models import AdminUnit

TITLES = ("刘奶奶", "肖爷爷", "彭大娘", "周大爷", "曾奶奶", "王大爷", "李大娘", "罗爷爷")
#: What lives in the natural villages of a village, one after the other.
KINDS = ("elderly_alone", "left_behind", "elderly_alone", "hardship", "disabled")
RESTRICTED_EVERY = 12  # villages
BESIDE = 0.0004  # degrees a household stands from the middle of its natural village
INSIDE, REACH, SHORTEST = 0.0008, 0.004, 0.004  # degrees: off the border, to each side of the place, of a river bank


def load_visited(township: AdminUnit) -> tuple[int, int]:
    """Households and routes of the township; answers how many of each."""
    below = AdminUnit.objects.current().below(township.code)
    villages = list(below.filter(level="village", boundary__isnull=False).order_by("code"))
    households = Household.objects.bulk_create(_households(villages))
    routes = Route.objects.bulk_create([*_forest_edges(villages), *_river_banks(villages)])
    return len(households), len(routes)


def _households(villages: list[AdminUnit]) -> list[Household]:
    groups = defaultdict(list)
    for group in PlaceGroup.objects.filter(village__in=villages).order_by("pk"):
        groups[group.village_id].append(group)
    made = []
    for number, village in enumerate(villages):
        for place, group in enumerate(groups[village.pk]):
            count = number + place
            who, kind = TITLES[count % len(TITLES)], KINDS[count % len(KINDS)]
            is_restricted = number % RESTRICTED_EVERY == 0 and place == 0
            made.append(
                Household(
                    village=village,
                    name=f"{group.name}{who}家",
                    kind="restricted" if is_restricted else kind,
                    point=Point(group.point.x + BESIDE, group.point.y - BESIDE, srid=4326),
                    is_synthetic=True,
                )
            )
    return made


def _forest_edges(villages: list[AdminUnit]) -> list[Route]:
    """A stretch along the inner side of the village's border, around its forest edge."""
    edges = {place.village_id: place for place in KeyPlace.objects.filter(village__in=villages, kind="forest_edge")}
    made = []
    for village in villages:
        place = edges.get(village.pk)
        inner = _ground(village).buffer(-INSIDE)
        if inner.is_empty or place is None:
            continue
        ring = max((part.exterior for part in shapely.get_parts(inner)), key=lambda one: float(one.length))
        middle = ring.project(shapely.Point(place.point.x, place.point.y))
        line = substring(ring, max(0.0, middle - REACH), min(ring.length, middle + REACH))
        made.append(_route(village, f"{place.name}林边线", "forest_edge", line))
    return made


def _river_banks(villages: list[AdminUnit]) -> list[Route]:
    """The longest piece of a stream in each village that has one worth walking."""
    streams = [(row.name, to_shapely(row.line)) for row in Barrier.objects.filter(Q(kind="stream"), ~Q(name="")).order_by("pk")]
    made = []
    for village in villages:
        ground = _ground(village)
        pieces: list[tuple[float, str, BaseGeometry]] = [
            (part.length, name, part)
            for name, line in streams
            for part in shapely.get_parts(line.intersection(ground))
            if part.geom_type == "LineString"
        ]
        longest = max(pieces, key=lambda piece: piece[0], default=None)
        if longest and longest[0] >= SHORTEST:
            made.append(_route(village, f"{longest[1]}{village.short_name}段", "river", longest[2]))
    return made


def _route(village: AdminUnit, name: str, kind: str, line: Any) -> Route:
    shape = LineString([*line.coords], srid=4326)
    return Route(village=village, name=name[:60], kind=kind, line=shape, is_synthetic=True)


def _ground(village: AdminUnit) -> BaseGeometry:
    assert village.boundary is not None  # noqa: S101  for the type checker; only those with one are asked for
    return to_shapely(village.boundary)
