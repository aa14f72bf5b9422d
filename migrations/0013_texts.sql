-- The life of a bank's own wording: draft → submitted → approved → published,
-- and archived or rejected. The version that is published is in force; without
-- one the embedded text is.
alter table texts no force row level security; -- the owner, who migrates, is to see the rows of all banks

alter table texts
  add column id           uuid not null default gen_random_uuid(), -- names the version in events
  add column variants     text[] not null default '{}',            -- one wording in several lengths, longest first
  add column state        text not null default 'archived',
  add column authors      uuid[] not null default '{}',            -- who wrote or submitted it, agents and API keys: none of them approves it
  add column updated_at   timestamptz,
  add constraint texts_state_known check (state in ('draft', 'submitted', 'approved', 'rejected', 'published', 'archived'));

update texts set variants = array[body] where body <> '';
update texts set updated_at = created_at;
update texts set authors = array[created_by] where created_by is not null;
update texts t set state = 'published' where body <> '' and version =
  (select max(version) from texts o where o.bank_id = t.bank_id and o.key = t.key and o.locale = t.locale);

alter table texts drop column body;
alter table texts alter column state drop default;
alter table texts alter column updated_at set not null;
alter table texts add constraint texts_id_key unique (bank_id, id);
create unique index texts_published on texts (bank_id, locale, key) where state = 'published';
create unique index texts_open on texts (bank_id, locale, key) where state in ('draft', 'submitted', 'approved');
grant update on texts to visavis_app;

-- What happened to a wording, who did it and when: append-only.
create table text_changes (
  bank_id    uuid not null references banks,
  id         uuid not null,           -- UUIDv7: the order
  key        text not null,
  locale     text not null,
  version    integer not null,        -- 0: the embedded text
  action     text not null,           -- drafted, submitted, approved, rejected, published, archived, reverted
  actor_kind text not null,
  actor_id   uuid,
  note       text not null default '',
  at         timestamptz not null,
  primary key (bank_id, id)
);
create index text_changes_of on text_changes (bank_id, key, locale, id);
insert into text_changes (bank_id, id, key, locale, version, action, actor_kind, actor_id, at)
select bank_id, gen_random_uuid(), key, locale, version, case when state = 'published' then 'published' else 'archived' end,
  case when created_by is null then 'system' else 'agent' end, created_by, created_at
from texts;

call visavis_tenant('text_changes', 'select, insert');
alter table texts force row level security;

-- How a bank wants its SMS written, and what they cost; without a row the
-- defaults (channels.TextSettings).
create table text_settings (
  bank_id    uuid primary key references banks,
  settings   jsonb not null,
  updated_at timestamptz not null
);
call visavis_tenant('text_settings', 'select, insert, update');
