-- Recordings in depth: sealed by a key each, their gaps, where they are kept and
-- for how long, and who has looked at which bytes.

alter table recordings
  add column sealed_key   bytea,                       -- age identity under the master key; null: a plain file of before, or shredded
  add column sealed       boolean not null default false, -- the file is a finished age file
  add column gaps         jsonb not null default '[]', -- [{kind, from_ms, to_ms, cause}], on the call's clock
  add column remote_key   text not null default '',    -- object in the S3 bucket, once it is being stored there
  add column upload_id    text not null default '',    -- of the multipart upload under way
  add column upload_parts jsonb not null default '[]', -- [{number, etag, size}] that are there
  add column stored_at    timestamptz,                 -- whole and verified in the bucket
  add column local_until  timestamptz;                 -- the local copy goes after this; null: it stays, or is gone

-- What is kept of a call beside the recordings themselves.
create table call_records (
  bank_id     uuid not null references banks,
  call_id     uuid not null,
  sealed_key  bytea,                -- of stills and composite; null: shredded
  keep_until  timestamptz,          -- by the scenario's retention; null: the call goes on
  held_at     timestamptz,          -- legal hold: nothing is deleted
  held_by     uuid,
  hold_reason text not null default '',
  deleted_at  timestamptz,          -- the keys were destroyed
  files_deleted_at timestamptz,     -- and the files too
  receipt     text not null default '', -- JSON, the very bytes that receipt_mac is of
  receipt_mac bytea,
  primary key (bank_id, call_id),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  constraint call_records_hold check ((held_at is null) = (hold_reason = ''))
);
create index call_records_due on call_records (keep_until) where deleted_at is null and held_at is null and keep_until is not null;
create index call_records_files on call_records (deleted_at) where deleted_at is not null and files_deleted_at is null;
call visavis_tenant('call_records', 'select, insert, update');
call visavis_worker_may('call_records', 'select (bank_id, call_id, keep_until, held_at, deleted_at, files_deleted_at)'); -- finds what is due

-- Which bytes of which file were given to whom. Ranges that touch are one row.
create table recording_access (
  bank_id    uuid not null references banks,
  id         uuid not null,
  call_id    uuid not null,
  object     text not null,         -- recording, still, composite
  object_id  text not null,         -- the recording's id, the step's position
  actor_kind text not null,
  actor_id   uuid,
  from_byte  bigint not null,
  to_byte    bigint not null,       -- the last one, included
  requests   integer not null default 1,
  first_at   timestamptz not null,
  last_at    timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  constraint recording_access_range check (from_byte >= 0 and to_byte >= from_byte - 1)
);
create index recording_access_of on recording_access (bank_id, call_id, last_at);
call visavis_tenant('recording_access', 'select, insert, update');

alter table call_steps
  add column opened_ms bigint,      -- on the call's clock: the agent opened it, last
  add column began_ms  bigint,      -- of the last attempt: what the recording must hold without a hole
  add column still_quality jsonb;   -- {sharpness, glare, darkness, freeze}

-- A side-by-side MP4, made on request.
create table call_composites (
  bank_id      uuid not null references banks,
  call_id      uuid not null,
  state        text not null,       -- queued, running, complete, failed, cancelled
  percent      integer not null default 0,
  error        text not null default '',
  file         text not null default '',
  bytes        bigint,              -- plain
  sha256       bytea,               -- of the plain bytes
  requested_by uuid,
  created_at   timestamptz not null,
  updated_at   timestamptz not null,
  finished_at  timestamptz,
  primary key (bank_id, call_id),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  constraint call_composites_state_known check (state in ('queued', 'running', 'complete', 'failed', 'cancelled'))
);
call visavis_tenant('call_composites', 'select, insert, update');
