-- Package channels: what a bank decides about its messages, what customers
-- decide, and what came in.

-- Quiet hours, caps, budget, conversion line and the ladders, as one document a
-- bank: read whole into a cache, never joined.
create table message_policies (
  bank_id    uuid primary key references banks,
  policy     jsonb not null default '{}',  -- channels.Policy
  routes     jsonb not null default '[]',  -- []channels.MessageRoute
  updated_at timestamptz not null
);
call visavis_tenant('message_policies', 'select, insert, update');

-- What a bank sends from, and receives at.
create table senders (
  bank_id    uuid not null references banks,
  id         uuid not null,
  channel    text not null,                -- sms, voice, flash
  country    text not null default '',     -- calling code, such as 84; '' = any
  class      text not null default '',     -- '' = any
  kind       text not null,                -- alphanumeric, number, short_code, pool
  provider   text not null default '',     -- '' = any
  sender     text not null,                -- a name, +E.164, a short code; of a pool: its first number
  numbers    text[] not null default '{}', -- pool: +E.164 each
  inbound    boolean not null default false, -- what comes in for it is this bank's
  position   integer not null,
  primary key (bank_id, id),
  constraint senders_channel_known check (channel in ('sms', 'voice', 'flash')),
  constraint senders_kind_known check (kind in ('alphanumeric', 'number', 'short_code', 'pool'))
);
call visavis_tenant('senders');

-- The numbers that receive. Deliberately global: such a number belongs to one
-- bank only, else nobody could say whose an inbound SMS is.
create table inbound_numbers (
  bank_id uuid not null references banks,
  number  text not null,
  primary key (bank_id, number)
);
create unique index inbound_numbers_number on inbound_numbers (number);
call visavis_tenant('inbound_numbers');
call visavis_worker_may('inbound_numbers', 'select'); -- the bank of an inbound number

-- Every decision of a customer, or for one: append-only. The latest of a
-- number, channel and group is in opted_out.
create table opt_outs (
  bank_id     uuid not null references banks,
  id          uuid not null,
  phone       text not null,               -- canonical, E.164
  channel     text not null,               -- sms, voice, flash, push
  class_group text not null,               -- service, marketing
  opted_out   boolean not null,
  source      text not null,               -- inbound, key_press, api, provider
  reference   text not null default '',    -- inbound message, delivery, or the bank's own words
  at          timestamptz not null,
  primary key (bank_id, id),
  constraint opt_outs_group_known check (class_group in ('service', 'marketing')),
  constraint opt_outs_source_known check (source in ('inbound', 'key_press', 'api', 'provider'))
);
create index opt_outs_phone on opt_outs (bank_id, phone, id);
call visavis_tenant('opt_outs', 'select, insert');

create table opted_out (
  bank_id     uuid not null references banks,
  phone       text not null,
  channel     text not null,
  class_group text not null,
  since       timestamptz not null,
  primary key (bank_id, phone, class_group, channel)
);
call visavis_tenant('opted_out', 'select, insert, delete, update');

-- When a customer (or number) was told something of a class: at most as many
-- times as the cap, so that it is exact over a sliding window.
create table message_caps (
  bank_id uuid not null references banks,
  subject text not null,                   -- customer's id, or number
  class   text not null,
  times   timestamptz[] not null,
  primary key (bank_id, subject, class)
);
call visavis_tenant('message_caps', 'select, insert, update, delete');

-- Takes one of the messages that a subject may get in a window; false when
-- there is none left. In the caller's transaction: a rollback gives it back.
create function visavis_cap_take(bank uuid, who text, what text, most integer, per interval, at timestamptz) returns boolean
  language plpgsql as $$
begin
  insert into message_caps as c (bank_id, subject, class, times) values (bank, who, what, array[at])
  on conflict (bank_id, subject, class) do update
    set times = array(select t from unnest(c.times) t where t > at - per order by t) || at
    where (select count(*) from unnest(c.times) t where t > at - per) < most;
  return found;
end $$;

-- Sends to numbers of an hour, taken by nodes in lots: see channels/budget.go.
create table send_budgets (
  bank_id uuid not null references banks,
  hour    timestamptz not null,
  taken   integer not null,
  primary key (bank_id, hour)
);
call visavis_tenant('send_budgets', 'select, insert, update, delete');

-- Codes sent and confirmed, per route, prefix and minute: nodes add to it every
-- second, read the sums back, and delete what is old.
create table route_tallies (
  bank_id uuid not null references banks,
  route   text not null,                   -- channel/provider
  prefix  text not null,                   -- calling code, or calling code and four digits
  minute  timestamptz not null,
  sent    integer not null,
  met     integer not null,
  primary key (bank_id, minute, route, prefix)
);
call visavis_tenant('route_tallies');

-- Where routes stand, for the console and so that several nodes that find the
-- same raise one event.
create table route_states (
  bank_id uuid not null references banks,
  id      uuid not null,                   -- of the event's object
  route   text not null,                   -- channel/provider
  prefix  text not null,                   -- '' = the whole provider
  state   text not null,                   -- closed, open, low
  reason  text not null default '',        -- failures, conversion
  since   timestamptz not null,
  primary key (bank_id, route, prefix, reason)
);
call visavis_tenant('route_states', 'select, insert, update');

-- What customers sent in.
create table inbound_messages (
  bank_id     uuid not null references banks,
  id          uuid not null,
  provider    text not null,
  provider_id text not null,
  channel     text not null default 'sms',
  sender      text not null,               -- the customer's number, E.164
  recipient   text not null,               -- our number or short code
  body        text not null,
  intent      text not null,               -- stop, start, help, not_me, yes, no, text
  locale      text not null default '',    -- of the keyword
  customer_id uuid,
  about_type  text not null default '',    -- what the last message to that number was about
  about_id    uuid,
  reply_id    uuid,                        -- the answer, a message
  received_at timestamptz not null,
  -- Work for the package that knows what an intent means (Service.WorkInbound).
  work_state  text not null default 'none', -- none, pending, done
  lease       uuid,
  due_at      timestamptz not null,
  attempts    integer not null default 0,
  primary key (bank_id, id),
  constraint inbound_messages_intent_known check (intent in ('stop', 'start', 'help', 'not_me', 'yes', 'no', 'text'))
);
create unique index inbound_messages_provider on inbound_messages (bank_id, provider, provider_id);
create index inbound_messages_work on inbound_messages (intent, due_at) where work_state = 'pending';
create index inbound_messages_sender on inbound_messages (bank_id, sender, id);
call visavis_tenant('inbound_messages', 'select, insert, update');
call visavis_worker_may('inbound_messages', 'select, update');

-- Why a message ended before anything was sent: opted_out, frequency_cap, quiet_hours.
alter table messages add column reason text not null default '';

-- What a delivery that is taken up again needs to know of its step.
alter table deliveries
  add column sender text not null default '',            -- what it is sent from; '' = the provider's own
  add column open_provider boolean not null default false, -- no provider was named: another one may take it
  add column gives_way boolean not null default false;   -- a step follows when the provider is down
