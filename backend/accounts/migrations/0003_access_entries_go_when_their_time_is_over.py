from django.db import migrations

# Retention alone says so, for its own transaction (backend/phone/retention.py); nobody can change an entry.
FORWARD = """
create function refuse_change_before_its_time() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('xunge.retention', true) = 'on' then
        return old;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
drop trigger access_entries_are_append_only on accounts_accessentry;
create trigger access_entries_are_append_only before update or delete on accounts_accessentry
    for each row execute function refuse_change_before_its_time();
"""
BACKWARD = """
drop trigger access_entries_are_append_only on accounts_accessentry;
create trigger access_entries_are_append_only before update or delete on accounts_accessentry
    for each row execute function refuse_change();
drop function refuse_change_before_its_time();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_access_entries_are_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
