-- What is said, shown and handed over in a call besides voice and picture.

-- Chat and typed captions, in order.
create table call_messages (
  bank_id   uuid not null references banks,
  id        uuid not null,
  call_id   uuid not null,
  role      text not null,            -- who said it: agent, customer, supervisor, …
  actor_id  uuid not null,
  kind      text not null,            -- chat, caption, file
  body      text not null default '', -- personal data: shown to those who may see the call, in no event and no log
  file_id   uuid,                     -- kind file
  offset_ms bigint not null,          -- on the recording's clock
  at        timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  constraint call_messages_kind_known check (kind in ('chat', 'caption', 'file'))
);
create index call_messages_of on call_messages (bank_id, call_id, id);
call visavis_tenant('call_messages', 'select, insert');

-- Files that one side gave the other, made anew (pictures) or checked; sealed
-- under the key of the call's record.
create table call_files (
  bank_id   uuid not null references banks,
  id        uuid not null,
  call_id   uuid not null,
  role      text not null,            -- who gave it
  actor_id  uuid not null,
  name      text not null,            -- as given, made harmless
  type      text not null,            -- image/jpeg, image/png, application/pdf
  file      text not null,            -- below the data folder
  bytes     bigint not null,          -- plain, as it is kept
  sha256    bytea not null,           -- of the plain bytes, as they are kept
  width     integer,
  height    integer,
  offset_ms bigint not null,
  at        timestamptz not null,
  primary key (bank_id, id),
  foreign key (bank_id, call_id) references calls (bank_id, id),
  constraint call_files_type_known check (type in ('image/jpeg', 'image/png', 'application/pdf'))
);
create index call_files_of on call_files (bank_id, call_id, id);
call visavis_tenant('call_files', 'select, insert');

-- How good a party's connection was, sample by sample.
create table call_quality (
  bank_id   uuid not null references banks,
  call_id   uuid not null,
  role      text not null,
  offset_ms bigint not null,          -- on the recording's clock
  sample    jsonb not null,           -- calls.Quality
  primary key (bank_id, call_id, role, offset_ms),
  foreign key (bank_id, call_id) references calls (bank_id, id)
);
call visavis_tenant('call_quality', 'select, insert');

-- The whole call, by party: for lists.
alter table call_participants add column quality jsonb; -- calls.QualitySummary
