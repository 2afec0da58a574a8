"""Marks into jobs: one waiting job takes up all marks at once, however many uploads left them."""

from __future__ import annotations

import time

from backend.statements import ask

COMPUTE = "backend.audits.jobs.compute"
TAKE_UP = "backend.audits.jobs.take_up"
LEFT_OVER = 5_000  # so many days are taken up at a time

# The job waits a second, and whatever is marked meanwhile is its work too. Asked after the commit: in it, one phone would
# wait for the next at the index that keeps queueing locks unique.
TAKE_UP_SOON = """
with made as (
    insert into procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args, scheduled_at)
    select 'default', %(task)s::text, 1, 'coverage marks', '{}', clock_timestamp() + interval '1 second'
     where not exists (select 1 from procrastinate_jobs where queueing_lock = 'coverage marks' and status = 'todo')
    on conflict (queueing_lock) where status = 'todo' do nothing
    returning scheduled_at
)
select coalesce(extract(epoch from min(scheduled_at) - clock_timestamp()), 0)::float8 from (
    select scheduled_at from made
    union all select scheduled_at from procrastinate_jobs where queueing_lock = 'coverage marks' and status = 'todo'
) as waiting
"""
# A day that already has a job keeps it; one that is being computed gets another, which finds what came since. Today goes
# first: a phone that brings a week does not keep the figures of today waiting.
TO_JOBS = """
with waiting as (
    select distinct grid_id, day, 'coverage ' || grid_id || ' ' || day as key from audits_touchedday order by grid_id, day
)
insert into procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
select 'default', %(task)s::text, -greatest(0, least(5, current_date - day)), key, key, jsonb_build_object('grid', grid_id, 'day', day)
  from waiting
 where not exists (select 1 from procrastinate_jobs where queueing_lock = waiting.key and status = 'todo')
 limit %(most)s
on conflict (queueing_lock) where status = 'todo' do nothing
"""

_waits_until = 0.0


def take_up_soon() -> None:
    """See to it that a job takes up the marks committed so far. Until it can have begun, nothing has to be asked."""
    global _waits_until
    now = time.monotonic()
    if now < _waits_until:
        return
    ((seconds,),) = ask(TAKE_UP_SOON, {"task": TAKE_UP})
    _waits_until = now + seconds


def marks_to_jobs() -> None:
    """A job for each grid and day that is marked and has none."""
    ask(TO_JOBS, {"task": COMPUTE, "most": LEFT_OVER})
