"""Obligations made in the background: what changed them enqueues a job in its own transaction."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from backend.units.models import AdminUnit, stem

GENERATE = "backend.patrols.jobs.generate"
#: So far ahead tasks lie ready: two weeks are on the phones, and a night may be missed.
AHEAD = timedelta(days=16)
# One waiting job a township, however much changes; one that runs already is followed by another.
LATER = """
insert into procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
select 'default', %(task)s, -2, 'obligations ' || code, 'obligations ' || code, jsonb_build_object('township', code)
  from unnest(%(codes)s::text[]) as code
on conflict (queueing_lock) where status = 'todo' do nothing
"""


def generate_later(code: str) -> None:
    """Have the obligations of a grid's or unit's townships made anew: a change of items, people, plans, days or dangers."""
    begins = stem(code)[:9]
    townships = AdminUnit.objects.current().below(begins.ljust(12, "0")).filter(level=AdminUnit.Level.TOWNSHIP)
    codes = sorted(townships.values_list("code", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(LATER, {"task": GENERATE, "codes": codes})
