"""Positions that all lie off in the direction of a datum nobody converted.

A phone or an app that gives GCJ-02 for WGS 84 puts its person some 600 m away, every fix alike. That cannot be seen in a
track alone; it shows against the ground: as sent the walk crosses fields, moved back it follows roads and houses. What is
found here is a question to a person, never a correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import from_wgs84, to_lonlat, to_metric, to_wgs84

Floats = NDArray[np.float64]

#: Positions this near to a road, a house or a key place are at it.
NEAR_M = 20.0
#: Fixes are counted once for each square of this side, so that an hour on one spot is one position.
SQUARE_M = 20.0
#: Fewer positions than this tell nothing; more are thinned.
FEWEST, MOST = 30, 600
#: A walk this much of which lies at something is where it says it is.
AT_HOME = 0.6
#: By how much more of it must lie at something once it is moved ...
CLEAR = 0.3
#: ... or this much, if moving it brings half of it into the ground the person is there for.
CLEAR_WITH_HOME, BROUGHT_HOME = 0.15, 0.5
#: Moving it as far in any other direction, or for any other mistake, must help less by this much.
BEATS_OTHERS = 0.1
_DIRECTIONS = 16


class Mistake(StrEnum):
    """What may have happened to positions that came as one datum and are another."""

    GCJ02_AS_WGS84 = "gcj02_as_wgs84"
    BD09_AS_WGS84 = "bd09_as_wgs84"
    WGS84_AS_GCJ02 = "wgs84_as_gcj02"  # converted although it was WGS 84 already
    WGS84_AS_BD09 = "wgs84_as_bd09"


@dataclass(frozen=True, slots=True)
class DatumShift:
    """A likely datum shift: how far off, and how much better the walk fits the ground without it.

    ``offset_m`` and ``bearing_deg`` (clockwise from north) lead from where the person likely was to where the position
    says. Shares are of ``n`` positions: at a road, house or key place, and in the person's own ground (None if not asked).
    """

    mistake: Mistake
    offset_m: float
    bearing_deg: float
    near_before: float
    near_after: float
    inside_before: float | None
    inside_after: float | None
    n: int


def undo_mistake(lon: ArrayLike, lat: ArrayLike, mistake: Mistake) -> tuple[Floats, Floats]:
    """Where positions lie in WGS 84 if the mistake was made; for showing a guess, not for storing.

    >>> lon, lat = undo_mistake(114.5214, 27.4025, Mistake.GCJ02_AS_WGS84)
    >>> round(float(lon), 4), round(float(lat), 4)
    (114.5164, 27.4058)
    """
    sent, _, taken = mistake.value.partition("_as_")
    if taken == "wgs84":
        return to_wgs84(lon, lat, crs=sent)
    return from_wgs84(lon, lat, crs=taken)


def find_shift(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    srid: int,
    features: Sequence[BaseGeometry],
    home: Sequence[BaseGeometry] = (),
) -> DatumShift | None:
    """Whether the fixes of a patrol lie off as a missed or doubled conversion would put them.

    Parameters
    ----------
    lon, lat
        Degrees of WGS 84 as sent, of fixes that are evidence; any order.
    srid
        The county's metric system.
    features
        Roads, lanes, houses, key places within some 2 km, metres; more of them make the answer surer, never bolder.
    home
        Grids or the village the person is there for, metres. None given: not asked.

    Returns
    -------
    DatumShift or None
        None unless the walk is long enough, fits the ground badly as sent, clearly better without the mistake, and worse
        for every other mistake and moved as far in any other direction. A walk that would leave ``home`` is not shifted.
    """
    sent = np.column_stack([np.asarray(lon, dtype=np.float64).ravel(), np.asarray(lat, dtype=np.float64).ravel()])
    sent = sent[np.isfinite(sent).all(axis=1)]
    if len(sent) < FEWEST or not len(features):
        return None
    here = _thinned(_metres(sent[:, 0], sent[:, 1], srid))
    if len(here) < FEWEST:
        return None
    ground, own = _Layer(features, NEAR_M), _Layer(home, 0.0) if len(home) else None
    near_before = ground.share(here)
    if near_before >= AT_HOME:
        return None
    degrees = shapely.get_coordinates(to_lonlat(shapely.points(here), srid))
    moved = {mistake: _metres(*undo_mistake(degrees[:, 0], degrees[:, 1], mistake), srid) for mistake in Mistake}
    near = {mistake: ground.share(there) for mistake, there in moved.items()}
    best = max(Mistake, key=lambda mistake: near[mistake])
    inside_before, inside_after = (own.share(here), own.share(moved[best])) if own else (None, None)
    gain = 0.0 if inside_before is None or inside_after is None else inside_after - inside_before
    others = [near[mistake] for mistake in Mistake if mistake is not best]
    others += [ground.share(there) for there in _turned(here, moved[best])]
    is_clear = near[best] - near_before >= (CLEAR_WITH_HOME if gain >= BROUGHT_HOME else CLEAR)
    if not is_clear or gain < -BEATS_OTHERS or near[best] < AT_HOME or near[best] - max(others) < BEATS_OTHERS:
        return None
    east_m, north_m = (here - moved[best]).mean(axis=0)
    return DatumShift(
        mistake=best,
        offset_m=float(np.hypot(east_m, north_m)),
        bearing_deg=float(np.degrees(np.arctan2(east_m, north_m)) % 360.0),
        near_before=near_before,
        near_after=near[best],
        inside_before=inside_before,
        inside_after=inside_after,
        n=len(here),
    )


class _Layer:
    """Shapes that can be asked how many of some positions lie at them."""

    def __init__(self, shapes: Sequence[BaseGeometry], distance_m: float) -> None:
        self._tree = shapely.STRtree(list(shapes))
        self._distance_m = distance_m

    def share(self, xy: Floats) -> float:
        hits = self._tree.query(shapely.points(xy), predicate="dwithin", distance=self._distance_m)[0]
        return len(np.unique(hits)) / len(xy)


def _metres(lon: Floats, lat: Floats, srid: int) -> Floats:
    return shapely.get_coordinates(to_metric(shapely.points(lon, lat), srid))


def _thinned(xy: Floats) -> Floats:
    """One position for each square that was walked through, in an order of their own, at most `MOST`."""
    squares, which, counts = np.unique(np.floor(xy / SQUARE_M), axis=0, return_inverse=True, return_counts=True)
    sums = np.zeros((len(squares), 2))
    np.add.at(sums, which.ravel(), xy)
    means = sums / counts[:, None]
    if len(means) <= MOST:
        return means
    return means[np.linspace(0, len(means) - 1, MOST).astype(np.int64)]


def _turned(here: Floats, there: Floats) -> list[Floats]:
    """Positions moved as far as from here to there, in every direction but that one and its neighbours."""
    east_m, north_m = (there - here).mean(axis=0)
    turns = 2.0 * np.pi * np.arange(2, _DIRECTIONS - 1) / _DIRECTIONS
    return [
        here + (east_m * np.cos(turn) - north_m * np.sin(turn), east_m * np.sin(turn) + north_m * np.cos(turn))
        for turn in turns
    ]
