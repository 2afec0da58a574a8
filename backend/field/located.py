"""Which published grid a position lay in at an instant: decided in process, by the grids of that day."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from numpy.typing import ArrayLike

from backend.places.models import Grid, GridPlan
from backend.statements import Row, ask
from geo import NOWHERE, GridIndex


@dataclass(frozen=True)
class GridsOfADay:
    """The grids in force at one time; answers grid rows' keys and codes."""

    index: GridIndex
    keys: dict[str, int]
    lock: threading.Lock  # prepared polygons are built on first use, and many threads ask

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> Any:
        """Index into ``index.codes`` for each position, `NOWHERE` outside every grid."""
        with self.lock:
            return self.index.locate(lon, lat)

    def key(self, found: int) -> int:
        return self.keys[self.index.codes[found]]

    def code(self, found: int) -> str:
        return "" if found == NOWHERE else self.index.codes[found]


class GridHistory:
    """All grids that ever were in force, indexed once for each stretch of time between two publications."""

    def __init__(self, rows: Sequence[tuple[int, str, Any, Any]]) -> None:
        self.rows = rows
        edges = {edge for _, _, _, valid in rows for edge in (valid.lower, valid.upper) if edge is not None}
        self.edges = sorted(edges)
        self.days: dict[int, GridsOfADay] = {}
        self.lock = threading.Lock()

    def at(self, at: datetime) -> GridsOfADay:
        stretch = bisect_right(self.edges, at)
        with self.lock:
            if stretch not in self.days:
                self.days[stretch] = self._index(at)
            return self.days[stretch]

    def _index(self, at: datetime) -> GridsOfADay:
        there = [(pk, code, polygon) for pk, code, polygon, valid in self.rows if _contains(valid, at)]
        polygons = [shapely.from_wkb(bytes(polygon.wkb)) for _, _, polygon in there]
        index = GridIndex([code for _, code, _ in there], polygons)
        return GridsOfADay(index, {code: pk for pk, code, _ in there}, threading.Lock())


# Asked for every piece of track, so in plain words: building the same query anew took half the time of storing one.
PLANS_IN_FORCE = """
select count(*), max(id), max(published_at), count(retired_at), max(retired_at) from places_gridplan where state <> 'draft'
"""

_kept: tuple[object, GridHistory] | None = None
_asked: ContextVar[GridHistory | None] = ContextVar("plans asked for", default=None)


@contextmanager
def plans_known(version: Row) -> Iterator[None]:
    """Within it nobody asks which plans are in force: the answer of `PLANS_IN_FORCE`, asked in this transaction, holds."""
    token = _asked.set(_history_of(version))
    try:
        yield
    finally:
        _asked.reset(token)


def grids_at(at: datetime) -> GridsOfADay:
    """The grids in force at an instant; read again only when a plan was published or retired."""
    return _history().at(at)


def grids_between(begin: datetime, end: datetime) -> list[GridsOfADay]:
    """The grids in force at two instants: one entry unless a plan was published between them."""
    history = _history()
    first, last = history.at(begin), history.at(end)
    return [first] if first is last else [first, last]


def _history() -> GridHistory:
    return _asked.get() or _history_of(ask(PLANS_IN_FORCE)[0])


def _history_of(version: Row) -> GridHistory:
    global _kept
    kept = _kept
    if kept is None or kept[0] != version:
        rows = Grid.objects.exclude(plan__state=GridPlan.State.DRAFT).exclude(valid=None)
        kept = _kept = (version, GridHistory(list(rows.values_list("pk", "code", "polygon", "valid"))))
    return kept[1]


def grid_code_at(lon: float, lat: float, at: datetime) -> str:
    """Code of the grid a position lay in, empty outside every grid."""
    grids = grids_at(at)
    return grids.code(int(grids.locate([lon], [lat])[0]))


def _contains(valid: Any, at: datetime) -> bool:
    return (valid.lower is None or valid.lower <= at) and (valid.upper is None or at < valid.upper)
