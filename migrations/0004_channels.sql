-- Package channels: telling a customer something.

create table messages (
  bank_id     uuid not null references banks,
  id          uuid not null,
  customer_id uuid,                   -- null: to a bare number, by the API
  class       text not null,          -- security, ring, transaction, reminder, notice
  template    text not null,          -- key of the text; 'text' carries its body in params
  locale      text not null,
  time_zone   text not null,
  params      jsonb not null default '{}', -- never a secret
  sealed      bytea,                  -- secret params under the master key; wiped when the message has ended
  push_data   jsonb not null default '{}', -- what a push carries for the app
  link_id     uuid,                   -- a customer link, put into the text when it is sent
  about_type  text not null default '', -- what it is about: booking, call, identification, verification
  about_id    uuid,
  reference   text,                   -- the bank's own
  metadata    jsonb not null default '{}',
  state       text not null default 'accepted',
  created_at  timestamptz not null,
  expires_at  timestamptz not null,   -- never delivered after this
  primary key (bank_id, id),
  constraint messages_class_known check (class in ('security', 'ring', 'transaction', 'reminder', 'notice')),
  constraint messages_state_known check (state in ('accepted', 'sent', 'delivered', 'undelivered', 'expired', 'cancelled'))
);
create index messages_about on messages (bank_id, about_id);
create index messages_customer on messages (bank_id, customer_id, id);
create index messages_sealed on messages (expires_at) where sealed is not null;
call visavis_tenant('messages', 'select, insert, update');
-- The sweep that wipes secrets which outlived their message, over all banks.
call visavis_worker_may('messages', 'select (bank_id, id, expires_at, sealed), update (sealed)');

-- A hot queue: a row is the outbox. States in rank order; a receipt never
-- takes a delivery back (channels.Rank):
--   pending → sending → sent → delivered
--                   ↘ unknown (timed out; looked up at the provider before anything else)
--   → undelivered | failed | expired | cancelled
create table deliveries (
  bank_id      uuid not null,
  id           uuid not null,
  message_id   uuid not null,
  channel      text not null,         -- sms, voice, push
  provider     text not null,         -- twilio, fcm
  recipient    text not null,         -- E.164 number or push token
  device_id    uuid,
  class        text not null,         -- copied: claimed security and ring first
  state        text not null default 'pending',
  attempts     integer not null default 0,
  due_at       timestamptz not null,
  expires_at   timestamptz not null,
  lease        uuid,
  lease_until  timestamptz,
  tried_at     timestamptz,           -- when it was last handed to the provider
  provider_id  text,                  -- Twilio SID, FCM name
  error_code   text not null default '',
  error        text not null default '',
  created_at   timestamptz not null,
  sent_at      timestamptz,
  finished_at  timestamptz,
  primary key (bank_id, id),
  constraint deliveries_state_known check (state in
    ('pending', 'sending', 'unknown', 'sent', 'delivered', 'undelivered', 'failed', 'expired', 'cancelled'))
);
-- due_at of a claimed delivery is the end of its lease, so both indexes lead
-- straight to what can be claimed. Two, so that a code never waits behind a
-- hundred thousand reminders.
create index deliveries_urgent on deliveries (due_at)
  where state in ('pending', 'sending', 'unknown') and class in ('security', 'ring');
create index deliveries_due on deliveries (due_at)
  where state in ('pending', 'sending', 'unknown') and class not in ('security', 'ring');
create index deliveries_message on deliveries (bank_id, message_id);
create index deliveries_provider on deliveries (bank_id, provider_id) where provider_id is not null;
call visavis_tenant('deliveries', 'select, insert, update');
call visavis_worker_may('deliveries', 'select, update');

-- channels.Rank in SQL: a receipt only ever raises it.
create function visavis_delivery_rank(state text) returns integer
  language sql immutable parallel safe
  as $$ select case state
    when 'pending' then 0 when 'sending' then 1 when 'unknown' then 2
    when 'expired' then 3 when 'cancelled' then 3 when 'sent' then 4
    when 'failed' then 5 when 'undelivered' then 6 when 'delivered' then 7 else -1 end $$;

-- Every receipt, once, in the order of arrival: the timeline of a delivery.
create table delivery_receipts (
  bank_id     uuid not null,
  delivery_id uuid not null,
  status      text not null,          -- the provider's own word
  error_code  text not null default '',
  at          timestamptz not null,
  primary key (bank_id, delivery_id, status, error_code), -- a repeated receipt is the same receipt
  foreign key (bank_id, delivery_id) references deliveries (bank_id, id)
);
call visavis_tenant('delivery_receipts', 'select, insert');

-- A bank's own wording; without a row the embedded text is used.
create table texts (
  bank_id    uuid not null references banks,
  key        text not null,
  locale     text not null,
  version    integer not null,        -- the highest is in force
  body       text not null,           -- empty = back to the embedded text
  created_by uuid,
  created_at timestamptz not null,
  primary key (bank_id, key, locale, version)
);
call visavis_tenant('texts', 'select, insert');
