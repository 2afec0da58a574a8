"""Datums and projections: where a coordinate changes its frame.

Degrees are always longitude first. ``wgs84`` and ``cgcs2000`` are equal at the accuracy of a phone; ``gcj02`` is the
shifted datum of Chinese maps, ``bd09`` Baidu's shift on top of it. Metres are CGCS2000 / 3-degree Gauss-Kruger.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from geo.errors import MissingCRS, OutsideRegion, UnknownCRS

Floats = NDArray[np.float64]
Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
METRIC_SRIDS = (4547, 4548)

#: Rectangle outside which GCJ-02 equals WGS 84: west, south, east, north in degrees.
SHIFTED_EXTENT = (72.004, 0.8293, 137.8347, 55.8271)
#: Degrees served by the two metric systems: 3-degree zones around 114 and 117 degrees east.
ZONES = ((112.5, 115.5, 4547), (115.5, 118.5, 4548))

# Krassowsky 1940, the ellipsoid the shift was defined on.
_KRASSOWSKY_A_M = 6378245.0
_KRASSOWSKY_E2 = 0.00669342162296594323
_BD_RADIANS = np.pi * 3000.0 / 180.0
# Each step of the inverse shrinks the error about a hundredfold; ten leave nothing of a 600 m shift.
_INVERSE_STEPS = 10


class LonLat(NamedTuple):
    """Degrees in WGS 84, east then north."""

    lon: float
    lat: float


def to_wgs84(lon: ArrayLike, lat: ArrayLike, *, crs: str | None) -> tuple[Floats, Floats]:
    """Degrees of a named datum as degrees of WGS 84.

    Parameters
    ----------
    lon, lat
        Degrees, scalars or arrays of one shape; NaN stays NaN.
    crs
        ``wgs84``, ``cgcs2000``, ``gcj02`` or ``bd09``.

    Returns
    -------
    tuple
        Longitudes and latitudes, float64 arrays of the given shape. The inverse of `from_wgs84` to far below 1 mm,
        except within a shift's length of the edge of the shifted extent, where the datum itself is not continuous.

    Raises
    ------
    MissingCRS, UnknownCRS

    Examples
    --------
    >>> lon, lat = to_wgs84(114.5214, 27.4025, crs="gcj02")
    >>> round(float(lon), 4), round(float(lat), 4)
    (114.5164, 27.4058)
    """
    east, north = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    datum = check_datum(crs)
    if datum == "gcj02":
        return _invert(_gcj02_from_wgs84, east, north)
    if datum == "bd09":
        return _invert(_gcj02_from_wgs84, *_invert(_bd09_from_gcj02, east, north))
    return east, north


def from_wgs84(lon: ArrayLike, lat: ArrayLike, *, crs: str | None) -> tuple[Floats, Floats]:
    """Degrees of WGS 84 as degrees of a named datum; shapes and errors as `to_wgs84`."""
    east, north = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    datum = check_datum(crs)
    if datum == "gcj02":
        return _gcj02_from_wgs84(east, north)
    if datum == "bd09":
        return _bd09_from_gcj02(*_gcj02_from_wgs84(east, north))
    return east, north


def check_datum(crs: str | None) -> str:
    """The datum as given if it is known; raises `MissingCRS` or `UnknownCRS` and never guesses."""
    if crs is None or crs == "":
        raise MissingCRS(f"no datum was named; name one of {', '.join(DATUMS)}")
    if crs not in DATUMS:
        raise UnknownCRS(f"datum {crs!r} is not known; name one of {', '.join(DATUMS)}")
    return crs


def looks_swapped(lon: ArrayLike, lat: ArrayLike) -> bool:
    """Whether most coordinates lie in China only when longitude and latitude change places.

    >>> looks_swapped(27.4, 114.5), looks_swapped(114.5, 27.4), looks_swapped([], [])
    (True, False, False)
    """
    east, north = np.atleast_1d(np.asarray(lon, dtype=np.float64)), np.atleast_1d(np.asarray(lat, dtype=np.float64))
    if east.size == 0:
        return False
    return bool(_in_china(north, east).mean() > 0.5 and _in_china(east, north).mean() < 0.5)


def choose_metric_srid(lon: float) -> int:
    """The metric system of a county, from the longitude of a point inside it: 4547 or 4548.

    One county has one system, so that a border has one set of coordinates. 115.5 degrees itself belongs to the east.
    Raises `OutsideRegion` west of 112.5 and from 118.5 degrees on.

    >>> choose_metric_srid(114.62), choose_metric_srid(116.4)
    (4547, 4548)
    """
    for west, east, srid in ZONES:
        if west <= lon < east:
            return srid
    raise OutsideRegion(f"longitude {lon} has no metric system here; 112.5 to 118.5 degrees east are served")


def county_metric_srid(county: BaseGeometry) -> int:
    """The one metric system of a county, by a point inside its outline in degrees, wherever its villages lie.

    A county across 115.5 degrees has some ground outside its zone; all of it is measured in the same metres, so that a border
    of two villages has one set of coordinates. Raises `OutsideRegion` if it is empty or lies elsewhere.
    """
    if county.is_empty:
        raise OutsideRegion("the county has no outline; import it first")
    return choose_metric_srid(county.representative_point().x)


def to_metric(geometry: Any, srid: int) -> Any:
    """Geometry in degrees (WGS 84 or CGCS2000) as metres of ``srid``, x east and y north.

    Takes one geometry or an array of them, keeps None and empties. Raises `UnknownCRS` for an srid other than 4547, 4548,
    `OutsideRegion` for coordinates that cannot be projected.
    """
    return shapely.transform(geometry, lambda xy: _project(xy, check_metric_srid(srid), inverse=False))


def to_lonlat(geometry: Any, srid: int) -> Any:
    """Geometry in metres of ``srid`` as degrees, the inverse of `to_metric` to below 0.1 mm."""
    return shapely.transform(geometry, lambda xy: _project(xy, check_metric_srid(srid), inverse=True))


def check_metric_srid(srid: int | None) -> int:
    """The metric system as given if it is one of 4547, 4548; raises `MissingCRS` or `UnknownCRS`."""
    if srid is None:
        raise MissingCRS("no metric system was named; name 4547 or 4548")
    if srid not in METRIC_SRIDS:
        raise UnknownCRS(f"EPSG:{srid} is no metric system of this county; name 4547 or 4548")
    return srid


def _project(xy: Floats, srid: int, *, inverse: bool) -> Floats:
    if len(xy) == 0:
        return xy
    x, y = _transformer(srid).transform(xy[:, 0], xy[:, 1], direction="INVERSE" if inverse else "FORWARD")
    out = np.column_stack([x, y])
    if not np.isfinite(out).all():
        raise OutsideRegion(
            f"coordinates such as {tuple(xy[~np.isfinite(out).all(axis=1)][0])} cannot be projected with EPSG:{srid}"
        )
    return out


@lru_cache(maxsize=4)
def _transformer(srid: int) -> Transformer:
    # From CGCS2000, so that no WGS 84 to CGCS2000 operation is chosen for us: both are the same at our accuracy.
    return Transformer.from_crs(4490, srid, always_xy=True)


def _in_china(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    west, south, east, north = SHIFTED_EXTENT
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _gcj02_from_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    waves = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + _harmonics(waves, y, 160.0, 320.0)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + _harmonics(waves, x, 150.0, 300.0)
    phi = np.radians(lat)
    curvature = 1.0 - _KRASSOWSKY_E2 * np.sin(phi) ** 2
    meridian_m = _KRASSOWSKY_A_M * (1.0 - _KRASSOWSKY_E2) / curvature**1.5
    parallel_m = _KRASSOWSKY_A_M / np.sqrt(curvature) * np.cos(phi)
    inside = _in_china(lon, lat)
    with np.errstate(divide="ignore", invalid="ignore"):
        shifted = lon + np.degrees(east_m / parallel_m), lat + np.degrees(north_m / meridian_m)
    return np.where(inside, shifted[0], lon), np.where(inside, shifted[1], lat)


def _harmonics(waves: Floats, u: Floats, long_m: float, longest_m: float) -> Floats:
    short = 20.0 * np.sin(np.pi * u) + 40.0 * np.sin(np.pi * u / 3.0)
    wide = long_m * np.sin(np.pi * u / 12.0) + longest_m * np.sin(np.pi * u / 30.0)
    return (waves + short + wide) * 2.0 / 3.0


def _bd09_from_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_RADIANS)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_RADIANS)
    inside = _in_china(lon, lat)
    east, north = radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
    return np.where(inside, east, lon), np.where(inside, north, lat)


def _invert(forward: Shift, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Fixed point of ``source = shifted - (forward(source) - source)``."""
    east, north = lon, lat
    for _ in range(_INVERSE_STEPS):
        guess_east, guess_north = forward(east, north)
        east, north = east - (guess_east - lon), north - (guess_north - lat)
    return east, north
