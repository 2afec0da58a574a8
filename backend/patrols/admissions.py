"""What may be put on grid staff (准入), who decided it, when it ends (退出), and what of it is then no longer asked."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from backend.accounts.models import Office, User
from backend.patrols.later import generate_later
from backend.patrols.models import ChecklistItem, ItemAdmission
from backend.problems import Conflict, Unreadable
from backend.units.models import AdminUnit

logger = logging.getLogger(__name__)
State = ItemAdmission.State

#: Obligations under an admission whose window begins on a day it does not hold; then the tasks in which nothing is left.
BEYOND = f"""
with gone as (
    update patrols_obligation o set state = 'withdrawn'
      from patrols_task t, patrols_itemadmission a
     where o.admission_id = %(admission)s and a.id = o.admission_id and t.id = o.task_id
       and o.state = 'open' and t.state = 'open'
       and not a.valid @> (lower(t."window") at time zone '{settings.COUNTY_TIME_ZONE}')::date
    returning o.id, o.task_id
), closed as (
    update patrols_task t
       set state = case when exists (select from patrols_obligation o where o.task_id = t.id and o.state = 'done')
                        then 'done' else 'withdrawn' end,
           withdrawal_ground = case when exists (select from patrols_obligation o where o.task_id = t.id and o.state = 'done')
                                    then '' else %(ground)s end,
           moved_at = %(at)s
     where t.id in (select task_id from gone) and not exists (
           select from patrols_obligation o
            where o.task_id = t.id and o.state = 'open' and o.id not in (select id from gone))
    returning t.id
)
update patrols_task t set moved_at = %(at)s
 where t.id in (select task_id from gone) and t.id not in (select id from closed)
"""


class AlreadyAdmitted(Conflict):
    """The item is admitted or applied for in this unit for some of these days."""

    slug = "already_admitted"
    zh, en = "这一项在这里已经准入，或者已经申请了。", "The item is admitted or applied for here already."


class NotApplied(Conflict):
    """The application was decided meanwhile."""

    slug = "application_decided"
    zh, en = "这份申请已经有人定了。", "This application has been decided already."


class NotInForce(Conflict):
    """The admission is not in force on or after the day."""

    slug = "admission_not_in_force"
    zh, en = "这项准入那时已经不在了。", "This admission is not in force then."


class OverCap(Conflict):
    """With the item somebody's minutes a day would pass the county's cap; to admit it all the same needs a reason."""

    slug = "over_cap"
    zh, en = (
        "准入后每人每天的用时会超过县里的上限。确实要准入，请写明理由。",
        "With it the minutes a day pass the county's cap. Give a reason to admit it all the same.",
    )


@dataclass(frozen=True, slots=True)
class Load:
    """Minutes per person and day before and after, of the busiest; how many people would be over the cap."""

    before: float
    after: float
    cap: float
    over: int = 0

    @property
    def is_over(self) -> bool:
        return self.after > self.cap and self.after > self.before

    @property
    def told(self) -> dict[str, Any]:
        """As it is shown to who decides, and kept with the decision."""
        return {"before": self.before, "after": self.after, "cap": self.cap, "over": self.over}


def apply_item(
    item: ChecklistItem,
    unit: AdminUnit,
    *,
    ground: str,
    days: tuple[date, date | None],
    by: User,
    at: datetime,
    office: Office | None = None,
    is_temporary: bool = False,
) -> ItemAdmission:
    """Ask that an item may be put on the grid staff of a unit, from a day on; ``days[1]`` is the first day after it."""
    begin, end = days
    if unit.code[:6] != item.county.code[:6]:
        raise Unreadable("这一项不是这个县的。")
    if is_temporary and end is None:
        raise Unreadable("临时的事项要写到哪天为止。", fields=[{"where": "to", "what": "临时的要写"}])
    if end is not None and end <= max(begin, timezone.localtime(at).date()):
        raise Unreadable("结束的日子要在开始之后，也要在今天之后。", fields=[{"where": "to", "what": "太早了"}])
    if not item.valid.upper_inf and begin >= item.valid.upper:
        raise Unreadable("这一项那时已经停用。", fields=[{"where": "from", "what": "事项已停用"}])
    taken = ItemAdmission.objects.filter(item=item, unit=unit, state=State.ADMITTED, valid__overlap=DateRange(begin, end))
    if taken.exists():
        raise AlreadyAdmitted
    try:
        with transaction.atomic():
            admission = ItemAdmission.objects.create(
                item=item,
                unit=unit,
                office=office,
                state=State.APPLIED,
                is_temporary=is_temporary,
                ground=ground.strip(),
                valid=DateRange(begin, end),
                applied_by=by,
                applied_at=at,
            )
    except IntegrityError as error:
        raise AlreadyAdmitted from error
    logger.info("item.applied", extra={"item": item.reference, "unit": unit.code, "by": by.pk})
    return admission


def decide_application(
    admission: ItemAdmission,
    *,
    is_admitted: bool,
    by: User,
    at: datetime,
    note: str = "",
    reason: str = "",
    load: Load | None = None,
) -> ItemAdmission:
    """Admit or refuse. A refusal says why; over the county's cap an admission does. What was shown of the load is kept."""
    said = "；".join(part for part in (note.strip(), reason.strip()) if part)
    if not is_admitted and not said:
        raise Unreadable("不准入要说为什么。", fields=[{"where": "note", "what": "没有写"}])
    if is_admitted and load is not None and load.is_over and not reason.strip():
        raise OverCap(before=load.before, after=load.after, cap=load.cap)
    today = timezone.localtime(at).date()
    try:
        with transaction.atomic():
            found = ItemAdmission.objects.select_for_update().select_related("item", "unit").get(pk=admission.pk)
            if found.state != State.APPLIED:
                raise NotApplied
            if is_admitted:
                begin = max(found.valid.lower or today, today)
                if found.valid.upper is not None and found.valid.upper <= begin:
                    raise Unreadable("申请的日子已经过了。")
                found.valid = DateRange(begin, found.valid.upper)
            found.state = State.ADMITTED if is_admitted else State.REJECTED
            found.decision_note, found.approved_by, found.approved_at = said[:200], by, at
            if load is not None:
                found.load_note = load.told
            found.save()
            generate_later(found.unit.code)
    except IntegrityError as error:
        raise AlreadyAdmitted from error
    logger.info("item.decided", extra={"item": found.item.reference, "admitted": is_admitted, "by": by.pk})
    return found


