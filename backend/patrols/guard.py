"""How many minutes a day an item would add to what people have already: for who decides. It ranks nobody and names nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from backend.patrols.admissions import Load
from backend.patrols.due_windows import workdays_of
from backend.patrols.frequency import windows_of
from backend.patrols.models import ChecklistItem
from backend.places.rules import rules_at
from backend.units.models import AdminUnit

LOOKED_AT = timedelta(days=28)
#: Minutes each accountable person of a unit has by rule in some weeks, and how many objects the item would add. Each
#: window counts, however many of a day there are; one that reaches beyond the weeks by its share.
MINUTES = """
with shoulders as (
    select g.id as grid_id, g.code, d.user_id
      from places_grid g
      join places_gridplan p on p.id = g.plan_id and p.state = 'published'
      join places_gridduty d on d.grid_id = g.id and d.role = 'worker' and d.valid @> %(at)s::timestamptz
      join accounts_user u on u.id = d.user_id and u.is_active
     where g.code like %(stem)s::text
), had as (
    select t.person_id as user_id,
           sum(i.minutes * least(1, extract(epoch from least(upper(t."window"), %(end)s::timestamptz) - greatest(lower(t."window"), %(at)s::timestamptz))
                                    / extract(epoch from upper(t."window") - lower(t."window")))) as minutes
      from patrols_task t
      join patrols_obligation o on o.task_id = t.id and o.state <> 'withdrawn'
      join patrols_checklistitem i on i.id = o.item_id
     where t.source = 'rule' and t.state <> 'withdrawn' and t."window" && tstzrange(%(at)s::timestamptz, %(end)s::timestamptz)
       and t.person_id in (select user_id from shoulders) and i.code <> %(code)s::text
     group by t.person_id
), objects as (
    select user_id, count(*) as number from (
        select s.user_id from shoulders s where %(kind)s::text = 'grid'
        union all
        select s.user_id from shoulders s join places_keyplace k on k.grid_code = s.code
         where %(kind)s::text = 'key_place' and (%(all_kinds)s::boolean or k.kind = any(%(kinds)s::text[])) and (%(all_risks)s::boolean or k.risk = any(%(risks)s::text[]))
        union all
        select s.user_id from shoulders s join places_household h on h.grid_code = s.code
         where %(kind)s::text = 'household' and (%(all_kinds)s::boolean or h.kind = any(%(kinds)s::text[]))
        union all
        select s.user_id from shoulders s join places_route r on r.grid_code = s.code
         where %(kind)s::text = 'route' and (%(all_kinds)s::boolean or r.kind = any(%(kinds)s::text[]))
    ) o group by user_id
)
select coalesce(h.minutes, 0)::float8, coalesce(o.number, 0)::bigint
  from (select distinct user_id from shoulders) s left join had h using (user_id) left join objects o using (user_id)
"""


def load_change(item: ChecklistItem, unit: AdminUnit, *, at: datetime) -> Load:
    """Minutes a day of the busiest person of a unit without the item and with it, over the four weeks to come, against the cap.

    Dangers that may be announced are left out; so is what is asked by order.
    """
    end = at + LOOKED_AT
    times = _times(item, at, end, unit=unit)
    values: dict[str, Any] = {
        "at": at,
        "end": end,
        "stem": f"{unit.stem}%",
        "code": item.code,
        "kind": item.object_kind,
        "kinds": list(item.place_kinds),
        "all_kinds": not item.place_kinds,
        "risks": list(item.risks),
        "all_risks": not item.risks,
    }
    days = LOOKED_AT.days
    with connection.cursor() as cursor:
        cursor.execute(MINUTES, values)
        found = cursor.fetchall()
    rows = [(had / days, (had + number * times * item.minutes) / days) for had, number in found]
    cap = rules_at(unit.code, at).workday_min
    before, after = (round(max((row[side] for row in rows), default=0.0), 1) for side in (0, 1))
    return Load(before, after, cap, over=sum(row[1] > cap for row in rows))


def _times(item: ChecklistItem, at: datetime, end: datetime, *, unit: AdminUnit) -> float:
    """How often it would be due at one object; a window that reaches beyond counts by its share."""
    zone = ZoneInfo(settings.COUNTY_TIME_ZONE)
    first, last = at.astimezone(zone).date(), end.astimezone(zone).date()
    workdays = workdays_of(f"{unit.code[:6]}000000", first, last)
    found = windows_of(item.frequency, first, last, zone=zone, workdays=workdays)
    return sum((min(one.end, end) - max(one.begin, at)) / (one.end - one.begin) for one in found if one.end > at)
