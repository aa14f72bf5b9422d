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
