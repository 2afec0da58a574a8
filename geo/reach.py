"""When a track was at a key place: entry, exit and length of each stay.

Between two fixes of a leg a person is taken to have moved straight and evenly, so the moment of crossing the circle around
a place is exact and no stay needs a fix at its ends. Nothing is refused for being short: the caller judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.errors import BadTrack
from geo.limits import PlaceLimits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Stays(NamedTuple):
    """Stays at places, by place and then by time; arrays of one length.

    ``place`` indexes the places that were given, ``entry_ms`` and ``exit_ms`` are interpolated epoch milliseconds,
    ``dwell_s`` the seconds between them, ``n`` counts the fixes at the place: 0 for a walk past it between two fixes.
    """

    place: Ints
    entry_ms: Ints
    exit_ms: Ints
    dwell_s: Floats
    n: Ints


class _Steps(NamedTuple):
    """Steps of legs: indices of the fixes at both ends (the same for a leg of one fix) and the leg they belong to."""

    begin: Ints
    end: Ints
    leg: Ints


def stays_at(
    time_ms: ArrayLike,
    xy: ArrayLike,
    legs: Sequence[ArrayLike],
    places: ArrayLike,
    *,
    accuracy_m: ArrayLike = 0.0,
    radius_m: ArrayLike | None = None,
    limits: PlaceLimits | None = None,
) -> Stays:
    """Every stay of a track at every place: while it is within the place's radius and what the phone may be wrong by.

    Parameters
    ----------
    time_ms, xy
        Epoch milliseconds in rising order, and x and y in metres of each fix.
    legs
        Indices of the fixes of each leg, as `geo.tracks.legs` gives them. No stay goes on from one leg to the next.
    places
        x and y in metres of each place.
    accuracy_m
        Of each fix or of all; between two fixes it changes evenly.
    radius_m
        Of each place or of all; None or NaN: ``limits.radius_m``.
    limits
        The county's, or the defaults. Radius and accuracy together are ``limits.most_radius_m`` at most.

    Raises
    ------
    BadTrack
        Columns of different lengths, or a value that is no number.

    Examples
    --------
    >>> stays = stays_at([0, 100_000], [(0, 0), (100, 0)], [[0, 1]], [(50, 0), (50, 900)])
    >>> stays.place.tolist(), stays.entry_ms.tolist(), stays.exit_ms.tolist(), stays.dwell_s.tolist(), stays.n.tolist()
    ([0], [20000], [80000], [60.0], [0])
    """
    limits = limits or PlaceLimits()
    when, fixes = np.asarray(time_ms, dtype=np.int64), _pairs(xy, "a fix")
    points, steps = _pairs(places, "a place"), _steps(legs)
    if len(when) != len(fixes):
        raise BadTrack(f"{len(fixes)} positions for {len(when)} times")
    accuracy, own_m = _each(accuracy_m, len(fixes), "accuracy_m"), _radii(radius_m, len(points), limits)
    if not len(steps.begin) or not len(points):
        return _none()
    widest_m = min(float(own_m.max() + accuracy.max()), limits.most_radius_m)
    lines = shapely.linestrings(np.stack([fixes[steps.begin], fixes[steps.end]], axis=1))
    step, place = shapely.STRtree(shapely.points(points)).query(lines, predicate="dwithin", distance=widest_m)
    order = np.lexsort((step, place))
    step, place = step[order], place[order]
    begin, end = steps.begin[step], steps.end[step]
    reach_begin, reach_end = (np.minimum(own_m[place] + accuracy[i], limits.most_radius_m) for i in (begin, end))
    enter, leave = _crossings(fixes[begin] - points[place], fixes[end] - points[place], reach_begin, reach_end)
    there = leave >= enter
    if not there.any():
        return _none()
    return _joined(when, steps, step[there], place[there], enter[there], leave[there])


def _joined(when: Ints, steps: _Steps, step: Ints, place: Ints, enter: Floats, leave: Floats) -> Stays:
    """Stays from the stretches of steps within reach, by place and step: joined where one leg goes on without leaving."""
    begin, end = steps.begin[step], steps.end[step]
    went_in, came_out = (when[begin] + share * (when[end] - when[begin]) for share in (enter, leave))
    goes_on = (np.diff(place) == 0) & (np.diff(step) == 1) & (np.diff(steps.leg[step]) == 0)
    goes_on &= (leave[:-1] == 1.0) & (enter[1:] == 0.0)
    first = np.flatnonzero(np.r_[True, ~goes_on])
    last = np.r_[first[1:], len(step)] - 1
    n = np.add.reduceat((enter == 0.0).astype(np.int64), first) + ((leave[last] == 1.0) & (begin[last] != end[last]))
    entry_ms, exit_ms = np.rint(went_in[first]).astype(np.int64), np.rint(came_out[last]).astype(np.int64)
    return Stays(place[first].astype(np.int64), entry_ms, exit_ms, (came_out[last] - went_in[first]) / 1000.0, n)


def _crossings(a: Floats, b: Floats, reach_a: Floats, reach_b: Floats) -> tuple[Floats, Floats]:
    """Shares of the way from a to b (seen from the place) at which a step comes within reach and leaves it.

    Exactly 0 where a is within reach, exactly 1 where b is; entry after exit where the step never is. The distance is convex
    along the step and the reach changes evenly, so that within reach is one stretch.
    """
    way, wider = b - a, reach_b - reach_a
    # Where |a + t way|² = (reach_a + t wider)²: square t² + 2 half t + rest = 0.
    square = (way**2).sum(axis=1) - wider**2
    half = (a * way).sum(axis=1) - reach_a * wider
    rest = (a**2).sum(axis=1) - reach_a**2
    is_in_a, is_in_b = rest <= 0.0, (b**2).sum(axis=1) <= reach_b**2
    root = half**2 - square * rest
    with np.errstate(divide="ignore", invalid="ignore"):
        # Of the two ways to write a root, the one that subtracts nothing from its like.
        largest = -(half + np.where(half >= 0, 1.0, -1.0) * np.sqrt(np.maximum(root, 0.0)))
        one, other = largest / square, rest / largest
    low, high = np.fmin(one, other), np.fmax(one, other)
    passes = (square > 0.0) & (root > 0.0) & (low > 0.0) & (high < 1.0)
    # With one end within reach there is one crossing on the way: the root that lies on it.
    single = np.clip(np.where((low >= 0.0) & (low <= 1.0), low, high), 0.0, 1.0)
    single = np.where(np.isfinite(single), single, np.where(is_in_a, 0.0, 1.0))
    crossing_in = np.where(square > 0.0, np.clip(np.nan_to_num(low), 0.0, 1.0), single)
    crossing_out = np.where(square > 0.0, np.clip(np.nan_to_num(high), 0.0, 1.0), single)
    enter = np.where(is_in_a, 0.0, np.where(is_in_b, crossing_in, np.where(passes, low, 1.0)))
    leave = np.where(is_in_b, 1.0, np.where(is_in_a, crossing_out, np.where(passes, high, 0.0)))
    return enter, leave


def _steps(legs: Sequence[ArrayLike]) -> _Steps:
    indices = [np.asarray(leg, dtype=np.int64) for leg in legs]
    indices = [leg for leg in indices if len(leg)]
    if not indices:
        nothing = np.zeros(0, dtype=np.int64)
        return _Steps(nothing, nothing, nothing)
    begin = np.concatenate([leg[:-1] if len(leg) > 1 else leg for leg in indices])
    end = np.concatenate([leg[1:] if len(leg) > 1 else leg for leg in indices])
    return _Steps(begin, end, np.repeat(np.arange(len(indices)), [max(1, len(leg) - 1) for leg in indices]))


def _pairs(values: ArrayLike, what: str) -> Floats:
    pairs = np.asarray(values, dtype=np.float64)
    if pairs.size == 0:
        return np.zeros((0, 2))
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.isfinite(pairs).all():
        raise BadTrack(f"{what} is x and y in metres, both numbers")
    return pairs


def _each(values: ArrayLike, count: int, name: str) -> Floats:
    column = np.asarray(values, dtype=np.float64)
    if column.ndim == 0:
        column = np.full(count, float(column))
    if column.shape != (count,) or not (np.isfinite(column) & (column >= 0)).all():
        raise BadTrack(f"{name} is one number of 0 or more, or one for each of {count}")
    return column


def _radii(radius_m: ArrayLike | None, count: int, limits: PlaceLimits) -> Floats:
    stated = np.asarray(np.nan if radius_m is None else radius_m, dtype=np.float64)
    return _each(np.where(np.isnan(stated), limits.radius_m, stated), count, "radius_m")


def _none() -> Stays:
    nothing = np.zeros(0, dtype=np.int64)
    return Stays(nothing, nothing, nothing, nothing.astype(np.float64), nothing)
