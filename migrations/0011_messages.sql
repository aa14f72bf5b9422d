-- Package channels: a message's row is its own outbox. It carries its plan (the
-- ladder of steps with their recipients) and when the next step is handed over;
-- deliveries are the attempts, made when a step is handed over.

alter table messages
  add column plan        jsonb not null default '[]', -- steps: channels.planned; recipients as in deliveries
  add column step        integer not null default 0,  -- how many steps have been handed over
  add column due_at      timestamptz,                 -- when the next step is handed over; null: none waits
  add column send_at     timestamptz,                 -- when the first step was to be handed over; null: at once
  add column met_at      timestamptz,                 -- the purpose was met: nothing more is sent
  add column batch_id    uuid,
  add column batch_row   integer,                     -- its place in the batch, from 0
  add column key_caller  uuid,                        -- the Idempotency-Key it was accepted with, and whose
  add column key         text,
  add column key_hash    bytea,                       -- SHA-256 of the request
  add column events      integer;                     -- how many events it has; null: older than this, counted in event_sequences
alter table messages alter column events set default 0;
alter table messages set (fillfactor = 75);           -- states change in place

-- What a claim looks for. Two, so that a code never waits behind a hundred
-- thousand notices.
create index messages_urgent on messages (due_at) where due_at is not null and class in ('security', 'ring');
create index messages_due on messages (due_at) where due_at is not null and class not in ('security', 'ring');
create unique index messages_key on messages (bank_id, key_caller, key) where key is not null;
create index messages_key_old on messages (created_at) where key is not null;
create index messages_batch on messages (bank_id, batch_id, batch_row) where batch_id is not null;
drop index messages_about;
create index messages_about on messages (bank_id, about_id) where about_id is not null;
drop index messages_customer;
create index messages_customer on messages (bank_id, customer_id, id) where customer_id is not null;

revoke select (bank_id, id, expires_at, sealed) on messages from visavis_worker;
grant select, update (step, due_at, key_caller, key, key_hash) on messages to visavis_worker;

alter table deliveries
  add column step integer not null default 1,  -- the ladder's step that it was made for, from 1
  add column why  text not null default '';    -- why this route
alter table deliveries set (fillfactor = 75);
grant insert on deliveries to visavis_worker;

-- What many messages were accepted with at once.
create table message_batches (
  bank_id     uuid not null references banks,
  id          uuid not null,
  total       integer not null,
  refused     jsonb not null default '[]',    -- [{row, code, detail, field}]: what was not accepted, and why
  key_caller  uuid,
  key         text,
  key_hash    bytea,
  created_at  timestamptz not null,
  cancelled_at timestamptz,
  primary key (bank_id, id)
);
create unique index message_batches_key on message_batches (bank_id, key_caller, key) where key is not null;
call visavis_tenant('message_batches', 'select, insert, update');

-- Every insert locked its bank's row for this check, all of a bank's inserts the
-- same one. Row-level security lets no row of a bank in that does not exist: the
-- bank of a transaction is that of an actor who was recognized.
alter table messages drop constraint messages_bank_id_fkey;
alter table events drop constraint events_bank_id_fkey;
