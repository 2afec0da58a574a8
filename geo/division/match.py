"""Which new ground goes on from which old ground: shared area and households, pairs, codes that live on, successors."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]

#: Two grids that share less than this of the smaller one are no pair.
PAIR_SHARE = 0.20
#: A grid keeps its code if more than half of the old and of the new grid is the same ground and households.
SAME_GROUND = 0.5
#: A grid that took over less than this share of an old one's ground is no successor.
HEIR_SHARE = 0.01


def match(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame | None) -> pd.DataFrame:
    """The pairs of old and new grids that share most, each grid in one pair at most.

    Parameters
    ----------
    old, new
        ``code`` (or ``code_sequence``) and polygons in the same metres.
    buildings
        ``households`` and geometry; each counts where a point of it lies. None or nobody living there: ground alone counts.

    Returns
    -------
    DataFrame
        ``old``, ``new``, ``household_share`` and ``area_share`` of what either has in common, in order of ``old``. The sum of
        half of both shares over all pairs is the largest there is; pairs below 20 % of the smaller grid are left out.

    Examples
    --------
    >>> halves = gpd.GeoDataFrame({"code": ["w", "e"]}, geometry=[shapely.box(0, 0, 5, 9), shapely.box(5, 0, 9, 9)])
    >>> again = gpd.GeoDataFrame({"code": ["e", "w"]}, geometry=[shapely.box(5, 0, 9, 9), shapely.box(0, 0, 5, 9)])
    >>> match(halves, again, None)[["old", "new", "area_share"]].to_numpy().tolist()
    [['e', 'e', 1.0], ['w', 'w', 1.0]]
    """
    old_codes, was = _ordered(old)
    new_codes, now = _ordered(new)
    area = overlap_m2(was, now)
    people = np.zeros_like(area)
    if buildings is not None and len(buildings):
        points = list(shapely.point_on_surface(np.asarray(buildings.geometry.values, dtype=object)))
        people = shared_households(was, now, points, buildings["households"].to_numpy())
    households = _of_both(people)
    ground = _of_both(area)
    lives = people.sum() > 0
    score = np.rint(1e9 * ((households + ground) / 2.0 if lives else ground)).astype(np.int64)
    smaller = (_of_smaller(people) + _of_smaller(area)) / 2.0 if lives else _of_smaller(area)
    rows, columns = linear_sum_assignment(-score)
    keep = (smaller[rows, columns] >= PAIR_SHARE) & (score[rows, columns] > 0)
    rows, columns = rows[keep], columns[keep]
    return pd.DataFrame(
        {
            "old": [old_codes[row] for row in rows],
            "new": [new_codes[column] for column in columns],
            "household_share": households[rows, columns],
            "area_share": ground[rows, columns],
        }
    )


def overlap_m2(old: Sequence[BaseGeometry], new: Sequence[BaseGeometry]) -> Floats:
    """Shared area of every pair, metres in, square metres out; rows are old."""
    shared = np.zeros((len(old), len(new)))
    if len(old) and len(new):
        was, now = np.asarray(old, dtype=object), np.asarray(new, dtype=object)
        rows, columns = shapely.STRtree(now).query(was, predicate="intersects")
        shared[rows, columns] = shapely.area(shapely.intersection(was[rows], now[columns]))
    return shared


def shared_households(
    old: Sequence[BaseGeometry], new: Sequence[BaseGeometry], points: Sequence[BaseGeometry], households: ArrayLike
) -> Floats:
    """Households of every pair, each building by one point of it, the first grid on shared edges; rows are old."""
    shared = np.zeros((len(old), len(new)))
    was, now = _first_hit(old, points), _first_hit(new, points)
    both = (was >= 0) & (now >= 0)
    np.add.at(shared, (was[both], now[both]), np.asarray(households, dtype=np.float64)[both])
    return shared


def keep_codes(area: Floats, households: Floats) -> dict[int, int]:
    """New grid → old grid whose code it carries on. More than half on both sides, so no code can be claimed twice."""
    of_old, of_new = _shares(area, households, axis=1), _shares(area, households, axis=0)
    rows, columns = np.nonzero((of_old > SAME_GROUND) & (of_new > SAME_GROUND))
    return {int(column): int(row) for row, column in zip(rows, columns, strict=True)}


def successors(area: Floats, codes: Sequence[str]) -> list[list[str]]:
    """For every old grid the codes that took over its ground, the largest part first."""
    share = _over(area, area.sum(axis=1, keepdims=True))
    return [[codes[i] for i in np.argsort(-np.round(row, 9), kind="stable") if row[i] > HEIR_SHARE] for row in share]


def _ordered(grids: gpd.GeoDataFrame) -> tuple[list[str], list[BaseGeometry]]:
    column = "code" if "code" in grids.columns else "code_sequence"
    table = grids.sort_values(column, kind="stable")
    return table[column].astype(str).tolist(), list(table.geometry)


def _of_both(shared: Floats) -> Floats:
    """What a pair has in common, as a share of all that either has."""
    return _over(shared, shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared)


def _of_smaller(shared: Floats) -> Floats:
    return _over(shared, np.minimum(shared.sum(axis=1, keepdims=True), shared.sum(axis=0, keepdims=True)))


def _shares(area: Floats, households: Floats, *, axis: int) -> Floats:
    """Half by ground, half by households; by ground alone where nobody lives."""
    ground, people = (_over(amount, amount.sum(axis=axis, keepdims=True)) for amount in (area, households))
    return np.where(households.sum(axis=axis, keepdims=True) > 0, (ground + people) / 2.0, ground)


def _over(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=np.broadcast_to(whole > 0, part.shape))


def _first_hit(shapes: Sequence[BaseGeometry], points: Sequence[BaseGeometry]) -> NDArray[np.int64]:
    """Index of the first shape each point lies in, -1 for none."""
    hit = np.full(len(points), -1, dtype=np.int64)
    if len(shapes) and len(points):
        which, where = shapely.STRtree(np.asarray(shapes, dtype=object)).query(
            np.asarray(points, dtype=object), predicate="intersects"
        )
        order = np.lexsort((where, which))
        which, where = which[order], where[order]
        _, first = np.unique(which, return_index=True)
        hit[which[first]] = where[first]
    return hit
