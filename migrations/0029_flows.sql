-- Package ivr: telephone calls that speak and listen, and the flows that lead
-- them.

-- A hot queue: a row is its own outbox, as a delivery is.
--   queued → dialing → ringing → answered → completed
--                 ↘ unknown (looked up at the provider before anything else)
--   → busy | no_answer | failed | canceled
-- due_at is when the row is looked at next: to dial, at the end of a lease, or
-- to ask the provider what became of a call whose last word never came.
create table phone_calls (
  bank_id        uuid not null references banks,
  id             uuid not null,
  direction      text not null,
  customer_id    uuid,                       -- null: a contact that is no customer, or a caller that nobody knows
  phone          text not null,              -- of the other side, E.164; '' = withheld
  bank_number    text not null default '',   -- ours: what the call comes from, or what was dialled; '' = the provider's own
  flow           text not null,
  version        integer not null,           -- 0 = as published when the call is answered
  locale         text not null,
  time_zone      text not null,
  input          jsonb not null default '{}',
  about_type     text not null default '',
  about_id       uuid,
  key            text not null,              -- of the attempt: placed once
  class          text not null,
  detect_machine boolean not null default false,
  state          text not null,
  outcome        text not null default '',   -- what it came to
  answered_by    text not null default '',   -- human, machine, unknown
  not_before     timestamptz not null,
  expires_at     timestamptz not null,       -- not dialled from then on
  due_at         timestamptz,                -- null: it has ended
  lease          uuid,
  lease_until    timestamptz,
  attempts       integer not null default 0,
  tried_at       timestamptz,                -- when it was handed to the provider
  provider       text not null,
  provider_id    text,
  error_code     text not null default '',
  error          text not null default '',
  created_at     timestamptz not null,
  rang_at        timestamptz,
  answered_at    timestamptz,
  ended_at       timestamptz,
  seconds        integer not null default 0, -- connected, by the provider
  -- Where the dialogue stands.
  turn           integer not null default 0, -- of the callback that is expected next
  step           text not null default '',
  vars           jsonb not null default '{}',-- nothing secret
  sealed         bytea,                      -- the secret ones, and the answer to the turn before; wiped at the end
  asides         jsonb,                      -- slow work that runs aside
  primary key (bank_id, id),
  constraint phone_calls_state_known check (state in
    ('queued', 'dialing', 'unknown', 'ringing', 'answered', 'completed', 'busy', 'no_answer', 'failed', 'canceled')),
  constraint phone_calls_direction_known check (direction in ('outbound', 'inbound')),
  constraint phone_calls_ended check ((state in ('completed', 'busy', 'no_answer', 'failed', 'canceled')) = (due_at is null))
);
-- An attempt is placed once.
create unique index phone_calls_key on phone_calls (bank_id, key);
create index phone_calls_due on phone_calls (due_at) where due_at is not null;
-- A call of the provider is one of ours only.
create unique index phone_calls_provider on phone_calls (bank_id, provider, provider_id) where provider_id is not null;
create index phone_calls_about on phone_calls (bank_id, about_id) where about_id is not null;
create index phone_calls_customer on phone_calls (bank_id, customer_id, id) where customer_id is not null;
create index phone_calls_sid on phone_calls (provider_id) where provider_id is not null;
call visavis_tenant('phone_calls', 'select, insert, update');
call visavis_worker_may('phone_calls', 'select, update');
-- Whose a call is that the provider lists: channels' spoken messages and flash
-- calls are not ivr's.
create index deliveries_calls on deliveries (provider_id) where provider_id is not null and channel in ('voice', 'flash');

-- A bank's own flows: draft → submitted → approved → published, and archived or
-- rejected, as texts. Without a published version the shipped flow of the name
-- is in force, if there is one.
create table flows (
  bank_id    uuid not null references banks,
  id         uuid not null,           -- names the version in events
  name       text not null,
  version    integer not null,
  source     text not null,           -- YAML, as it was written
  state      text not null,
  authors    uuid[] not null default '{}', -- who wrote or submitted it: none of them approves it
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (bank_id, name, version),
  constraint flows_state_known check (state in ('draft', 'submitted', 'approved', 'rejected', 'published', 'archived'))
);
create unique index flows_id on flows (bank_id, id);
create unique index flows_published on flows (bank_id, name) where state = 'published';
create unique index flows_open on flows (bank_id, name) where state in ('draft', 'submitted', 'approved');
call visavis_tenant('flows', 'select, insert, update');

