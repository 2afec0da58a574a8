"""Who I am and what the ground looks like: units, base map, grids, places, items."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db import connection
from django.db.models import Count, Max, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from ninja import Router

from backend.accounts.tickets import live_address
from backend.command.describe import describe_grids, describe_posts, describe_unit
from backend.command.packed import VARY, answer, packed
from backend.command.schemas import GridOut, ItemOut, KeyPlaceOut, MeOut, UnitOut
from backend.command.sign_in import StaffRequest
from backend.command.tiles import tiles_version
from backend.patrols.models import ItemAdmission
from backend.places.models import Barrier, Building, Grid, KeyPlace, LandCover, PlaceGroup
from backend.units.models import AdminUnit

router = Router(tags=["ground"], by_alias=True)
AT_MOST = 50
MAPPED_AT_MOST = 500
PACKED_FROM = 64 * 1024
TOLD_APART_PX, DEGREE_M, EQUATOR_M = 14, 111_320.0, 40_075_017.0
MADE_UP = "合成示意：边界、道路、房屋均为演示用的合成数据"

# A few hundred polygons of one county, by the index on code.
BOUNDARIES = """
select md5(string_agg(code || name || is_synthetic || md5(st_asbinary(boundary)), '' order by code))
from units_adminunit where level = 'village' and code like %s and upper_inf(valid)
"""


@router.get("me", response=MeOut, operation_id="command_me")
def me(request: StaffRequest) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    grids = Grid.objects.visible_to(user).current()
    found = grids.aggregate(box=Extent("polygon"), count=Count("pk"))
    version, box = tiles_version(), found["box"]
    return {
        "id": user.uuid,
        "name": user.name,
        "roles": describe_posts(user, at=at),
        "units": user.stems(at),
        "live_url": live_address(),
        "is_demo": settings.IS_DEMO,
        "tiles": "/tiles/{version}/{z}/{x}/{y}.pbf",
        "tiles_version": version,
        "bounds": box and [round(value, 6) for value in box],
        "grids_from": _grids_from(box, found["count"]) if box else 0,
        "synthetic": grids.filter(village__is_synthetic=True).exists(),
    }


def _grids_from(box: Sequence[float], count: int) -> float:
    """The zoom from which a grid is wide enough on a screen to be told from its neighbours."""
    west, south, east, north = box
    across = math.cos(math.radians((south + north) / 2)) * DEGREE_M
    side_m = math.sqrt(max((east - west) * across * (north - south) * DEGREE_M, 1.0) / count)
    pixel_m = math.cos(math.radians((south + north) / 2)) * EQUATOR_M / 512  # at zoom 0
    return round(max(0.0, math.log2(TOLD_APART_PX * pixel_m / side_m)), 2)


@router.get("units", response=list[UnitOut], operation_id="search_units")
def units(request: StaffRequest, q: str = "", level: str = "", *, mapped: bool = False) -> list[dict[str, Any]]:
    """By a part of the name or the beginning of the code; ``mapped``: only units with a boundary."""
    rows = AdminUnit.objects.current().within(request.auth.stems(timezone.now())).search(q).select_related("parent")
    if level:
        rows = rows.filter(level=level)
    if mapped:
        return [describe_unit(unit) for unit in rows.filter(boundary__isnull=False)[:MAPPED_AT_MOST]]
    return [describe_unit(unit) for unit in rows[:AT_MOST]]


@router.get("basemap/{unit}", response={200: dict[str, Any]}, operation_id="basemap")
def basemap(request: StaffRequest, unit: str) -> HttpResponse:
    """Villages, lines, water, fields, houses and names of a unit, to draw under the grids. Changes only with an import."""
    found = get_object_or_404(AdminUnit.objects.current().within(request.auth.stems(timezone.now())), code=unit)
    version = _version(found.stem)
    headers = {"ETag": f'"{version}"', "Cache-Control": "private, max-age=300"}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        response = HttpResponse(status=304, content_type="application/json", headers=headers)
        patch_vary_headers(response, VARY)
        return response
    return answer(request, _packed(found.stem, version), **headers)


@router.get("grids", response=list[GridOut], operation_id="list_grids")
def grids(request: StaffRequest) -> HttpResponse:
    """Made as the shape says and not looked through once more: a county's are 20,000 rows."""
    rows = describe_grids(Grid.objects.visible_to(request.auth).current(), at=timezone.now())
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=str).encode()
    response = HttpResponse(content_type="application/json; charset=utf-8", headers={"Vary": "Cookie, Accept-Encoding"})
    if len(body) > PACKED_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=1)
    response.content = body
    return response


