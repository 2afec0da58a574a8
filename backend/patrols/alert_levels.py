"""Dangers announced for a unit: raised with an end, lifted before it. They raise frequencies while they last."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from backend.accounts.models import User
from backend.patrols.later import generate_later
from backend.patrols.models import AlertLevel
from backend.problems import Conflict, Unreadable
from backend.units.models import AdminUnit
from notifications.actions import announce, close_alerts
from notifications.events import AlertLevelLifted, AlertLevelRaised

logger = logging.getLogger(__name__)
LONGEST = timedelta(days=31)


class AlertOver(Conflict):
    """The danger has ended or was lifted meanwhile."""

    slug = "alert_level_over"
    zh, en = "这个预警已经结束了。", "This alert level is over."


def raise_level(
    unit: AdminUnit, *, hazard: str, level: str, ground: str, until: datetime, by: User, at: datetime
) -> AlertLevel:
    """Announce a danger from now until an instant, to the ground staff and desks of the unit. The level before ends now."""
    if hazard not in AlertLevel.Hazard.values or level not in AlertLevel.Level.values:
        raise Unreadable("预警的种类或级别不认得。")
    if not ground.strip():
        raise Unreadable("要写依据：谁发布的、几号文。", fields=[{"where": "ground", "what": "没有写"}])
    if not at < until <= at + LONGEST:
        raise Unreadable("预警要有结束时间，在现在之后、31 天以内。", fields=[{"where": "to", "what": "要在 31 天以内"}])
    with transaction.atomic():
        AdminUnit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        for before in AlertLevel.objects.valid_at(at).filter(unit=unit, hazard=hazard):
            _end(before, by=by, at=at)
            close_alerts([f"level:{before.uuid}:raised"], at=at)
        row = AlertLevel.objects.create(
            unit=unit,
            hazard=hazard,
            level=level,
            ground=ground.strip(),
            valid=DateTimeTZRange(at, until),
            raised_by=by,
            raised_at=at,
        )
        generate_later(unit.code)
        announce(_raised(row), at=at)
    logger.info("alert_level.raised", extra={"unit": unit.code, "hazard": hazard, "level": level, "by": by.pk})
    return row


def lift_level(alert: AlertLevel, *, by: User, at: datetime) -> AlertLevel:
    """End a danger before its time."""
    with transaction.atomic():
        found = AlertLevel.objects.select_for_update(of=("self",)).select_related("unit").get(pk=alert.pk)
        if at not in found.valid:
            raise AlertOver
        _end(found, by=by, at=at)
        generate_later(found.unit.code)
        announce(_lifted(found, by=by, at=at), at=at)
    logger.info("alert_level.lifted", extra={"unit": found.unit.code, "hazard": found.hazard, "by": by.pk})
    return found


def _end(alert: AlertLevel, *, by: User, at: datetime) -> None:
    alert.valid = DateTimeTZRange(alert.valid.lower, max(at, alert.valid.lower + timedelta(microseconds=1)))
    alert.ended_by, alert.ended_at = by, at
    alert.save(update_fields=["valid", "ended_by", "ended_at"])


def _raised(row: AlertLevel) -> AlertLevelRaised:
    return AlertLevelRaised(
        level=str(row.uuid),
        hazard=row.get_hazard_display(),
        color=row.get_level_display(),
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        ends_at=row.valid.upper,
        reason=row.ground,
        by=row.raised_by_id,
        at=row.raised_at,
    )


def _lifted(row: AlertLevel, *, by: User, at: datetime) -> AlertLevelLifted:
    return AlertLevelLifted(
        level=str(row.uuid),
        hazard=row.get_hazard_display(),
        unit_code=row.unit.code,
        unit_name=row.unit.name,
        by=by.pk,
        at=at,
    )