def withdraw_admission(admission: ItemAdmission, *, since: date, ground: str, by: User, at: datetime) -> ItemAdmission:
    """No longer in force from a day on. What is open for days from then on is taken back with the reason; what is done stays."""
    if since < timezone.localtime(at).date():
        raise Unreadable("退出的日子不能早于今天。", fields=[{"where": "from", "what": "不能早于今天"}])
    if not ground.strip():
        raise Unreadable("退出要说为什么。", fields=[{"where": "ground", "what": "没有写"}])
    with transaction.atomic():
        found = ItemAdmission.objects.select_for_update(of=("self",)).select_related("item", "unit").get(pk=admission.pk)
        if found.state != State.ADMITTED or not cut(found, since):
            raise NotInForce
        found.withdrawn_by, found.withdrawn_at, found.withdrawal_ground = by, at, ground.strip()
        found.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawal_ground"])
        withdraw_beyond(found, ground=f"事项已退出：{ground.strip()}", at=at)
        generate_later(found.unit.code)  # the county or the township may allow it still
    logger.info("item.withdrawn", extra={"item": found.item.reference, "unit": found.unit.code, "by": by.pk})
    return found


def withdraw_beyond(admission: ItemAdmission, *, at: datetime, ground: str = "") -> None:
    """Take back what is open under an admission for days it does not hold. A task with nothing left goes with it."""
    words = (ground.strip() or "事项已退出")[:200]
    with connection.cursor() as cursor:
        cursor.execute(BEYOND, {"admission": admission.pk, "ground": words, "at": at})


def cut(admission: ItemAdmission, since: date) -> bool:
    """End an admission on a day; False if it ends before anyway. One that had not begun is left without a day."""
    whole = admission.valid
    if whole.isempty or (whole.upper is not None and whole.upper <= since):
        return False
    begun = whole.lower is None or whole.lower < since
    admission.valid = DateRange(whole.lower, since) if begun else DateRange(empty=True)
    admission.save(update_fields=["valid"])
    return True


def last_day(valid: DateRange) -> date | None:
    """The last day of a half-open range of days, None if it has no end or no day."""
    return None if valid.isempty or valid.upper is None else valid.upper - timedelta(days=1)
