from django.db import migrations

FORWARD = """
create function cases_check_step() returns trigger language plpgsql as $$
declare
    stands varchar; last_seq integer; last_operation varchar;
begin
    select state into stands from cases_case where id = new.case_id for update;
    select seq, operation into last_seq, last_operation from cases_transition where case_id = new.case_id order by seq desc limit 1;
    if new.seq <> coalesce(last_seq, 0) + 1 or (new.begins = '') <> (last_seq is null)
        or (new.begins <> '' and new.begins <> stands) then
        raise exception 'a step begins where the case stands' using errcode = 'restrict_violation';
    end if;
    if new.operation in ('pass', 'not_pass', 'unable') and exists (
        select from cases_transition where case_id = new.case_id and operation in ('start', 'feedback') and by_id = new.by_id
    ) then
        raise exception 'whoever handled a case does not verify it' using errcode = 'restrict_violation';
    end if;
    if (new.operation = 'close') <> (last_operation is not null and last_operation = 'pass') then
        raise exception 'a case is closed after a check that passed' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create function cases_move() returns trigger language plpgsql as $$
begin
    update cases_case set state = new.ends, moved_at = new.at where id = new.case_id;
    return null;
end $$;
create function cases_check_state() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'submitted' then
            raise exception 'a case begins as submitted' using errcode = 'restrict_violation';
        end if;
    elsif new.state <> old.state and new.state is distinct from (
        select ends from cases_transition where case_id = new.id order by seq desc limit 1
    ) then
        raise exception 'a case moves by its record only' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger transitions_are_append_only before update or delete on cases_transition
    for each row execute function refuse_change();
create trigger a_step_follows_the_one_before before insert on cases_transition
    for each row execute function cases_check_step();
create trigger a_step_moves_the_case after insert on cases_transition
    for each row execute function cases_move();
create trigger a_case_moves_by_its_record before insert or update of state on cases_case
    for each row execute function cases_check_state();
"""
BACKWARD = """
drop trigger a_case_moves_by_its_record on cases_case;
drop trigger a_step_moves_the_case on cases_transition;
drop trigger a_step_follows_the_one_before on cases_transition;
drop trigger transitions_are_append_only on cases_transition;
drop function cases_check_state();
drop function cases_move();
drop function cases_check_step();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("accounts", "0002_access_entries_are_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
