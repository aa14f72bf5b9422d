-- Package calls: presence, queue, calls, steps, recordings.

create table agent_presence (
  bank_id    uuid not null,
  agent_id   uuid not null,
  state      text not null default 'offline',
  since      timestamptz not null,    -- in this state; for ready: free since, which ranks the longest free
  seen_at    timestamptz not null,    -- the console's last sign of life
  primary key (bank_id, agent_id),
  foreign key (bank_id, agent_id) references agents (bank_id, id),
  constraint agent_presence_state_known check (state in ('offline', 'ready', 'paused', 'offered', 'in_call', 'wrap_up'))
);
call visavis_tenant('agent_presence', 'select, insert, update');

-- Someone to be served: a booking that is due (way 1) or a customer who came
-- by himself (way 2).
create table queue_entries (
  bank_id           uuid not null references banks,
  id                uuid not null,
  identification_id uuid not null,
  customer_id       uuid not null,
  scenario_id       uuid not null,
  booking_id        uuid,             -- way 1
  state             text not null default 'waiting',
  priority          integer not null default 0, -- higher first; a due booking heads the queue
  entered_at        timestamptz not null,
  seen_at           timestamptz not null, -- way 2: the customer's page last seen
  on_page           boolean not null default false, -- the customer waits on the page: no need to ring
  offered_to        uuid,             -- the agent who was drawn
  offer_expires_at  timestamptz,
  passed_over       uuid[] not null default '{}', -- agents who let the offer of this round lapse
  rest_until        timestamptz,      -- those are not asked again before
  call_id           uuid,
  ended_at          timestamptz,
  primary key (bank_id, id),
  foreign key (bank_id, identification_id) references identifications (bank_id, id),
  constraint queue_entries_state_known check (state in ('waiting', 'offered', 'served', 'left', 'expired')),
  constraint queue_entries_offer check ((state = 'offered') = (offered_to is not null))
);
create unique index queue_entries_one_live on queue_entries (bank_id, identification_id) where state in ('waiting', 'offered');
create unique index queue_entries_one_offer on queue_entries (bank_id, offered_to) where state = 'offered';
create index queue_entries_order on queue_entries (bank_id, priority desc, entered_at, id) where state in ('waiting', 'offered');
call visavis_tenant('queue_entries', 'select, insert, update');

--   ringing → active → ended
--   ringing → missed | declined | cancelled   (the customer did not, would not; the agent hung up first)
create table calls (
  bank_id           uuid not null references banks,
  id                uuid not null,
  identification_id uuid not null,
  customer_id       uuid not null,
  scenario_id       uuid not null,
  booking_id        uuid,
  queue_entry_id    uuid,
  agent_id          uuid not null,
  direction         text not null,    -- outbound: way 1, the agent calls. inbound: way 2
  state             text not null,
  reason            text not null default '', -- why it ended: hung_up_by_agent, hung_up_by_customer, abandoned, failed, decided
  node              text not null,    -- where its media lives
  link_id           uuid,             -- the ringing link
  rung_at           timestamptz,      -- a device first said that it rings
  answered_at       timestamptz,      -- zero of the recording's clock
  answered_by       text not null default '', -- device id or 'page'
  ended_at          timestamptz,
  verification_id   uuid,             -- of the code asked for in this call
  code_passed_at    timestamptz,
  ring_ends_at      timestamptz,      -- outbound: after this an answer is too late
  current_step      integer not null default 0, -- the position that the agent has opened; 0 = none
  notes             text not null default '',
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, identification_id) references identifications (bank_id, id),
  foreign key (bank_id, agent_id) references agents (bank_id, id),
  constraint calls_state_known check (state in ('ringing', 'active', 'ended', 'missed', 'declined', 'cancelled')),
  constraint calls_direction_known check (direction in ('outbound', 'inbound'))
);
create unique index calls_one_live on calls (bank_id, identification_id) where state in ('ringing', 'active');
create unique index calls_one_live_agent on calls (bank_id, agent_id) where state in ('ringing', 'active');
create index calls_live_node on calls (node) where state in ('ringing', 'active');
call visavis_tenant('calls', 'select, insert, update');
call visavis_worker_may('calls', 'select (bank_id, id, node, state)'); -- a node finds the calls that it held before it was killed

-- One row a device that is rung; the open page is a device too (device_id null).
create table call_rings (
  bank_id   uuid not null,
  call_id   uuid not null,
  device    text not null,            -- device id, or 'page'
  state     text not null default 'rung', -- rung (asked to), ringing (it says so), answered, declined, stopped, late
  at        timestamptz not null,
  primary key (bank_id, call_id, device),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  constraint call_rings_state_known check (state in ('rung', 'ringing', 'answered', 'declined', 'stopped', 'late'))
);
call visavis_tenant('call_rings', 'select, insert, update');

create table call_participants (
  bank_id      uuid not null,
  call_id      uuid not null,
  role         text not null,         -- agent, customer
  joined_at    timestamptz,           -- the first time
  connected    boolean not null default false,
  changed_at   timestamptz not null,  -- of connected; the grace time runs from here
  primary key (bank_id, call_id, role),
  foreign key (bank_id, call_id) references calls (bank_id, id)
);
call visavis_tenant('call_participants', 'select, insert, update');

create table call_steps (
  bank_id   uuid not null,
  call_id   uuid not null,
  position  integer not null,         -- 1, 2, 3, … in the shuffled order
  kind      text not null,
  required  boolean not null,
  state     text not null default 'pending', -- pending, passed, failed, skipped
  attempts  integer not null default 0,
  offset_ms bigint,                   -- in the recording, when it was passed or failed last
  still     text not null default '', -- file name in the call's folder
  still_sha256 bytea,
  done_at   timestamptz,
  primary key (bank_id, call_id, position),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  constraint call_steps_state_known check (state in ('pending', 'passed', 'failed', 'skipped'))
);
call visavis_tenant('call_steps', 'select, insert, update');

-- An ordered list of parts a participant; only a server restart begins a new
-- part. file is relative to the data folder.
create table recordings (
  bank_id     uuid not null,
  id          uuid not null,
  call_id     uuid not null,
  participant text not null,
  part        integer not null,
  file        text not null,
  state       text not null default 'open', -- open, complete, failed
  offset_ms   bigint not null,        -- of the file's zero on the call's clock
  duration_ms bigint,
  bytes       bigint,
  sha256      bytea,                  -- of the plain bytes, after the file was finished
  has_audio   boolean,
  has_video   boolean,
  error       text not null default '',
  created_at  timestamptz not null,
  finished_at timestamptz,
  primary key (bank_id, id),
  constraint recordings_part_key unique (bank_id, call_id, participant, part),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  constraint recordings_state_known check (state in ('open', 'complete', 'failed'))
);
call visavis_tenant('recordings', 'select, insert, update');
