-- Package events: what happened. One append serves the audit trail, the live
-- feed and the webhooks.

create table events (
  bank_id     uuid not null references banks,
  id          uuid not null,
  xid         xid8 not null default pg_current_xact_id(), -- with position, the readers' cursor: see events.After
  position    bigint not null generated always as identity,
  type        text not null,          -- <noun>.<past verb>
  object_type text not null,
  object_id   uuid not null,
  sequence    integer not null,       -- 1, 2, 3, … per object: a consumer sees a gap
  actor_kind  text not null,
  actor_id    uuid,
  at          timestamptz not null,
  body        text not null,          -- the exact bytes that webhooks send: ids and states, no personal data
  primary key (bank_id, id),
  constraint events_sequence_key unique (bank_id, object_id, sequence),
  constraint events_type_shape check (type ~ '^[a-z_]+\.[a-z_]+$')
);
create index events_cursor on events (bank_id, xid, position);
call visavis_tenant('events', 'select, insert'); -- append-only

create table event_sequences (
  bank_id   uuid not null,
  object_id uuid not null,
  last      integer not null,
  primary key (bank_id, object_id)
);
call visavis_tenant('event_sequences', 'select, insert, update');

create table webhook_endpoints (
  bank_id         uuid not null references banks,
  id              uuid not null,
  url             text not null,
  description     text not null default '',
  types           text[] not null default '{}', -- empty = every type
  secret          bytea not null,     -- sealed under the master key
  previous_secret bytea,              -- sealed; still signs until previous_until, so that a rotation loses nothing
  previous_until  timestamptz,
  state           text not null default 'enabled',
  disabled_why    text not null default '',
  disabled_at     timestamptz,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  primary key (bank_id, id),
  constraint webhook_endpoints_state_known check (state in ('enabled', 'disabled', 'deleted'))
);
call visavis_tenant('webhook_endpoints', 'select, insert, update');

-- A hot queue: a row is the outbox. Claimed with a lease over all banks.
create table webhook_deliveries (
  bank_id     uuid not null,
  id          uuid not null,
  endpoint_id uuid not null,
  event_id    uuid not null,
  state       text not null default 'pending',
  attempts    integer not null default 0,
  due_at      timestamptz not null,
  lease       uuid,                   -- fences the marking: only the holder of this lease may write the outcome
  lease_until timestamptz,
  last_status integer,
  last_error  text not null default '',
  created_at  timestamptz not null,
  finished_at timestamptz,
  primary key (bank_id, id),
  foreign key (bank_id, endpoint_id) references webhook_endpoints (bank_id, id),
  foreign key (bank_id, event_id) references events (bank_id, id),
  constraint webhook_deliveries_state_known check (state in ('pending', 'succeeded', 'failed', 'cancelled'))
);
create index webhook_deliveries_due on webhook_deliveries (due_at) where state = 'pending';
create index webhook_deliveries_receiver on webhook_deliveries (bank_id, endpoint_id, due_at) where state = 'pending'; -- the claim steps through it, endpoint by endpoint
create index webhook_deliveries_leased on webhook_deliveries (bank_id, endpoint_id) where state = 'pending' and lease is not null; -- how many are being sent to an endpoint
create index webhook_deliveries_endpoint on webhook_deliveries (bank_id, endpoint_id, id);
call visavis_tenant('webhook_deliveries', 'select, insert, update');
call visavis_worker_may('webhook_deliveries', 'select, update');

create table webhook_attempts (
  bank_id     uuid not null,
  delivery_id uuid not null,
  attempt     integer not null,
  at          timestamptz not null,
  status      integer,                -- null: no HTTP answer
  error       text not null default '',
  duration_ms integer not null,
  response    text not null default '', -- the first 1 KiB of the answer
  primary key (bank_id, delivery_id, attempt),
  foreign key (bank_id, delivery_id) references webhook_deliveries (bank_id, id)
);
call visavis_tenant('webhook_attempts', 'select, insert');
