"""In the background: shapes of tiles, so that the first to look at a new plan does not wait for them."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from backend.command.tile_shapes import draw_missing

DRAW = "backend.command.jobs.draw_tiles"
PLANS_AT_ONCE = 100  # a few seconds; then the worker looks for what is more urgent
BEHIND = -5


@app.task(name=DRAW, queueing_lock="tiles", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def draw_tiles() -> None:
    """Draw some plans that were published since; as long as any are left, again."""
    if draw_missing(at_most=PLANS_AT_ONCE):
        draw_tiles_later()


def draw_tiles_later() -> None:
    """Have the shapes drawn after the caller's transaction. A tile that is asked for before draws what is missing itself."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(DRAW, queueing_lock="tiles", priority=BEHIND).defer()