-- What happened to a flow, who did it and when: append-only.
create table flow_changes (
  bank_id    uuid not null references banks,
  id         uuid not null,           -- UUIDv7: the order
  name       text not null,
  version    integer not null,        -- 0: the shipped flow
  action     text not null,           -- drafted, submitted, approved, rejected, published, archived, reverted
  actor_kind text not null,
  actor_id   uuid,
  note       text not null default '',
  at         timestamptz not null,
  primary key (bank_id, id)
);
create index flow_changes_of on flow_changes (bank_id, name, id);
call visavis_tenant('flow_changes', 'select, insert');

-- A bank's secret for what flows ask it.
create table flow_settings (
  bank_id     uuid primary key references banks,
  hook_secret bytea,                  -- sealed
  inbound     jsonb not null default '{}', -- flow by the bank's number; '' = any
  updated_at  timestamptz not null
);
call visavis_tenant('flow_settings', 'select, insert, update');

-- The version that leads a call, once it was answered: 0 = the shipped flow.
alter table phone_calls add column pinned integer;
-- A call that tries a version that is not published.
alter table phone_calls add column trial boolean not null default false;
-- What an answering machine gets, instead of the flow's own step for it.
alter table phone_calls add column machine_flow text not null default '';
alter table phone_calls add column machine_version integer not null default 0;
-- How far it came: for campaigns.
alter table phone_calls add column flow_ended boolean not null default false;   -- the flow came to its end
alter table phone_calls add column handed_over boolean not null default false;  -- to a person, who took it
alter table phone_calls add column abandoned boolean not null default false;    -- a person was wanted and nobody came
alter table phone_calls add column message_left boolean not null default false; -- to a machine
-- The queue's entry and the call that it was handed over to.
alter table phone_calls add column queue_entry_id uuid;
alter table phone_calls add column identification_id uuid;

-- The path of a call through its flow. keys are what was keyed in, null where it
-- was secret.
create table phone_call_steps (
  bank_id       uuid not null references banks,
  phone_call_id uuid not null,
  position      integer not null,
  turn          integer not null,
  step          text not null,
  kind          text not null,
  keys          text,
  secret        boolean not null default false, -- something was keyed in that is not kept
  exit          text not null default '',       -- the step that followed; '' = the end, or the caller is still in it
  entered_at    timestamptz not null,
  left_at       timestamptz,
  primary key (bank_id, phone_call_id, position)
);
call visavis_tenant('phone_call_steps', 'select, insert, update');

-- What a flow collected: answers to questions, and keys that are not secret.
create table flow_answers (
  bank_id       uuid not null references banks,
  phone_call_id uuid not null,
  question      text not null,
  answer        text not null,
  survey        boolean not null,     -- of a question; else a variable
  flow          text not null,
  version       integer not null,
  about_type    text not null default '',
  about_id      uuid,
  at            timestamptz not null,
  primary key (bank_id, phone_call_id, question)
);
create index flow_answers_about on flow_answers (bank_id, about_id, question) where about_id is not null;
create index flow_answers_flow on flow_answers (bank_id, flow, question);
call visavis_tenant('flow_answers', 'select, insert, update');

-- Messages that callers left: sealed sound, fetched from the carrier and then
-- deleted there.
create table phone_recordings (
  bank_id       uuid not null references banks,
  id            uuid not null,
  phone_call_id uuid not null,
  name          text not null,        -- of the flow's step
  provider_id   text not null,        -- Twilio's RecordingSid
  state         text not null,        -- fetching, kept, failed, deleted
  seconds       integer not null,
  sound         bytea,                -- a WAV file, sealed under the master key
  sha256        bytea,                -- of the plain bytes
  attempts      integer not null default 0,
  due_at        timestamptz,          -- when it is fetched; null: it is not
  created_at    timestamptz not null,
  primary key (bank_id, id)
);
create unique index phone_recordings_provider on phone_recordings (bank_id, provider_id);
create index phone_recordings_call on phone_recordings (bank_id, phone_call_id);
create index phone_recordings_due on phone_recordings (due_at) where due_at is not null;
call visavis_tenant('phone_recordings', 'select, insert, update');
call visavis_worker_may('phone_recordings', 'select, update');

-- Where an agent takes calls of customers who are on the telephone, E.164.
alter table agents add column telephone text not null default '';
-- The customer's leg is a telephone: of a queue entry, and of the call that
-- serves it.
alter table queue_entries add column phone_call_id uuid;
alter table calls add column phone_call_id uuid;
