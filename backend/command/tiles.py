"""Vector tiles of published plans: code and shape only, so a tile never changes while its version lives."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from backend.command.sign_in import Standing, standing
from backend.places.models import GridPlan
from backend.problems import NotFound, SignInNeeded, answer

FOREVER = "private, max-age=31536000, immutable"
KIND = "application/vnd.mapbox-vector-tile"
CACHED_TILES = 2048
DEEPEST = 22
GRIDS_FROM = 9  # below this zoom villages only: a county of grids in one tile is a smear

# Reads grids by the GiST index on polygon; the envelope is widened so that a border on the tile's edge is drawn on both sides.
TILE = """
with bounds as (
    select st_tileenvelope(%(z)s, %(x)s, %(y)s) as mercator,
           st_transform(st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096), 4326) as degrees
), grids as (
    select grid.code, village.code as village,
           st_asmvtgeom(st_transform(grid.polygon, 3857), bounds.mercator, 4096, 64) as shape
    from bounds, places_grid grid
    join places_gridplan plan on plan.id = grid.plan_id and plan.state = 'published'
    join units_adminunit village on village.id = grid.village_id
    where %(z)s >= %(grids_from)s and grid.polygon && bounds.degrees
), borders as (
    -- Two grids share an edge exactly, so the union holds it once: a dashed line drawn twice would close its own gaps.
    select village.code as village,
           st_asmvtgeom(st_transform(st_linemerge(st_unaryunion(st_collect(st_boundary(grid.polygon)))), 3857),
                        (select mercator from bounds), 4096, 64) as shape
    from bounds, places_grid grid
    join places_gridplan plan on plan.id = grid.plan_id and plan.state = 'published'
    join units_adminunit village on village.id = grid.village_id
    where %(z)s >= %(grids_from)s and grid.polygon && bounds.degrees
    group by village.code
), villages as (
    select village.code, village.name,
           st_asmvtgeom(st_transform(village.boundary, 3857), bounds.mercator, 4096, 64) as shape
    from bounds, units_adminunit village
    where village.level = 'village' and upper_inf(village.valid) and village.boundary && bounds.degrees
)
select (select st_asmvt(grids, 'grids', 4096, 'shape') from grids where shape is not null)
    || (select st_asmvt(borders, 'borders', 4096, 'shape') from borders where shape is not null)
    || (select st_asmvt(villages, 'villages', 4096, 'shape') from villages where shape is not null)
"""


def tiles_version() -> str:
    """A digest of the plans in force: publishing one gives every tile a new address."""
    plans = GridPlan.objects.published().order_by("pk").values_list("pk", flat=True)
    return hashlib.sha256(",".join(map(str, plans)).encode()).hexdigest()[:16]


@require_safe
def tile(request: HttpRequest, version: str, z: int, x: int, y: int) -> HttpResponse:
    """The shape of a published grid is public by regulation; signing in is asked for all the same."""
    if standing(request, at=timezone.now()) is not Standing.SIGNED_IN:
        return answer(SignInNeeded())
    if z > DEEPEST or x >= 1 << z or y >= 1 << z or version != tiles_version():
        return answer(NotFound())
    etag = f'"{version}"'
    headers = {"Cache-Control": FOREVER, "ETag": etag, "Vary": "Cookie, Accept-Encoding"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    packed = _tile(version, z, x, y)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(gzip.decompress(packed), content_type=KIND, headers=headers)
    return HttpResponse(packed, content_type=KIND, headers=headers | {"Content-Encoding": "gzip"})


@lru_cache(maxsize=CACHED_TILES)
def _tile(version: str, z: int, x: int, y: int) -> bytes:
    del version  # there so that the cache forgets tiles of plans that are no longer in force
    with connection.cursor() as cursor:
        cursor.execute(TILE, {"z": z, "x": x, "y": y, "grids_from": GRIDS_FROM})
        return gzip.compress(bytes(cursor.fetchone()[0]), mtime=0)
