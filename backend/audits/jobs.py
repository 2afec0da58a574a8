"""Figures that follow what arrives; and what was left over, looked for every few minutes."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from backend.audits.actions import MAKE_GROUND, make_ground_later
from backend.audits.compute import compute_day
from backend.audits.make_ground import grids_without_ground, make_grounds
from backend.audits.marks import COMPUTE, TAKE_UP, marks_to_jobs
from backend.places.models import Grid

GRIDS_AT_ONCE = 10  # a few seconds; then the worker looks for what is more urgent


@app.task(name=COMPUTE, retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def compute(grid: int, day: str) -> None:
    """Bring one grid's day up to date."""
    row = Grid.objects.select_related("village", "plan").filter(pk=grid).first()
    if row is not None:
        compute_day(row, date.fromisoformat(day), at=timezone.now())


@app.task(name=TAKE_UP, retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def take_up() -> None:
    """Turn the marks of the last second or so into jobs."""
    marks_to_jobs()


@app.task(name=MAKE_GROUND, queueing_lock="ground", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def make_ground() -> None:
    """Make the ground of some grids that have none under the rules in force; as long as any are left, again."""
    at = timezone.now()
    missing = grids_without_ground(at)
    make_grounds(missing[:GRIDS_AT_ONCE], at=at)
    if GRIDS_AT_ONCE < len(missing) > len(grids_without_ground(at)):  # never again for nothing
        make_ground_later()


@app.periodic(cron="*/5 * * * *")
@app.task(name="backend.audits.jobs.sweep", queueing_lock="coverage sweep")
def sweep(timestamp: int) -> None:
    """Take up marks whose job was lost, and grids without ground."""
    del timestamp
    marks_to_jobs()
    make_ground()
