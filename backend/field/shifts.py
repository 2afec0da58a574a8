"""Whether a patrol lies off as a whole, seen against roads, houses and key places around it. Found, it is asked; nothing is moved."""

from __future__ import annotations

from typing import Any

import shapely
from django.contrib.gis.geos import Polygon

from backend.field.whole_tracks import WholeTrack
from backend.patrols.models import Patrol
from backend.places.models import Barrier, Building, Grid, GridDuty, KeyPlace
from backend.units.models import AdminUnit
from geo import find_shift, to_metric

AROUND_DEG = 0.02  # some 2 km: as far as a missed conversion moves a position, and again
WATER = ("stream", "river", "canal")  # people walk along roads, not in them


def shift_facts(track: WholeTrack, patrol: Patrol, *, home: str) -> dict[str, Any]:
    """How far and where to, as facts of a question; empty if the walk is where it says it is."""
    county = AdminUnit.objects.current().filter(code=f"{home[:6]}000000").values_list("metric_srid", flat=True).first()
    used = track.fixes.counts
    if county is None or not used.any():
        return {}
    lon, lat = track.fixes.lon[used], track.fixes.lat[used]
    box = Polygon.from_bbox((lon.min() - AROUND_DEG, lat.min() - AROUND_DEG, lon.max() + AROUND_DEG, lat.max() + AROUND_DEG))
    box.srid = 4326
    features = _shapes(Building.objects.filter(outline__bboverlaps=box), "outline", county)
    features += _shapes(Barrier.objects.filter(line__bboverlaps=box).exclude(kind__in=WATER), "line", county)
    features += _shapes(KeyPlace.objects.filter(point__bboverlaps=box), "point", county)
    duties = GridDuty.objects.valid_at(patrol.started_at).filter(user=patrol.person_id)
    own = _shapes(Grid.objects.filter(pk__in=duties.values("grid")), "polygon", county)
    found = find_shift(lon, lat, srid=county, features=features, home=own)
    if found is None:
        return {}
    return {
        "metres": round(found.offset_m),
        "bearing": round(found.bearing_deg),
        "mistake": found.mistake.value,
        "fixes": found.n,
        "near_before": round(100 * found.near_before),
        "near_after": round(100 * found.near_after),
    }


def _shapes(rows: Any, column: str, srid: int) -> list[Any]:
    wkb = [bytes(shape.wkb) for shape in rows.order_by("pk").values_list(column, flat=True)]
    return list(to_metric(shapely.from_wkb(wkb), srid)) if wkb else []
