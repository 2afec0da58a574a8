"""The statements of `backend.patrols.generate`: a township's obligations as sets, never one at a time."""

from __future__ import annotations

ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('xunge.obligations'), hashtext(%s))"
CLEAR = "drop table if exists due_window, due_object, wanted, wanted_task, shoulder, closed_by_rule, standing"
DUE = """
create temporary table due_window (
    stem text, item_id bigint, admission_id bigint, code text, is_restricted boolean, position int,
    begins timestamptz, ends timestamptz
) on commit drop
"""
#: What can be visited, in a grid in force. ``stem``: of the village if dangers of its own were announced there, else of the township.
OBJECTS = """
create temporary table due_object on commit drop as
with here as (
    select g.id, g.code, case when left(g.code, 12) = any(%(villages)s::text[]) then left(g.code, 12) else %(township)s end as stem
      from places_grid g join places_gridplan p on p.id = g.plan_id and p.state = 'published'
     where g.code like %(stem)s
)
select 'grid' as kind, here.code::text as object_key, here.id as grid_id, here.stem, null::bigint as key_place_id,
       null::bigint as household_id, null::bigint as route_id, %(round)s::text as name, '' as subtype, '' as risk from here
union all
select 'key_place', k.uuid::text, here.id, here.stem, k.id, null, null, k.name, k.kind, k.risk
  from places_keyplace k join here on here.code = k.grid_code
union all
select 'household', h.uuid::text, here.id, here.stem, null, h.id, null, h.name, h.kind, ''
  from places_household h join here on here.code = h.grid_code
union all
select 'route', r.uuid::text, here.id, here.stem, null, null, r.id, r.name, r.kind, ''
  from places_route r join here on here.code = r.grid_code
"""
#: Each item once for an object and window, whichever admission allows it.
WANTED = """
create temporary table wanted on commit drop as
select distinct on (o.object_key, w.begins, w.ends, w.is_restricted, w.code)
       o.object_key, w.begins, w.ends, tstzrange(w.begins, w.ends) as span, w.is_restricted, w.code, w.item_id, w.admission_id,
       w.position
  from due_window w
  join patrols_checklistitem i on i.id = w.item_id
  join due_object o on o.stem = w.stem and o.kind = i.object_kind
   and (i.place_kinds = '[]' or i.place_kinds ? o.subtype) and (i.risks = '[]' or i.risks ? o.risk)
 order by o.object_key, w.begins, w.ends, w.is_restricted, w.code, w.admission_id
"""
WANTED_TASKS = """
create temporary table wanted_task on commit drop as
select o.*, t.begins, t.ends, t.span, t.is_restricted, greatest(t.begins, %(at)s) as instant
  from (select distinct object_key, begins, ends, span, is_restricted from wanted) t join due_object o using (object_key)
"""
#: The worker of a grid; without one the stand-in who was named first.
SHOULDERS = """
create temporary table shoulder on commit drop as
select grid_id, instant, (
        select d.user_id
          from places_gridduty d join accounts_user u on u.id = d.user_id and u.is_active
         where d.grid_id = t.grid_id and d.valid @> t.instant and d.role in ('worker', 'stand_in')
         order by d.role = 'worker' desc, lower(d.valid) nulls first, d.id limit 1) as person_id
  from (select distinct grid_id, instant from wanted_task) t;
analyze wanted; analyze wanted_task; analyze shoulder
"""
MAKE_TASKS = """
insert into patrols_task (uuid, source, grid_id, object_key, key_place_id, household_id, route_id, person_id, title, ground,
                          "window", is_restricted, state, withdrawal_ground, assigned_at, moved_at)
select md5(concat_ws(' ', object_key, extract(epoch from begins), extract(epoch from ends), is_restricted))::uuid, 'rule',
       t.grid_id, object_key, key_place_id, household_id, route_id, s.person_id, left(name, 80), %(why)s,
       span, is_restricted, 'open', '', %(at)s, %(at)s
  from wanted_task t join shoulder s on s.grid_id = t.grid_id and s.instant = t.instant
 order by t.grid_id, begins
on conflict (object_key, "window", is_restricted) where source = 'rule' do nothing
"""
#: Tasks that are over although something in them is wanted that is not there yet, or was taken back by rule. What a person
#: took back has its items open, and stays as it is.
CLOSED_BY_RULE = """
create temporary table closed_by_rule on commit drop as
select distinct t.id
  from patrols_task t
  join wanted w on w.object_key = t.object_key and t."window" = w.span and w.is_restricted = t.is_restricted
  left join patrols_obligation o on o.task_id = t.id and o.item_id = w.item_id
 where t.source = 'rule' and t.state <> 'open' and (o.id is null or o.state = 'withdrawn')
   and (t.state = 'done' or not exists (select from patrols_obligation p where p.task_id = t.id and p.state = 'open'))
"""
MAKE_OBLIGATIONS = """
insert into patrols_obligation (task_id, admission_id, item_id, position, state)
select t.id, w.admission_id, w.item_id, w.position, 'open'
  from wanted w
  join patrols_task t on t.source = 'rule' and t.object_key = w.object_key and t."window" = w.span
   and t.is_restricted = w.is_restricted
 order by t.id, w.position
on conflict (task_id, item_id) do update set state = 'open', admission_id = excluded.admission_id
 where patrols_obligation.state = 'withdrawn'
"""
OPEN_AGAIN = """
update patrols_task set state = 'open', withdrawal_ground = '', moved_at = %(at)s where id in (select id from closed_by_rule)
"""
#: Open tasks by rule whose windows are still looked at.
_LOOKED_AT = """
    t.source = 'rule' and t.state = 'open' and upper(t."window") > %(at)s
    and t."window" && tstzrange(%(first)s::date::timestamp at time zone %(zone)s, %(last)s::date::timestamp at time zone %(zone)s)
    and t.grid_id in (select id from places_grid where code like %(stem)s)
"""
#: With figures of their own for the planner: on a first night it knows nothing yet of what was just made.
STANDING = f"""
create temporary table standing on commit drop as
select o.id, o.item_id, t.object_key, t."window" as span, t.is_restricted
  from patrols_task t join patrols_obligation o on o.task_id = t.id and o.state = 'open'
 where {_LOOKED_AT};
analyze standing
"""
WITHDRAW = """
update patrols_obligation set state = 'withdrawn'
 where id in (select s.id from standing s
               where not exists (select from wanted w
                                  where w.object_key = s.object_key and w.span = s.span and w.is_restricted = s.is_restricted
                                    and w.item_id = s.item_id))
"""
CLOSE_EMPTY = f"""
update patrols_task t
   set state = case when d.is_done then 'done' else 'withdrawn' end,
       withdrawal_ground = case when d.is_done then '' else %(no_longer)s end, moved_at = %(at)s
  from (select t.id, exists (select from patrols_obligation o where o.task_id = t.id and o.state = 'done') as is_done
          from patrols_task t
         where {_LOOKED_AT} and not exists (select from patrols_obligation o where o.task_id = t.id and o.state = 'open')) d
 where d.id = t.id
"""
#: Who was given a task by hand keeps it as long as the grid is theirs too.
MOVE = """
update patrols_task t
   set person_id = s.person_id, grid_id = w.grid_id, moved_at = %(at)s
  from patrols_task b, wanted_task w, shoulder s
 where b.id = t.id and t.source = 'rule' and t.state = 'open' and w.object_key = t.object_key
   and t."window" = w.span and w.is_restricted = t.is_restricted
   and s.grid_id = w.grid_id and s.instant = w.instant
   and (t.grid_id <> w.grid_id or t.person_id is distinct from s.person_id and not (
        t.assigned_by_id is not null and exists (
            select from places_gridduty d where d.grid_id = w.grid_id and d.user_id = t.person_id and d.valid @> w.instant)))
returning b.person_id, t.person_id
"""
#: Answers that came before what they settle was made.
ANSWERED_BEFORE = f"""
select distinct t.object_key
  from patrols_task t
  join patrols_obligation o on o.task_id = t.id and o.state = 'open'
  join patrols_checklistitem i on i.id = o.item_id
  join patrols_task nt on nt.object_key = t.object_key
  join patrols_answer n on n.task_id = nt.id and n.answered_at <@ t."window"
  join patrols_checklistitem ni on ni.id = n.item_id and ni.code = i.code
 where {_LOOKED_AT}
 order by 1
"""
WITHOUT_PERSON = f"select count(*) from patrols_task t where t.person_id is null and {_LOOKED_AT}"
PEOPLE = (
    f"select distinct t.person_id from patrols_task t where t.person_id is not null and t.moved_at = %(at)s and {_LOOKED_AT}"
)
