"""Figures that follow what arrives; and what was left over, looked for every few minutes."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from backend.audits.actions import COMPUTE, MAKE_GROUND, mark_touched
from backend.audits.compute import compute_day
from backend.audits.days import TouchedDay
from backend.audits.make_ground import grids_without_ground, make_grounds
from backend.places.models import Grid

LEFT_OVER = 5_000  # a sweep takes up so many at a time


@app.task(name=COMPUTE, retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def compute(grid: int, day: str) -> None:
    """Bring one grid's day up to date."""
    row = Grid.objects.select_related("village", "plan").filter(pk=grid).first()
    if row is not None:
        compute_day(row, date.fromisoformat(day), at=timezone.now())


@app.task(name=MAKE_GROUND, queueing_lock="ground", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def make_ground() -> None:
    """Make the ground of grids that have none under the rules in force: after a plan was published or a rule changed."""
    at = timezone.now()
    make_grounds(grids_without_ground(at)[:LEFT_OVER], at=at)


@app.periodic(cron="*/5 * * * *")
@app.task(name="backend.audits.jobs.sweep", queueing_lock="coverage sweep")
def sweep(timestamp: int) -> None:
    """Take up marks whose job was lost, and grids without ground."""
    del timestamp
    at = timezone.now()
    for grid, day in TouchedDay.objects.values_list("grid", "day").distinct()[:LEFT_OVER]:
        mark_touched([grid], day, at=at)
    make_ground()
