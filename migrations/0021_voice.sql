-- Package channels: a bank's own recordings, in place of the bundled ones.
create table voice_clips (
  bank_id    uuid not null references banks,
  locale     text not null,
  key        text not null,
  samples    bytea not null,          -- 8 kHz mu-law
  created_by uuid,
  created_at timestamptz not null,
  primary key (bank_id, locale, key)
);
call visavis_tenant('voice_clips');

-- Which step of its ladder a user has asked for: a late receipt of the step
-- before does not take that back.
alter table messages add column asked integer not null default 0;
