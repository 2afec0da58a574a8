"""Drawing the shapes of tiles: simplified together, so that neighbours keep one border, and only where something is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import shapely
from django.db import connection, transaction
from shapely.geometry.base import BaseGeometry

from backend.command.models import TileShape
from backend.places.layers import to_shapely
from backend.places.models import Grid, GridPlan
from backend.units.models import AdminUnit

#: The deepest zoom of a band, and how far (metres of the projection) its lines may lie from the true ones.
BANDS = {9: 200.0, 11: 50.0, 13: 12.0, 22: 0.0}
EARTH_M = 6_378_137.0
DRAWING = 0x74696C65  # the advisory lock of those who draw

STORE = "copy command_tileshape (layer, band, code, village_id, plan_id, shape) from stdin"
UNDRAWN = """
select plan.id from places_gridplan plan join units_adminunit village on village.id = plan.unit_id
 where plan.state = 'published' and not exists (select 1 from command_tileshape drawn where drawn.plan_id = plan.id)
 order by village.code limit %s
"""
# A simplified border hangs on where other borders meet it: those next to what is new are drawn again as well.
NEIGHBOURS = """
select distinct near.plan_id from places_grid mine
  join places_grid near on st_intersects(near.polygon, mine.polygon)
  join places_gridplan plan on plan.id = near.plan_id and plan.state = 'published'
 where mine.plan_id = any(%s)
"""


def draw_missing(*, at_most: int | None = None) -> int:
    """Draw what was published or got a boundary since the last time; answers how many plans were drawn.

    ``at_most`` so many new plans, neighbours together: what is left is drawn by the next call.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [DRAWING])
        TileShape.objects.exclude(plan=None).exclude(plan__state=GridPlan.State.PUBLISHED).delete()
        _draw_villages()
        if not (fresh := _plans(UNDRAWN, [at_most])):
            return 0
        affected = _plans(NEIGHBOURS, [fresh]) | set(fresh)
        around = _plans(NEIGHBOURS, [list(affected)]) | affected
        TileShape.objects.filter(plan__in=affected).delete()
        _draw_grids(around, wanted=affected)
        return len(affected)


def _plans(query: str, values: Iterable[Any] = ()) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, [sorted(one) if isinstance(one, set) else one for one in values])
        return {plan for (plan,) in cursor.fetchall()}


def _draw_grids(plans: set[int], *, wanted: set[int]) -> None:
    rows = list(Grid.objects.filter(plan__in=plans).order_by("pk").values_list("plan", "village", "code", "polygon"))
    drawn: list[tuple[Any, ...]] = []
    for band, shapes in _bands([polygon for *_, polygon in rows]):
        whole: dict[tuple[int, int], list[BaseGeometry]] = {}
        for (plan, village, code, _), shape in zip(rows, shapes, strict=True):
            if plan in wanted:
                drawn.append((TileShape.Layer.GRID, band, code, village, plan, shape))
                whole.setdefault((village, plan), []).append(shape)
        for (village, plan), parts in whole.items():
            # Two grids share an edge exactly, so the union holds it once: a dashed line drawn twice would close its own gaps.
            lines = shapely.line_merge(shapely.union_all(shapely.boundary(parts)))
            drawn.append((TileShape.Layer.BORDER, band, "", village, plan, lines))
    _store(drawn)


def _draw_villages() -> None:
    """Villages are few and change seldom: one that is new or gone draws all of them again."""
    units = AdminUnit.objects.current().filter(level=AdminUnit.Level.VILLAGE).exclude(boundary=None).order_by("pk")
    there = TileShape.objects.filter(layer=TileShape.Layer.VILLAGE)
    if set(units.values_list("pk", flat=True)) == set(there.values_list("village", flat=True)):
        return
    there.delete()
    rows = list(units.values_list("pk", "code", "boundary"))
    _store(
        (TileShape.Layer.VILLAGE, band, code, pk, None, shape)
        for band, shapes in _bands([boundary for *_, boundary in rows])
        for (pk, code, _), shape in zip(rows, shapes, strict=True)
    )


def _bands(polygons: list[Any]) -> Iterator[tuple[int, Any]]:
    """For each band the shapes as its zooms show them, simplified as one coverage."""
    exact = shapely.transform(np.array([to_shapely(polygon) for polygon in polygons], dtype=object), _mercator)
    for band, tolerance in BANDS.items():
        yield band, shapely.coverage_simplify(exact, tolerance) if tolerance else exact


def _mercator(xy: Any) -> Any:
    """Degrees to metres of the projection of tiles (EPSG:3857)."""
    lon, lat = np.radians(xy).T
    return EARTH_M * np.column_stack([lon, np.arctanh(np.sin(lat))])


def _store(rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.cursor.copy(STORE) as copy:
        for *columns, shape in rows:
            copy.write_row((*columns, shapely.to_wkb(shapely.set_srid(shape, 3857), hex=True, include_srid=True)))
