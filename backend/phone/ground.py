"""What a grid's ground looks like, to draw under it: lines, water, fields, houses. Asked for once, kept on the phone."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.gis.geos import Polygon
from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts.models import User
from backend.patrols.models import grids_of
from backend.places.models import Barrier, Building, LandCover
from backend.problems import NotFound

AROUND = 0.0025  # degrees, some 250 m: one sees where one is when one stands at the border
DIGITS = 6


def ground_of(user: User, code: str) -> dict[str, Any]:
    """Shapes and their kinds only, within and just around a grid the person has a duty in: no households, no names of people."""
    grid = grids_of(user, timezone.now()).current().filter(code=code).select_related("village").first()
    if grid is None:
        raise NotFound
    west, south, east, north = grid.polygon.extent
    box = Polygon.from_bbox((west - AROUND, south - AROUND, east + AROUND, north + AROUND))
    box.srid = 4326
    cover = LandCover.objects.filter(shape__bboverlaps=box)
    layers = {
        "lines": _shapes(Barrier.objects.filter(line__bboverlaps=box), "line", "kind"),
        "cover": _shapes(cover.filter(kind__in=["water", "field", "contour"]), "shape", "kind"),
        "houses": _shapes(Building.objects.filter(outline__bboverlaps=box), "outline"),
    }
    version = hashlib.sha256(json.dumps(layers, sort_keys=True).encode()).hexdigest()[:16]
    return {"grid": code, "version": version, "synthetic": grid.village.is_synthetic, **layers}


def _shapes(rows: QuerySet[Any], column: str, *properties: str) -> list[dict[str, Any]]:
    table = rows.order_by("pk").annotate(drawn=AsGeoJSON(column, precision=DIGITS)).values_list("drawn", *properties)
    return [
        {"type": "Feature", "geometry": json.loads(drawn), "properties": dict(zip(properties, values, strict=True))}
        for drawn, *values in table.iterator()
    ]
