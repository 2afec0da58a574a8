"""Who is accountable for a grid, from when to when."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from backend.accounts.live import wake_phones
from backend.accounts.models import User
from backend.places.models import Grid, GridDuty, GridPlan
from backend.problems import Conflict, NotAllowed, Unreadable

logger = logging.getLogger(__name__)

BACK_AT_MOST = timedelta(minutes=5)  # two clocks; who was accountable before is a record


class DutyEnded(Conflict):
    """The duty is over; it cannot be ended twice."""

    slug = "duty_ended"
    zh, en = "这个人已经不负责这个网格了。", "This duty has ended already."


class DutyTaken(Conflict):
    """Somebody is accountable for the grid from a later day on: two workers at a time there cannot be."""

    slug = "duty_taken"
    zh, en = (
        "从后面某一天起，这个网格已经定了网格员。要换人，请从那一天起重新指定。",
        "Somebody is named for this grid from a later day on. Name another from that same day.",
    )


def assign_duty(
    grid: Grid,
    user: User,
    *,
    role: str,
    by: User | None,
    at: datetime,
    start: datetime | None = None,
    until: datetime | None = None,
) -> GridDuty:
    """Make a person chief, worker or stand-in of a grid. A new worker takes over from the one before, without a gap."""
    start = start or at
    if start < at - BACK_AT_MOST:
        raise Unreadable("起始时间不能早于现在：以前谁负责，不能改。")
    if not user.is_active:
        raise NotAllowed("这个人已经停用，不能指定。")
    with transaction.atomic():
        hold_grid(grid)
        same = {} if role == GridDuty.Role.WORKER else {"user": user}  # one worker, any number of the others
        held = list(grid.duties.select_for_update().filter(role=role, **same).valid_at(start))
        for before in held:
            cut_duty(before, at=start)
        later = grid.duties.filter(role=GridDuty.Role.WORKER, valid__overlap=(start, until)).order_by("valid").first()
        if role == GridDuty.Role.WORKER and later is not None:
            day = timezone.localtime(later.valid.lower, ZoneInfo(settings.COUNTY_TIME_ZONE))
            raise DutyTaken(f"从{day:%Y-%m-%d}起，这个网格已定由{later.user.name}负责。要换人，请从那一天起重新指定。")
        duty = GridDuty.objects.create(grid=grid, user=user, role=role, valid=DateTimeTZRange(start, until))
        wake_phones([user.pk, *(before.user_id for before in held)])
        logger.info("duty.assigned", extra={"grid": grid.pk, "user": user.pk, "by": by.pk if by else None})
        return duty


def hold_grid(grid: Grid) -> None:
    """Keep the grid in force until this transaction ends: a plan published meanwhile waits, and finds what was done here.

    Two who give the same grid its person do so one after the other. Raises `Conflict` if the plan is not in force any more.
    """
    Grid.objects.select_for_update(no_key=True).get(pk=grid.pk)
    if not GridPlan.objects.published().filter(pk=grid.plan_id).exists():
        raise Conflict("这个网格不在现行方案里，请选新方案的网格。")


def end_duty(duty: GridDuty, *, by: User | None, at: datetime) -> GridDuty:
    """From now on the person is not accountable; if nobody follows, the grid becomes an alarm."""
    with transaction.atomic():
        held = GridDuty.objects.select_for_update().valid_at(at).filter(pk=duty.pk).first()
        if held is None:
            raise DutyEnded
        cut_duty(held, at=at)
        wake_phones([held.user_id])
        logger.info("duty.ended", extra={"duty": duty.pk, "by": by.pk if by else None})
    duty.refresh_from_db()
    return duty


def cut_duty(duty: GridDuty, *, at: datetime) -> None:
    """A duty that would be over before it began never was."""
    if duty.valid.lower is not None and duty.valid.lower >= at:
        duty.delete()
    else:
        GridDuty.objects.filter(pk=duty.pk).update(valid=(duty.valid.lower, at))
