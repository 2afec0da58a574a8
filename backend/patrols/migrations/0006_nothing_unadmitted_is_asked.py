"""The database refuses an obligation whose admission is not in force on the day its window begins."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations

REFUSE = f"""
create function refuse_unadmitted() returns trigger language plpgsql as $$
begin
    if exists (
        select 1
          from made
          join patrols_itemadmission a on a.id = made.admission_id
          join patrols_task t on t.id = made.task_id
         where a.state <> 'admitted' or a.item_id <> made.item_id
            or not a.valid @> (lower(t.time_window) at time zone '{settings.COUNTY_TIME_ZONE}')::date
    ) then
        raise exception 'an item is asked without an admission in force' using errcode = 'check_violation',
            constraint = 'nothing_is_asked_without_an_admission';
    end if;
    return null;
end $$;
create trigger refuse_unadmitted after insert on patrols_obligation
    referencing new table as made for each statement execute function refuse_unadmitted();
""".replace("time_window", '"window"')
ALLOW = "drop trigger refuse_unadmitted on patrols_obligation; drop function refuse_unadmitted()"


class Migration(migrations.Migration):
    dependencies = [("patrols", "0005_obligations")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
