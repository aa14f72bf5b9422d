-- Package scheduling: time that is promised.

create table working_hours (
  bank_id   uuid not null,
  id        uuid not null,
  agent_id  uuid not null,
  weekday   smallint not null,        -- 0 = Sunday, as time.Weekday
  starts    time not null,
  ends      time not null,            -- 24:00 = to the end of the day
  time_zone text not null,            -- IANA: wall-clock hours in this zone
  primary key (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id),
  constraint working_hours_weekday check (weekday between 0 and 6),
  constraint working_hours_order check (starts < ends)
);
create index working_hours_agent on working_hours (bank_id, agent_id);
call visavis_tenant('working_hours');

-- What a booking holds: one agent's calendar, or a numbered overbooking place.
create table places (
  bank_id  uuid not null,
  id       uuid not null,
  agent_id uuid,                      -- null: an overbooking place
  number   integer,                   -- of the overbooking place
  primary key (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id),
  constraint places_agent_key unique (bank_id, agent_id),
  constraint places_number_key unique (bank_id, number),
  constraint places_one_kind check ((agent_id is null) <> (number is null))
);
call visavis_tenant('places');

create table bookings (
  bank_id           uuid not null references banks,
  id                uuid not null,
  identification_id uuid not null,
  customer_id       uuid not null,
  scenario_id       uuid not null,
  place_id          uuid not null,
  during            tstzrange not null,
  time_zone         text not null,    -- the customer's, when it was booked
  state             text not null default 'confirmed',
  sequence          integer not null default 0, -- of the calendar file: one more at each change (RFC 5545, SEQUENCE)
  reason            text not null default '',
  reference         text,
  metadata          jsonb not null default '{}',
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, customer_id) references customers (bank_id, id),
  foreign key (bank_id, place_id) references places (bank_id, id),
  -- confirmed: promised. due: its time has come. kept: the call took place.
  -- missed: the customer did not answer. unserved: the bank had nobody.
  constraint bookings_state_known check (state in ('confirmed', 'due', 'kept', 'missed', 'unserved', 'cancelled')),
  -- The one rule that no race gets around.
  constraint bookings_place_free exclude using gist
    (bank_id with =, place_id with =, during with &&) where (state in ('confirmed', 'due'))
);
create unique index bookings_one_live on bookings (bank_id, identification_id) where state in ('confirmed', 'due');
create index bookings_time on bookings (bank_id, lower(during), id);
create index bookings_customer on bookings (bank_id, customer_id);
call visavis_tenant('bookings', 'select, insert, update');

-- A hot queue: something that has to happen at a time. Package scheduling owns
-- the kinds (scheduling.DueKind); the package that works one is named there.
create table due_times (
  bank_id     uuid not null,
  id          uuid not null,
  kind        text not null,
  object_id   uuid not null,          -- the booking, call, queue entry, …
  name        text not null default '', -- tells several of one kind and object apart, such as '1h'
  due_at      timestamptz not null,
  attempts    integer not null default 0,
  lease       uuid,
  lease_until timestamptz,
  last_error  text not null default '',
  created_at  timestamptz not null,
  primary key (bank_id, id),
  constraint due_times_once unique (bank_id, object_id, kind, name)
);
create index due_times_due on due_times (kind, due_at);
call visavis_tenant('due_times');
call visavis_worker_may('due_times', 'select, update');
