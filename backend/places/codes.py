"""Which code a piece of ground carries on, and which ground follows on from which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import CodesExhausted

SAME_GROUND = 0.5  # a grid keeps its code if more than half of the old and of the new grid is the same ground and households
HEIR_SHARE = 0.01  # a grid that took over less than this share of an old one's ground is no successor


def overlap_m2(old: Sequence[BaseGeometry], new: Sequence[BaseGeometry]) -> NDArray[np.float64]:
    """Shared area of every pair, metres in, square metres out; rows are old."""
    shared = np.zeros((len(old), len(new)))
    if len(old) and len(new):
        rows, columns = shapely.STRtree(new).query(old, predicate="intersects")
        shared[rows, columns] = shapely.area(
            shapely.intersection(np.asarray(old, dtype=object)[rows], np.asarray(new, dtype=object)[columns])
        )
    return shared


def shared_households(
    old: Sequence[BaseGeometry], new: Sequence[BaseGeometry], points: Sequence[BaseGeometry], households: Sequence[int]
) -> NDArray[np.float64]:
    """Households of every pair, each building by one point of it; rows are old."""
    shared = np.zeros((len(old), len(new)))
    was, now = _first_hit(old, points), _first_hit(new, points)
    for a, b, count in zip(was, now, households, strict=True):
        if a >= 0 and b >= 0:
            shared[a, b] += count
    return shared


def keep_codes(area: NDArray[np.float64], households: NDArray[np.float64]) -> dict[int, int]:
    """New grid → old grid whose code it carries on. More than half on both sides, so no code can be claimed twice."""
    of_old, of_new = _shares(area, households, axis=1), _shares(area, households, axis=0)
    rows, columns = np.nonzero((of_old > SAME_GROUND) & (of_new > SAME_GROUND))
    return {int(column): int(row) for row, column in zip(rows, columns, strict=True)}


def successors(area: NDArray[np.float64], codes: Sequence[str]) -> list[list[str]]:
    """For every old grid the codes that took over its ground, the largest part first."""
    total = area.sum(axis=1, keepdims=True)
    share = np.divide(area, total, out=np.zeros_like(area), where=total > 0)
    return [[codes[i] for i in np.argsort(-row, kind="stable") if row[i] > HEIR_SHARE] for row in share]


def next_codes(village_code: str, count: int, ever_used: Iterable[str]) -> list[str]:
    """Codes nobody ever had, in order; 999 grids is all a village can ever have."""
    used = [int(code[12:]) for code in ever_used]
    start = max(used, default=0) + 1
    if start + count - 1 > 999:
        raise CodesExhausted(f"{village_code} has used {start - 1} of 999 sequence numbers, {count} more do not fit")
    return [f"{village_code}{number:03d}" for number in range(start, start + count)]


def _shares(area: NDArray[np.float64], households: NDArray[np.float64], *, axis: int) -> NDArray[np.float64]:
    """Half by ground, half by households; by ground alone where nobody lives."""
    parts = []
    for amount in (area, households):
        total = amount.sum(axis=axis, keepdims=True)
        parts.append((np.divide(amount, total, out=np.zeros_like(amount), where=total > 0), total > 0))
    (ground, _), (people, has_people) = parts
    share: NDArray[np.float64] = np.where(has_people, (ground + people) / 2, ground)
    return share


def _first_hit(shapes: Sequence[BaseGeometry], points: Sequence[BaseGeometry]) -> NDArray[np.int64]:
    """Index of the first shape each point lies in, -1 for none."""
    hit = np.full(len(points), -1, dtype=np.int64)
    if len(shapes) and len(points):
        which, where = shapely.STRtree(shapes).query(points, predicate="intersects")
        order = np.lexsort((where, which))
        which, where = which[order], where[order]
        _, first = np.unique(which, return_index=True)
        hit[which[first]] = where[first]
    return hit
