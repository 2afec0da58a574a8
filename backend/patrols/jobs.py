"""Obligations made ahead: every night for every township with grids, and whenever something they hang on changed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from backend.patrols.generate import generate_obligations
from backend.patrols.later import AHEAD, GENERATE, generate_later
from backend.places.models import Grid
from backend.units.models import AdminUnit


@app.task(name=GENERATE, retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def generate(township: str) -> None:
    """Make what is due in a township from today on."""
    unit = AdminUnit.objects.current().filter(code=township).first()
    if unit is not None:
        at = timezone.now()
        today = timezone.localtime(at, ZoneInfo(settings.COUNTY_TIME_ZONE)).date()
        generate_obligations(unit, (today, today + AHEAD), at=at)


@app.periodic(cron="10 17 * * *")  # UTC: soon after midnight in the county
@app.task(name="backend.patrols.jobs.make_ahead", queueing_lock="make ahead")
def make_ahead(timestamp: int) -> None:
    """A job for each township with grids."""
    del timestamp
    for code in sorted({code[:9] for code in Grid.objects.current().values_list("code", flat=True)}):
        generate_later(code.ljust(12, "0"))
