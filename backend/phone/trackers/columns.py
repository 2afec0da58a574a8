"""Readings as the body of a track item, and back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any
from uuid import UUID

from backend.phone.models import Tracker

Row = tuple[int, ...]


def track_body(rows: Sequence[Row], *, patrol: UUID, tracker: Tracker) -> dict[str, Any]:
    """The body of a track item; what the app is, in which datum and how often it sends stands in it."""
    return {"patrol": str(patrol), "crs": tracker.crs, "source": tracker.app, "interval_s": tracker.interval_s} | columns_of(
        rows
    )


def columns_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Rows of readings as the columns of the wire."""
    times, lons, lats, accs, speeds, courses, mocks = (list(column) for column in zip(*rows, strict=True))
    return {
        "t0": times[0],
        "dt": _steps(times, first=0),
        "lon": _steps(lons),
        "lat": _steps(lats),
        "acc": accs,
        "speed": speeds,
        "course": courses,
        "mock": mocks,
    }


def track_rows(body: dict[str, Any]) -> list[Row]:
    """The rows a body was made of."""
    times = [body["t0"] + after for after in accumulate(body["dt"])]
    columns = (
        times,
        accumulate(body["lon"]),
        accumulate(body["lat"]),
        body["acc"],
        body["speed"],
        body["course"],
        body["mock"],
    )
    return list(zip(*columns, strict=True))


def _steps(values: Sequence[int], first: int | None = None) -> list[int]:
    return [values[0] if first is None else first, *(after - before for before, after in pairwise(values))]