@router.get("key-places", response=list[KeyPlaceOut], operation_id="list_key_places")
def key_places(request: StaffRequest, grid: str) -> list[dict[str, Any]]:
    found = get_object_or_404(Grid.objects.visible_to(request.auth).current(), code=grid)
    return [
        {
            "id": place.uuid,
            "name": place.name,
            "kind": place.kind,
            "risk": place.risk,
            "grid": place.grid_code,
            "lon": round(place.point.x, 6),
            "lat": round(place.point.y, 6),
            "radius_m": place.radius_m,
        }
        for place in KeyPlace.objects.visible_to(request.auth).filter(grid_code=found.code).order_by("name", "pk")
    ]


@router.get("items", response=list[ItemOut], operation_id="list_items")
def items(request: StaffRequest, grid: str) -> list[dict[str, Any]]:
    """Checklist items that may be put on the staff of a grid."""
    found = get_object_or_404(Grid.objects.visible_to(request.auth).current(), code=grid)
    rows = ItemAdmission.objects.valid_on(timezone.now()).for_grid(found.code).select_related("item", "office")
    known = {row.item_id: row for row in rows.order_by("item__line", "item__code", "item__version")}
    return [
        {
            "item": f"{row.item.code}@{row.item.version}",
            "line": row.item.line,
            "office": row.office.name if row.office else row.item.office_name,
            "text": row.item.text,
            "object_kind": row.item.object_kind,
            "place_kinds": row.item.place_kinds,
            "evidence": row.item.evidence_policy,
            "necessity_ground": row.item.necessity_ground,
            "minutes": row.item.minutes,
        }
        for row in known.values()
    ]


def _layers(stem: str) -> dict[str, tuple[QuerySet[Any], str, tuple[str, ...]]]:
    """Name of a layer → rows, geometry column, columns that travel as properties."""
    cover = LandCover.objects.filter(unit__code__startswith=stem)
    villages = AdminUnit.objects.current().filter(level="village", code__startswith=stem, boundary__isnull=False)
    return {
        "villages": (villages, "boundary", ("code", "name")),
        "barriers": (Barrier.objects.filter(unit__code__startswith=stem), "line", ("kind", "name", "strength")),
        "water": (cover.filter(kind="water"), "shape", ()),
        "fields": (cover.filter(kind="field"), "shape", ()),
        "contours": (cover.filter(kind="contour"), "shape", ()),
        "buildings": (Building.objects.filter(village__code__startswith=stem), "outline", ("households",)),
        "place_groups": (PlaceGroup.objects.filter(village__code__startswith=stem), "point", ("name",)),
    }


def _version(stem: str) -> str:
    """Layers are imported anew, not edited, so counting them is enough; a boundary may be replaced in its row."""
    parts = [stem]
    for rows, _, _ in _layers(stem).values():
        parts.append("{n}/{last}".format(**rows.aggregate(n=Count("pk"), last=Max("pk"))))
    with connection.cursor() as cursor:
        cursor.execute(BOUNDARIES, [f"{stem}%"])
        parts += map(str, cursor.fetchone())
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:20]


@lru_cache(maxsize=8)
def _packed(stem: str, version: str) -> bytes:
    """Gzipped JSON of the layers; ``version`` is there so that the cache forgets what has changed."""
    layers: dict[str, Any] = {name: _collection(*layer) for name, layer in _layers(stem).items()}
    synthetic = AdminUnit.objects.current().filter(code__startswith=stem, is_synthetic=True).exists()
    return packed(layers | {"synthetic": synthetic, "note": MADE_UP if synthetic else "", "version": version})


def _collection(rows: QuerySet[Any], column: str, properties: tuple[str, ...]) -> dict[str, Any]:
    table = rows.order_by("pk").annotate(shape_json=AsGeoJSON(column, precision=6)).values_list("shape_json", *properties)
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": json.loads(shape), "properties": dict(zip(properties, values, strict=True))}
            for shape, *values in table.iterator()
        ],
    }
