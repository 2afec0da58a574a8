"""The statements of track intake. One round trip stores a segment, its visits and the last position, once however often sent.

It answers the key places near the segment and near what it may change: the patrol's pieces just before, beside and after it.
None if it was there already.
"""

from __future__ import annotations

# A patrol whose positions are shown: started, not ended, and the person's newest.
RUNNING_PATROL = """
    select 1 from patrols_patrol p
     where p.uuid = {patrol} and p.person_id = {person} and p.ended_at is null
       and not exists (select 1 from patrols_patrol q where q.person_id = p.person_id and q.started_at > p.started_at)
"""

# Longer than any gap a leg is not cut at: pieces farther apart in time do not change each other.
SEAM_MS = 3_600_000
# Pieces are cut at midnight, so none is longer: what of a person's month may lie beside this one is found by its beginning.
LONGEST_MS = 2 * 86_400_000

STORE_SEGMENT = f"""
with stored as (
    insert into field_tracksegment
        (item, seq, person_id, device_id, patrol_uuid, t0, t1, n, bbox, twkb, acc, speed, reasons, gaps, interval_s, course_deg, day)
    values (%(item)s::uuid, %(seq)s::smallint, %(person)s::bigint, %(device)s::bigint, %(patrol)s::uuid,
            'epoch'::timestamptz + %(t0)s::bigint * interval '1 ms', 'epoch'::timestamptz + %(t1)s::bigint * interval '1 ms', %(n)s::int,
            ST_MakeEnvelope(%(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4326),
            %(twkb)s::bytea, %(acc)s::bytea, %(speed)s::bytea, %(reasons)s::bytea, %(gaps)s::jsonb, %(interval_s)s::smallint, %(course)s::smallint, %(day)s::date)
    on conflict (person_id, item, seq) do nothing
    returning person_id, item, patrol_uuid
), visited as (
    insert into field_visit (grid_id, person_id, item, patrol_uuid, t0, t1, n)
    select v.grid_id, s.person_id, s.item, s.patrol_uuid,
           'epoch'::timestamptz + v.entry_ms * interval '1 ms', 'epoch'::timestamptz + v.exit_ms * interval '1 ms', v.n
      from stored s,
           unnest(%(grids)s::bigint[], %(entries)s::bigint[], %(exits)s::bigint[], %(counts)s::int[])
               as v(grid_id, entry_ms, exit_ms, n)
), shown as (
    insert into field_lastposition (person_id, patrol_uuid, t, point, accuracy_m, course_deg, grid_code)
    select s.person_id, s.patrol_uuid, 'epoch'::timestamptz + %(last_ms)s::bigint * interval '1 ms',
           ST_SetSRID(ST_MakePoint(%(last_lon)s::float8, %(last_lat)s::float8), 4326), %(last_acc)s::float8, %(last_course)s::float8, %(last_grid)s::text
      from stored s
     where %(last_ms)s::bigint is not null and exists ({RUNNING_PATROL.format(patrol="s.patrol_uuid", person="s.person_id")})
    on conflict (person_id) do update
       set patrol_uuid = excluded.patrol_uuid, t = excluded.t, point = excluded.point, accuracy_m = excluded.accuracy_m,
           course_deg = excluded.course_deg, grid_code = excluded.grid_code
     where field_lastposition.t < excluded.t
), around as (
    select ST_MakeEnvelope(%(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4326) as box from stored
    union all
    select g.bbox
      from stored s
      join field_tracksegment g on g.person_id = s.person_id and g.patrol_uuid = s.patrol_uuid
     where g.t0 <= 'epoch'::timestamptz + (%(t1)s::bigint + {SEAM_MS}) * interval '1 ms'
       and g.t0 >= 'epoch'::timestamptz + (%(t0)s::bigint - {SEAM_MS} - {LONGEST_MS}) * interval '1 ms'
       and g.t1 >= 'epoch'::timestamptz + (%(t0)s::bigint - {SEAM_MS}) * interval '1 ms'
)
select distinct k.id
  from around a
  join places_keyplace k on k.point && ST_Expand(a.box, %(wide)s::float8, %(high)s::float8)
"""
