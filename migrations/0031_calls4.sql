-- A page that waits asks for its place each 5 s: by its case, however many wait or have waited.
create index queue_entries_case on queue_entries (bank_id, identification_id, id);

-- What a call keeps beside its recordings, in the bucket: stills, files that were handed over, the composite. All sealed.
create table call_blobs (
  bank_id      uuid not null,
  call_id      uuid not null,
  file         text not null,               -- path in the data folder, and its key in the bucket
  upload_id    text not null default '',    -- of an upload under way: calls.storeFiles goes on with it
  upload_parts jsonb not null default '[]',
  stored_at    timestamptz,                 -- it is there whole
  local_until  timestamptz,                 -- when the copy in the data folder goes; null: it has gone
  primary key (bank_id, call_id, file),
  foreign key (bank_id, call_id) references calls (bank_id, id)
);
call visavis_tenant('call_blobs', 'select, insert, update');

-- A part's file is on the disk of the node that recorded it, also after the call has moved to another.
alter table recordings add column node text not null default ''; -- '': of before, the call's
