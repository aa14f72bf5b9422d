-- Package ivr: what two people agreed to, and telephone parts of video calls.

-- Who approved a campaign's start, or its change: what is changed then asks anew.
alter table campaigns add column approved_by uuid;

-- A call that the gateway ends: the dial loop tells the provider, as often as it takes.
alter table phone_calls add column hang_up boolean not null default false;

-- The times that the customer of a video call was, or was to be, on the
-- telephone.
--   asked → connected → ended
--       ↘ failed
create table call_phone_parts (
  bank_id       uuid not null references banks,
  id            uuid not null,
  call_id       uuid not null,
  phone_call_id uuid,                        -- the customer's leg, once it was placed
  asked_by      text not null,               -- customer, agent
  phone         text not null default '',    -- typed, where the scenario allows it, until it is placed; '' = on file
  state         text not null,
  reason        text not null default '',    -- why it failed or ended
  from_ms       bigint,                      -- on the call's clock
  to_ms         bigint,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (bank_id, id),
  constraint call_phone_parts_state_known check (state in ('asked', 'connected', 'ended', 'failed')),
  constraint call_phone_parts_asked_by_known check (asked_by in ('customer', 'agent'))
);
-- One at a time.
create unique index call_phone_parts_live on call_phone_parts (bank_id, call_id) where state in ('asked', 'connected');
create index call_phone_parts_call on call_phone_parts (bank_id, call_id, id);
create unique index call_phone_parts_phone on call_phone_parts (bank_id, phone_call_id) where phone_call_id is not null;
call visavis_tenant('call_phone_parts', 'select, insert, update');

-- When a campaign's list was wiped, some time after its end; null: it is kept.
alter table campaigns add column wiped_at timestamptz;
