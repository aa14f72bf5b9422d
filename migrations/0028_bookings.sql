-- A booking's life: held while a form is filled in, confirmed by the customer,
-- checked in, one of a series; the reminder ladder as data.

alter table bookings
  add column held_until      timestamptz,              -- of a hold: then its place is free again
  add column acknowledged_at timestamptz,              -- when the customer said that they come
  add column acknowledged_by text not null default '', -- link, sms, key, agent or bank
  add column checked_in_at   timestamptz,              -- when the customer showed the code at a branch
  add column series_id       uuid;                     -- of recurring callbacks
alter table bookings drop constraint bookings_state_known;
alter table bookings add constraint bookings_state_known
  check (state in ('held', 'confirmed', 'due', 'kept', 'missed', 'unserved', 'cancelled'));
alter table bookings add constraint bookings_held_ends check ((state = 'held') = (held_until is not null));
-- A hold takes its place by the same constraint. 0027 may have made it so, over
-- the time with its buffers (occupies).
do $$ begin
  if not exists (select from information_schema.columns where table_schema = 'public' and table_name = 'bookings' and column_name = 'occupies') then
    alter table bookings drop constraint bookings_place_free;
    alter table bookings add constraint bookings_place_free exclude using gist
      (bank_id with =, place_id with =, during with &&) where (state in ('held', 'confirmed', 'due'));
  end if;
end $$;
-- One hold a case, so that nobody holds all places.
create unique index bookings_one_hold on bookings (bank_id, identification_id) where state = 'held';
create index bookings_held on bookings (bank_id, held_until) where state = 'held';
create index bookings_series on bookings (bank_id, series_id) where series_id is not null;
grant delete on bookings to visavis_app; -- holds that are over; a booking never is deleted

-- When customers are reminded, and what follows when they do not come
-- (scheduling.Ladder). The scenario zero is the bank's own ladder.
create table reminder_ladders (
  bank_id     uuid not null references banks,
  scenario_id uuid not null,
  ladder      jsonb not null,
  updated_at  timestamptz not null,
  primary key (bank_id, scenario_id)
);
call visavis_tenant('reminder_ladders');
