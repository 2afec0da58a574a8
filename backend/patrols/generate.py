"""Obligations made ahead: what is due becomes tasks on shoulders. Asked again it changes nothing; asked later it mends.

What is done is kept, whatever moved since; what is open follows people, plans, items and dangers.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from backend.accounts.live import wake_phones
from backend.patrols import generate_sql as sql
from backend.patrols.due_windows import Due, due_windows
from backend.patrols.results import settle_object
from backend.units.models import AdminUnit

logger = logging.getLogger(__name__)
NO_LONGER = "清单、预警或网格变了，这一次不用办了。"
WHY = "到清单上该看的时候了"
ROUND = "网格里走一圈"


@dataclass(frozen=True, slots=True)
class Generated:
    """Counts of one run. ``moved``: open tasks whose person or grid changed; ``without_person``: alarms that stand now."""

    tasks: int = 0
    obligations: int = 0
    withdrawn: int = 0
    moved: int = 0
    without_person: int = 0

    def __add__(self, other: Generated) -> Generated:
        return Generated(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def is_nothing(self) -> bool:
        """Whether everything was as it should be already."""
        return not (self.tasks or self.obligations or self.withdrawn or self.moved)


def generate_obligations(unit: AdminUnit, period: tuple[date, date], *, at: datetime) -> Generated:
    """Everything due in a unit in windows that meet the days ``[first, last)`` and are not over at an instant.

    Each township is a transaction of its own. The person of a window is who has the duty of the grid when it begins, or at
    ``at`` if it has begun; else the stand-in; else nobody, and the task is an alarm.
    """
    code = unit.code if unit.level != AdminUnit.Level.VILLAGE else f"{unit.code[:9]}000"
    townships = AdminUnit.objects.current().below(code).filter(level=AdminUnit.Level.TOWNSHIP).order_by("code")
    total = Generated()
    for township in townships:
        total += _generate(township, period, at=at)
    return total


def _generate(township: AdminUnit, period: tuple[date, date], *, at: datetime) -> Generated:
    first, last = period
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.ONE_AT_A_TIME, [township.code])
        due, villages = due_windows(township, first, last)
        values: dict[str, Any] = {
            "stem": f"{township.stem}%",
            "township": township.stem,
            "villages": villages,
            "at": at,
            "first": first,
            "last": last,
            "zone": settings.COUNTY_TIME_ZONE,
            "why": WHY,
            "round": ROUND,
            "no_longer": NO_LONGER,
        }
        _fill(cursor, [one for one in due if one.window.end > at], values)
        tasks = _run(cursor, sql.MAKE_TASKS, values)
        cursor.execute(sql.CLOSED_BY_RULE, values)
        obligations = _run(cursor, sql.MAKE_OBLIGATIONS, values)
        cursor.execute(sql.OPEN_AGAIN, values)
        cursor.execute(sql.STANDING, values)
        withdrawn = _run(cursor, sql.WITHDRAW, values)
        cursor.execute(sql.CLOSE_EMPTY, values)
        cursor.execute(sql.MOVE, values)
        moved = cursor.fetchall()
        cursor.execute(sql.ANSWERED_BEFORE, values)
        for (key,) in cursor.fetchall():
            settle_object(key)
        cursor.execute(sql.WITHOUT_PERSON, values)
        ((without_person,),) = cursor.fetchall()
        wake_phones({person for pair in moved for person in pair if person is not None})
        if tasks or obligations or withdrawn:
            cursor.execute(sql.PEOPLE, values)
            wake_phones(person for (person,) in cursor.fetchall())
    found = Generated(tasks, obligations, withdrawn, len(moved), without_person)
    if not found.is_nothing:
        logger.info(
            "obligations.generated",
            extra={"unit": township.code} | {one.name: getattr(found, one.name) for one in fields(found)},
        )
    return found


def _fill(cursor: Any, due: Sequence[Due], values: dict[str, Any]) -> None:
    """Temporary tables of this transaction: windows, objects, what is wanted, and who has it on the shoulders."""
    cursor.execute(sql.CLEAR)  # of the township before, if a transaction goes around several
    cursor.execute(sql.DUE)
    with cursor.copy("copy due_window from stdin") as copy:
        for one in due:
            copy.write_row(
                (one.stem, one.item, one.admission, one.code, one.is_restricted, one.position, one.window.begin, one.window.end)
            )
    for statement in (sql.OBJECTS, sql.WANTED, sql.WANTED_TASKS, sql.SHOULDERS):
        cursor.execute(statement, values)


def _run(cursor: Any, statement: str, values: dict[str, Any]) -> int:
    cursor.execute(statement, values)
    return int(cursor.rowcount)
