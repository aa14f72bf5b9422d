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

-- Who waits for an earlier or a free time. A freed time is offered to one after
-- the other, as a hold (bookings, state held) with the entry's id in hold_id.
create table waitlist_entries (
  bank_id           uuid not null,
  id                uuid not null,
  identification_id uuid not null,
  customer_id       uuid not null,
  scenario_id       uuid not null,
  earliest          timestamptz not null, -- starts that suit: at or after
  latest            timestamptz not null, -- and at or before; then the entry expires
  state             text not null default 'waiting',
  hold_id           uuid,                 -- of the offer that is open
  offer_start       timestamptz,
  offer_until       timestamptz,
  unanswered        integer not null default 0, -- offers in a row that lapsed
  entered_at        timestamptz not null,
  updated_at        timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, customer_id) references customers (bank_id, id),
  constraint waitlist_entries_state_known check (state in ('waiting', 'offered', 'booked', 'left', 'expired')),
  constraint waitlist_entries_offer check ((state = 'offered') = (hold_id is not null))
);
create unique index waitlist_entries_one on waitlist_entries (bank_id, identification_id) where state in ('waiting', 'offered');
create index waitlist_entries_waiting on waitlist_entries (bank_id, entered_at, id) where state = 'waiting';
create index waitlist_entries_hold on waitlist_entries (bank_id, hold_id) where hold_id is not null;
call visavis_tenant('waitlist_entries', 'select, insert, update');

-- What was offered to whom: nobody is asked about the same time twice.
create table waitlist_offers (
  bank_id  uuid not null,
  entry_id uuid not null,
  start_at timestamptz not null,
  outcome  text not null default 'open', -- open, booked, declined, lapsed
  at       timestamptz not null,
  primary key (bank_id, entry_id, start_at),
  foreign key (bank_id, entry_id) references waitlist_entries (bank_id, id)
);
call visavis_tenant('waitlist_offers', 'select, insert, update');

-- A link changes a booking once. What it did is shown to who opens it again.
alter table links
  add column used_at  timestamptz,
  add column used_by  uuid,              -- the session; null: the bare link
  add column used_for text not null default '';
alter table customer_sessions add column link_id uuid; -- it was opened with

-- Recurring callbacks: each occurrence is a case and a booking of its own.
create table booking_series (
  bank_id     uuid not null,
  id          uuid not null,
  customer_id uuid not null,
  scenario_id uuid not null,
  rule        jsonb not null,       -- scheduling.SeriesRule
  created_at  timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, customer_id) references customers (bank_id, id)
);
call visavis_tenant('booking_series', 'select, insert');

-- Cards by which a branch knows customers: the MAC, under the master key, of the
-- hash that the bank makes of a card's number. Never the number.
create table customer_cards (
  bank_id     uuid not null,
  card_mac    bytea not null,
  customer_id uuid not null,
  created_at  timestamptz not null,
  primary key (bank_id, card_mac),
  foreign key (bank_id, customer_id) references customers (bank_id, id)
);
create index customer_cards_customer on customer_cards (bank_id, customer_id);
call visavis_tenant('customer_cards');

-- A number in a branch. Who holds it may be known, by card or by phone and code.
create table tickets (
  bank_id       uuid not null references banks,
  id            uuid not null,
  branch        text not null,
  day           date not null,          -- in the bank's zone
  number        integer not null,       -- of the branch and day, from 1
  state         text not null default 'waiting',
  phone         text not null default '', -- to be proved by a code; wiped when it is, or the code has ended
  checks        integer not null default 0, -- of the code
  customer_id   uuid,                   -- null: not known
  identified_by text not null default '', -- card or phone
  booking_id    uuid,                   -- of today
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (bank_id, id),
  constraint tickets_number_once unique (bank_id, branch, day, number),
  constraint tickets_state_known check (state in ('waiting', 'served', 'ended'))
);
create index tickets_waiting on tickets (bank_id, branch, number) where state = 'waiting';
call visavis_tenant('tickets', 'select, insert, update');

-- The last number of a branch and day.
create table ticket_numbers (
  bank_id uuid not null references banks,
  branch  text not null,
  day     date not null,
  last    integer not null,
  primary key (bank_id, branch, day)
);
call visavis_tenant('ticket_numbers');

-- An agent's calendar as a feed. The address is derived from the id, see
-- scheduling.Service.FeedToken: nothing secret is stored.
create table calendar_feeds (
  bank_id    uuid not null,
  id         uuid not null,
  agent_id   uuid not null,
  name       text not null default '',
  created_at timestamptz not null,
  revoked_at timestamptz,
  read_at    timestamptz,              -- to the hour
  primary key (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id)
);
create index calendar_feeds_id on calendar_feeds (id); -- the address names only the feed
create index calendar_feeds_agent on calendar_feeds (bank_id, agent_id);
call visavis_tenant('calendar_feeds', 'select, insert, update');
call visavis_worker_may('calendar_feeds', 'select');

-- Under row-level security a condition on lower(during) uses no index: lower()
-- is not leakproof. starts_at (0027) is a column.
drop index bookings_time;
create index bookings_starts on bookings (bank_id, starts_at, id);
