"""Layers and walks for tests of coverage: one lane through the middle of a grid, west to east, and who walked how far."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import numpy as np
import shapely
from django.contrib.gis.geos import LineString
from django.utils import timezone

from backend.accounts.models import Device, User
from backend.audits.compute import compute_day
from backend.audits.days import CoverageDay
from backend.audits.visits import county_day
from backend.field.tracks import store_track
from backend.places.models import Barrier, Grid
from geo import Fixes, judge_fixes, to_metric
from tests.backend.builders import make_worker


def lane_ends(grid: Grid) -> tuple[float, float, float]:
    west, south, east, north = grid.polygon.extent
    return west, east, (south + north) / 2


def metres(grid: Grid) -> float:
    """Length of the lane, in the county's metres."""
    west, east, lat = lane_ends(grid)
    return float(to_metric(shapely.LineString([(west, lat), (east, lat)]), 4547).length)


def lay_lane(grid: Grid, *, kind: str = "lane") -> Barrier:
    """A lane through the whole grid at half its height."""
    west, east, lat = lane_ends(grid)
    return Barrier.objects.create(
        unit=grid.village, line=LineString((west, lat), (east, lat), srid=4326), kind=kind, strength=0.5
    )


def store_walk(
    grid: Grid,
    *,
    along: tuple[float, float] = (0.0, 1.0),
    person: User | None = None,
    start: datetime | None = None,
    patrol: uuid.UUID | None = None,
    item: uuid.UUID | None = None,
    n: int = 60,
    acc: int = 16,
) -> uuid.UUID:
    """A walk along the lane from one part of its length to another, a fix every five seconds; the id of its upload."""
    west, east, lat = lane_ends(grid)
    start = start or timezone.now() - timedelta(minutes=30)
    begin, end = (west + (east - west) * part for part in along)
    times = round(start.timestamp() * 1000) + 5000 * np.arange(n)
    fixes: Fixes = judge_fixes(
        times, np.linspace(begin, end, n), np.full(n, lat), np.full(n, acc), np.full(n, 12), np.zeros(n, dtype=bool)
    )
    person = person or make_worker()
    device, _ = Device.objects.get_or_create(user=person, defaults={"token_hash": uuid.uuid4().hex, "enrolled_at": start})
    item = item or uuid.uuid4()
    store_track(item, fixes, patrol=patrol or uuid.uuid4(), person=person, device=device)
    return item


def computed(grid: Grid, at: datetime | None = None) -> CoverageDay | None:
    """The figure of a grid's day, today unless told otherwise, as the job leaves it."""
    at = at or timezone.now()
    row = compute_day(Grid.objects.select_related("village").get(pk=grid.pk), county_day(at), at=timezone.now())
    return CoverageDay.objects.get(pk=row.pk) if row else None
