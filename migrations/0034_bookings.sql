-- Package scheduling: a booking by one statement, and what it looks for by an index.

-- Whether a case missed a call before, and which bookings its recovery is of: few
-- are missed, and without an index every booking walked all of the bank.
create index bookings_missed on bookings (bank_id, identification_id) where state = 'missed';

-- Who looks for what touches a time begins to look as long before it as the
-- longest booking lasts. That is two hours; the few that last longer are found here.
create index bookings_long on bookings (bank_id, occupied_from) include (occupied_to, place_id, id)
  where state in ('held', 'confirmed', 'due') and occupied_to - occupied_from > interval '2 hours';

-- That the bank exists follows from the customer, who is of the same bank. Each
-- link locked the one row of the bank besides.
alter table links drop constraint links_bank_id_fkey;

-- Which state a bank's calendars, settings and ladders are in: a node keeps who
-- works when, and how customers are reminded, in memory, and a booking, which reads
-- this row, sees whether that is still so. A version is
-- never seen twice, also when its transaction is undone.
create table calendar_versions (
  bank_id uuid primary key,
  version uuid not null
);
call visavis_tenant('calendar_versions', 'select, insert, update');
create function visavis_calendar_changed() returns trigger
  language plpgsql as $$
begin
  insert into calendar_versions (bank_id, version) values (coalesce(new.bank_id, old.bank_id), gen_random_uuid())
  on conflict (bank_id) do update set version = excluded.version;
  return null;
end $$;
create trigger calendar_changed after insert or delete or update of enabled, languages on agents
  for each row execute function visavis_calendar_changed();
create trigger calendar_changed after update of settings on banks
  for each row execute function visavis_calendar_changed();
do $$
declare t text;
begin
  foreach t in array '{reminder_ladders, agent_skills, places, working_hours, calendar_exceptions, holiday_calendars, holidays, agent_holiday_calendars}'::text[] loop
    execute format('create trigger calendar_changed after insert or delete or update on %I for each row execute function visavis_calendar_changed()', t);
  end loop;
end $$;
insert into calendar_versions select bank_id, gen_random_uuid() from banks;

-- Whom the customer chose when booking: asked first.
alter table queue_entries add column wanted_agent uuid;
