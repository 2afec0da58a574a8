"""Vector tiles of published plans: code and shape only, so a tile never changes while its version lives."""

from __future__ import annotations

import gzip
import threading
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from backend.command.tile_shapes import BANDS, draw_missing
from backend.problems import NotFound, answer
from backend.statements import ask, ask_all

FOREVER = "private, max-age=31536000, immutable"
KIND = "application/vnd.mapbox-vector-tile"
CACHED_TILES = 2048
DEEPEST = 22
PACKED = 4  # of gzip: the best takes four times as long and saves a fiftieth
GRIDS_FROM = 9  # below this zoom villages only: a county of grids in one tile is a smear

# The cast is for the index: a smallint is not looked up by an integer there, and every band would be read and thrown away.
TILE = """
with bounds as (
    select st_tileenvelope(%(z)s::int, %(x)s::int, %(y)s::int) as tile,
           st_tileenvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 64.0 / 4096) as around
), shown as (
    select drawn.layer, drawn.code, village.code as village, village.name,
           st_asmvtgeom(drawn.shape, bounds.tile, 4096, 64) as shape
    from bounds, command_tileshape drawn join units_adminunit village on village.id = drawn.village_id
    where drawn.band = %(band)s::smallint and drawn.layer = any(%(layers)s::text[]) and drawn.shape && bounds.around
)
select coalesce((select st_asmvt(row, 'grids', 4096, 'shape')
                   from (select code, village, shape from shown where layer = 'grid' and shape is not null) row), '')
    || coalesce((select st_asmvt(row, 'borders', 4096, 'shape')
                   from (select village, shape from shown where layer = 'border' and shape is not null) row), '')
    || coalesce((select st_asmvt(row, 'villages', 4096, 'shape')
                   from (select code, name, shape from shown where layer = 'village' and shape is not null) row), '')
"""
# Whatever a publication or a new boundary changes; asked with every tile, so it must cost nothing.
STATE = """
select (select row(count(*), max(id), max(published_at), max(retired_at)) from places_gridplan where state <> 'draft')::text
    || (select row(count(*), max(id)) from units_adminunit where level = 'village' and boundary is not null)::text
"""


class Outdated(Exception):
    """No address in force, and no tile made while it was."""


def tiles_version() -> str:
    """A digest of the plans in force: publishing one gives every tile a new address.

    Nobody can guess it: who signs in is told, and asked for nothing more with each tile.
    """
    ((state,),) = ask(STATE)
    return _digest(state)


def _digest(state: str) -> str:
    return salted_hmac("xunge.tiles", state, algorithm="sha256").hexdigest()[:24]


@require_safe
def tile(request: HttpRequest, version: str, z: int, x: int, y: int) -> HttpResponse:
    """Code and shape of published grids, public by regulation: whoever knows the address may see them, and only they."""
    if z > DEEPEST or x >= 1 << z or y >= 1 << z:
        return answer(NotFound())
    etag = f'"{version}"'
    headers = {"Cache-Control": FOREVER, "ETag": etag, "Vary": "Accept-Encoding"}
    if request.headers.get("If-None-Match") == etag and version == tiles_version():
        return HttpResponse(status=304, headers=headers)
    try:
        packed = _tile(version, z, x, y)
    except Outdated:
        return answer(NotFound())
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(gzip.decompress(packed), content_type=KIND, headers=headers)
    return HttpResponse(packed, content_type=KIND, headers=headers | {"Content-Encoding": "gzip"})


_drawing = threading.Lock()
_drawn = ""


@lru_cache(maxsize=CACHED_TILES)
def _tile(version: str, z: int, x: int, y: int) -> bytes:
    """A tile as it is under this address: made only while the address is the one in force, and the same ever after."""
    _draw(version)
    layers = "{grid,border,village}" if z >= GRIDS_FROM else "{village}"
    values: dict[str, Any] = {"z": z, "x": x, "y": y, "band": next(band for band in BANDS if z <= band), "layers": layers}
    ((packed,),), ((state,),) = ask_all((TILE, values), (STATE, {}))  # in this order: what was read is of that state
    if _digest(state) != version:
        raise Outdated
    return gzip.compress(packed, PACKED, mtime=0)


def _draw(version: str) -> None:
    """Once for each version in each process: who comes meanwhile waits, who comes later finds everything drawn."""
    global _drawn
    if _drawn != version:
        with _drawing:
            if _drawn == version:
                return
            if version != tiles_version():
                raise Outdated
            draw_missing()
            _drawn = version
