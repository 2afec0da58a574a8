"""Borders as whole millimetres, each stretch once: neighbours own the same corners.

Everything is counted from a corner of the township, so that ground moved by whole millimetres gives the same result, moved.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: Whole steps of the lattice in a metre.
STEPS = 1000
#: Corners added to a border stay this far from others, metres.
_APART_M = 0.1
#: A barrier that meets a border more flatly than this (sine of the angle) runs along it; it needs no corner.
_FLAT = 0.02
#: Rounding moves a corner by less than this, so a stretch is not cut again for it, metres.
_SLACK_M = 0.002
_ROUNDS = 20


def to_steps(shapes: Shapes, origin: Ints) -> Shapes:
    """Shapes in metres as whole millimetres from an origin, still written in metres."""
    return np.asarray(shapely.transform(shapes, lambda xy: (steps(xy) - origin) / STEPS), dtype=object)


def from_steps(shapes: Shapes, origin: Ints) -> Shapes:
    """The inverse of `to_steps`."""
    return np.asarray(shapely.transform(shapes, lambda xy: (steps(xy) + origin) / STEPS), dtype=object)


def steps(xy: Floats) -> Ints:
    """Metres as whole steps of the lattice."""
    return np.rint(xy * STEPS).astype(np.int64)


def share_border_corners(items: Shapes, barriers: Shapes, *, spacing_m: float) -> Shapes:
    """Areas that do not overlap with the same corners on common borders: where barriers cross, and every ``spacing_m``.

    Corners lie on the lattice. Borders move by less than 1 mm, and not at all when it is done again.
    """
    crossing = _segments(barriers)
    border = _segments(_noded(shapely.boundary(items)))
    for _ in range(_ROUNDS):
        before = border
        border = _segments(_noded(_joined(_with_corners(border, crossing, spacing_m))))
        if np.array_equal(border, before):
            break
    return _rebuilt(border, items)


def _noded(lines: Shapes) -> Shapes:
    net = shapely.union_all(lines, grid_size=1.0 / STEPS)
    return np.asarray(shapely.get_parts(net), dtype=object)


def _joined(border: Ints) -> Shapes:
    """Stretches as few long lines, which are noded ten times as fast."""
    lines = shapely.line_merge(shapely.multilinestrings(border.reshape(-1, 2, 2) / STEPS))
    return np.asarray(shapely.get_parts(lines), dtype=object)


def _segments(lines: Shapes) -> Ints:
    """Stretches between corners in steps, (n, 4), lower end first, each once, in order."""
    if not len(lines):
        return np.zeros((0, 4), dtype=np.int64)
    xy, part = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    corner, same = steps(xy), part[1:] == part[:-1]
    start, end = corner[:-1][same], corner[1:][same]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    ends = np.where(swap[:, None], np.hstack([end, start]), np.hstack([start, end]))
    return np.unique(ends[(start != end).any(axis=1)], axis=0)


def _with_corners(border: Ints, barriers: Ints, spacing_m: float) -> Ints:
    """Stretches of the border cut where barriers cross and at even steps in between."""
    number, share = _crossings(border, barriers)
    order = np.lexsort([share, number])
    number, share = number[order], share[order]
    starts = np.searchsorted(number, np.arange(len(border) + 1))
    length_m = np.hypot(*(border[:, 2:] - border[:, :2]).T) / STEPS
    plain = (np.diff(starts) == 0) & (length_m <= spacing_m + _SLACK_M)
    pieces = [border[plain]]
    for index in np.flatnonzero(~plain):
        shares = _shares(share[starts[index] : starts[index + 1]], float(length_m[index]), spacing_m)
        start, along = border[index, :2], border[index, 2:] - border[index, :2]
        chain = start + np.rint(shares[:, None] * along).astype(np.int64)
        pieces.append(np.hstack([chain[:-1], chain[1:]]))
    return np.concatenate(pieces)


def _shares(crossings: Floats, length_m: float, spacing_m: float) -> Floats:
    kept = [0.0]
    for share in crossings.tolist():
        if (share - kept[-1]) * length_m > _APART_M and (1.0 - share) * length_m > _APART_M:
            kept.append(share)
    kept.append(1.0)
    filled = []
    for one, other in zip(kept[:-1], kept[1:], strict=True):
        count = max(1, int(np.ceil(((other - one) * length_m - _SLACK_M) / spacing_m)))
        filled += [one + (other - one) * step / count for step in range(count)]
    return np.array([*filled, 1.0])


def _crossings(border: Ints, barriers: Ints) -> tuple[Ints, Floats]:
    """Which stretches a barrier crosses, and how far along; differences of whole steps, so the same wherever it lies."""
    if not len(border) or not len(barriers):
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    lines, others = (shapely.linestrings(ends.reshape(-1, 2, 2) / STEPS) for ends in (border, barriers))
    here, there = shapely.STRtree(others).query(lines)
    along, across = (ends[at, 2:] - ends[at, :2] for ends, at in ((border, here), (barriers, there)))
    offset = barriers[there, :2] - border[here, :2]
    turn = _cross(along, across)
    flat = np.abs(turn) <= _FLAT * np.hypot(*along.T) * np.hypot(*across.T)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, on_barrier = _cross(offset, across) / turn, _cross(offset, along) / turn
        meets = ~flat & (share > 0) & (share < 1) & (on_barrier >= 0) & (on_barrier <= 1)
    return here[meets].astype(np.int64), share[meets]


def _cross(a: Ints, b: Ints) -> Ints:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def _rebuilt(border: Ints, items: Shapes) -> Shapes:
    """The items anew from stretches of border; each piece goes to the item that holds most of it."""
    lines = shapely.linestrings(border.reshape(-1, 2, 2) / STEPS)
    pieces = shapely.normalize(shapely.get_parts(shapely.polygonize(lines)))
    inner = shapely.point_on_surface(pieces)
    piece, item = shapely.STRtree(items).query(inner, predicate="intersects")
    order = np.lexsort((item, piece))
    which, first = np.unique(piece[order], return_index=True)
    owner = np.full(len(pieces), -1, dtype=np.int64)
    owner[which] = item[order][first]
    made = [shapely.coverage_union_all(pieces[owner == number]) for number in range(len(items))]
    return np.asarray(shapely.normalize(np.array([_plain(shape) for shape in made], dtype=object)), dtype=object)


def _plain(shape: BaseGeometry) -> BaseGeometry:
    """One part stands for itself."""
    return shape.geoms[0] if shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1 else shape
