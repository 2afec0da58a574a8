"""A village with houses and roads that can really be divided: rows of houses along two lanes that cross."""

from __future__ import annotations

from django.contrib.gis.geos import LineString, MultiPolygon, Polygon

from backend.places.models import Barrier, Building
from backend.units.models import AdminUnit
from tests.backend.builders import make_township, make_unit

WEST, SOUTH, STEP = 114.50, 27.30, 0.0002


def make_ground(*, code: str = "360829102231", name: str = "王屯村村委会", rows: int = 12, synthetic: bool = True) -> AdminUnit:
    """``rows`` × ``rows`` houses of ten households each, no grids yet."""
    east, north = WEST + STEP * (rows + 1), SOUTH + STEP * (rows + 1)
    box = MultiPolygon(Polygon.from_bbox((WEST, SOUTH, east, north)), srid=4326)
    unit = make_unit(code, name, parent=make_township(), boundary=box, is_synthetic=synthetic)
    half = STEP / 4
    for i in range(rows):
        for j in range(rows):
            x, y = WEST + STEP * (i + 1), SOUTH + STEP * (j + 1)
            outline = Polygon.from_bbox((x - half, y - half, x + half, y + half))
            outline.srid = 4326
            Building.objects.create(village=unit, outline=outline, households=10)
    middle_x, middle_y = (WEST + east) / 2, (SOUTH + north) / 2
    for line in (((middle_x, SOUTH), (middle_x, north)), ((WEST, middle_y), (east, middle_y))):
        Barrier.objects.create(unit=unit, line=LineString(*line, srid=4326), kind="lane", strength=0.8)
    return unit
