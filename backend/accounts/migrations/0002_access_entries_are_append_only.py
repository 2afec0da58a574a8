from django.db import migrations

FORWARD = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger access_entries_are_append_only before update or delete on accounts_accessentry
    for each row execute function refuse_change();
"""
BACKWARD = """
drop trigger access_entries_are_append_only on accounts_accessentry;
drop function refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
